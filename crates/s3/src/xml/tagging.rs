//! Tags: the document of a form's field, as the header of an upload.

use brigade_sigv4::percent_encode;

use super::error::XmlError;
use super::lexis::is_blank;
use super::walk::{Piece, Walk};

/// How many tags an object may have; a store has its own say.
const MAX_TAGS: usize = 50;

/// `x-amz-tagging` (`a=b&c=d`, percent-encoded) for a `Tagging` document.
///
/// # Errors
/// What is not one `TagSet` of tags, each with one `Key` and one `Value`: S3's `MalformedXML`.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Tagging.html>.
///
/// ```
/// let document = b"<Tagging><TagSet><Tag><Key>a b</Key><Value>&amp;</Value></Tag></TagSet></Tagging>";
/// assert_eq!(brigade_s3::xml::tagging_header(document)?, "a%20b=%26");
/// # Ok::<(), brigade_s3::xml::XmlError>(())
/// ```
pub fn tagging_header(document: &[u8]) -> Result<String, XmlError> {
    let mut walk = match Walk::rooted(document, &["Tagging"]) {
        Err(XmlError::StoreError(_)) => return Err(XmlError::WrongRoot),
        rooted => rooted?,
    };
    let (mut tags, mut sets) = (Vec::new(), 0);
    let (mut key, mut value) = (None, None);
    while let Some(step) = walk.next()? {
        match step.piece {
            Piece::Open(tag) => match (walk.path(), tag.local) {
                (["Tagging", "TagSet"], _) if sets == 0 => sets += 1,
                (["Tagging", "TagSet", "Tag"], _) if tags.len() < MAX_TAGS => {}
                (["Tagging", "TagSet", "Tag", _], "Key") if key.is_none() => {
                    key = Some(walk.leaf(tag)?.text());
                }
                (["Tagging", "TagSet", "Tag", _], "Value") if value.is_none() => {
                    value = Some(walk.leaf(tag)?.text());
                }
                _ => return Err(XmlError::unexpected(tag.local)),
            },
            Piece::Empty(tag) => match (walk.path(), tag.local) {
                (["Tagging"], "TagSet") if sets == 0 => sets += 1,
                (["Tagging", "TagSet", "Tag"], "Value") if value.is_none() => value = Some(String::new()),
                _ => return Err(XmlError::unexpected(tag.local)),
            },
            Piece::Close(tag) if tag.local == "Tag" => {
                let key = key.take().filter(|key| !key.is_empty()).ok_or(XmlError::Missing("Key"))?;
                let value = value.take().ok_or(XmlError::Missing("Value"))?;
                tags.push(format!("{}={}", percent_encode(key.as_bytes()), percent_encode(value.as_bytes())));
            }
            Piece::Close(_) | Piece::Aside => {}
            Piece::Text(text) if is_blank(text) => {}
            Piece::Text(_) | Piece::Cdata(_) | Piece::Reference(_) => return Err(XmlError::Malformed),
        }
    }
    if sets == 0 {
        return Err(XmlError::Missing("TagSet"));
    }
    Ok(tags.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_a_header_or_nothing() {
        let tag = "<Tag><Key>k</Key><Value>v</Value></Tag>";
        for (document, expect) in [
            (format!("<Tagging><TagSet>{tag}</TagSet></Tagging>"), Some("k=v".to_owned())),
            (
                format!(
                    "<?xml version=\"1.0\"?>\n<Tagging xmlns=\"x\">\n<TagSet>{tag}\n{tag}</TagSet></Tagging>"
                ),
                Some("k=v&k=v".to_owned()),
            ),
            (
                "<Tagging><TagSet><Tag><Key>a=&amp;b</Key><Value/></Tag></TagSet></Tagging>".to_owned(),
                Some("a%3D%26b=".to_owned()),
            ),
            ("<Tagging><TagSet/></Tagging>".to_owned(), Some(String::new())),
            ("<Tagging/>".to_owned(), None),
            ("<Tagging></Tagging>".to_owned(), None),
            ("<InvalidXmlTagging></InvalidXmlTagging>".to_owned(), None),
            ("not-xml".to_owned(), None),
            (format!("<Tagging><TagSet>{tag}"), None),
            (format!("<Tagging><TagSet>{tag}</TagSet><TagSet>{tag}</TagSet></Tagging>"), None),
            (format!("<Tagging>{tag}</Tagging>"), None),
            (format!("<Tagging><TagSet>x{tag}</TagSet></Tagging>"), None),
            ("<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>".to_owned(), None),
            ("<Tagging><TagSet><Tag><Value>v</Value></Tag></TagSet></Tagging>".to_owned(), None),
            (
                "<Tagging><TagSet><Tag><Key>k</Key><Key>l</Key><Value/></Tag></TagSet></Tagging>".to_owned(),
                None,
            ),
            (format!("<Tagging><TagSet>{}</TagSet></Tagging>", tag.repeat(MAX_TAGS + 1)), None),
        ] {
            assert_eq!(tagging_header(document.as_bytes()).ok(), expect, "{document}");
        }
    }
}
