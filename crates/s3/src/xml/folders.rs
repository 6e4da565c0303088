//! What a page of a store's listing holds, for a listing of our own making.

use super::error::XmlError;
use super::leaf::Leaf;
use super::walk::{Piece, Walk};
use brigade_sigv4::percent_decode;

/// A page of ListObjectsV2 with a delimiter, in the store's names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folders {
    /// The common prefixes.
    pub prefixes: Vec<String>,
    /// The last name of the page, of a common prefix or an object, byte for byte; empty on an empty page.
    pub last: String,
    /// The store's token for the next page, if there is one.
    pub next: Option<String>,
}

/// Reads a `ListBucketResult` for its common prefixes.
///
/// # Errors
/// [`XmlError::StoreError`] for an `<Error>`; [`XmlError::Stuck`] when the page is not the last and has no token; any other when
/// the document is not a whole listing.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>.
pub fn parse_folders(body: &[u8]) -> Result<Folders, XmlError> {
    let mut walk = Walk::rooted(body, &["ListBucketResult"])?;
    let mut found = Folders::default();
    let (mut keys, mut coded, mut truncated) = (Vec::new(), false, false);
    while let Some(step) = walk.next()? {
        let Piece::Open(tag) = step.piece else { continue };
        let role = match walk.path() {
            [_, "CommonPrefixes", "Prefix"] => Role::Prefix,
            [_, "Contents", "Key"] => Role::Key,
            [_, "EncodingType"] => Role::Encoding,
            [_, "IsTruncated"] => Role::Truncated,
            [_, "NextContinuationToken"] => Role::Token,
            _ => continue,
        };
        let text = Leaf::text(&walk.leaf(tag)?);
        match role {
            Role::Prefix => found.prefixes.push(text),
            Role::Key => keys.push(text),
            Role::Encoding => coded = text.trim() == "url",
            Role::Truncated => truncated = text.trim() == "true",
            Role::Token => found.next = Some(text).filter(|token| !token.is_empty()),
        }
    }
    if coded {
        for name in found.prefixes.iter_mut().chain(&mut keys) {
            let decoded =
                percent_decode(&name.replace('+', " ")).and_then(|text| String::from_utf8(text).ok());
            *name = decoded.ok_or(XmlError::Malformed)?;
        }
    }
    found.last = found.prefixes.iter().chain(&keys).max().cloned().unwrap_or_default();
    match (truncated, &found.next) {
        (true, None) => Err(XmlError::Stuck),
        (false, Some(_)) => Ok(Folders { next: None, ..found }),
        (true, Some(_)) | (false, None) => Ok(found),
    }
}

enum Role {
    Prefix,
    Key,
    Encoding,
    Truncated,
    Token,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_a_page() {
        let read = |inner: &str| {
            let body = format!("<ListBucketResult>{inner}</ListBucketResult>");
            parse_folders(body.as_bytes()).map(|found| (found.prefixes.join(" "), found.last, found.next))
        };
        let page = "<Prefix>p/</Prefix><CommonPrefixes><Prefix>p/a/</Prefix></CommonPrefixes>\
                    <Contents><Key>p/b</Key><Owner><ID>x</ID></Owner></Contents>";
        let ok = |prefixes: &str, last: &str, next: Option<&str>| {
            Ok((prefixes.to_owned(), last.to_owned(), next.map(str::to_owned)))
        };
        for (inner, expect) in [
            (String::new(), ok("", "", None)),
            (page.to_owned(), ok("p/a/", "p/b", None)),
            (
                format!("{page}<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"),
                ok("p/a/", "p/b", Some("t")),
            ),
            (format!("{page}<IsTruncated>true</IsTruncated>"), Err(XmlError::Stuck)),
            (
                format!("{page}<IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken>"),
                ok("p/a/", "p/b", None),
            ),
            (
                "<CommonPrefixes><Prefix>p%2Fa+b%2F</Prefix></CommonPrefixes><EncodingType>url</EncodingType>".into(),
                ok("p/a b/", "p/a b/", None),
            ),
            ("<CommonPrefixes><Prefix>%FF</Prefix></CommonPrefixes><EncodingType>url</EncodingType>".into(), Err(XmlError::Malformed)),
        ] {
            assert_eq!(read(&inner), expect, "{inner}");
        }
        assert_eq!(parse_folders(b"<ListBucketResult><Contents>"), Err(XmlError::Cut));
        assert_eq!(parse_folders(b"<html></html>"), Err(XmlError::WrongRoot));
    }
}
