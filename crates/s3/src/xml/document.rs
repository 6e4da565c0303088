//! Documents that are passed on as they are, and what of them concerns a proxy.

use super::error::XmlError;
use super::walk::{Piece, Walk};

/// Reads a `CreateBucketConfiguration`: its `LocationConstraint`, if it has one that is not empty.
///
/// # Errors
/// [`XmlError::Unexpected`] for any other element: what it asks for would be lost. The others are S3's `MalformedXML`.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>.
pub fn parse_create(body: &[u8]) -> Result<Option<String>, XmlError> {
    let mut walk = match Walk::rooted(body, &["CreateBucketConfiguration"]) {
        Err(XmlError::StoreError(_)) => return Err(XmlError::WrongRoot),
        rooted => rooted?,
    };
    let mut constraint = None;
    while let Some(step) = walk.next()? {
        match step.piece {
            Piece::Open(tag) if tag.local == "LocationConstraint" && constraint.is_none() => {
                constraint = Some(walk.leaf(tag)?.text().trim().to_owned());
            }
            Piece::Empty(tag) if tag.local == "LocationConstraint" => {}
            Piece::Open(tag) | Piece::Empty(tag) => return Err(XmlError::unexpected(tag.local)),
            Piece::Close(_) | Piece::Text(_) | Piece::Cdata(_) | Piece::Reference(_) | Piece::Aside => {}
        }
    }
    Ok(constraint.filter(|constraint| !constraint.is_empty()))
}

/// Whether a whole document holds an element of this name, whatever it is about.
///
/// # Errors
/// When it is not a whole document, or has a DTD.
pub fn holds(body: &[u8], element: &str) -> Result<bool, XmlError> {
    let mut walk = Walk::over_bytes(body)?;
    let mut found = false;
    while let Some(step) = walk.next()? {
        if let Piece::Open(tag) | Piece::Empty(tag) = step.piece {
            found |= tag.local == element;
        }
    }
    Ok(found)
}

/// Checks a store's document that is passed on as it is: it must be whole and have one of these roots.
///
/// # Errors
/// [`XmlError::WrongRoot`] for what a store answers that took the request for another; the others when it is not whole.
pub fn verify_document(body: &[u8], roots: &[&str]) -> Result<(), XmlError> {
    let mut walk = Walk::rooted(body, roots)?;
    while walk.next()?.is_some() {}
    Ok(())
}

/// The same of a document that is a JSON object, as policies are.
///
/// # Errors
/// As [`verify_document`].
pub fn verify_json(body: &[u8]) -> Result<(), XmlError> {
    let trimmed = body.trim_ascii();
    match (trimmed.first(), trimmed.last()) {
        (Some(b'{'), Some(b'}')) => Ok(()),
        (Some(b'{'), _) => Err(XmlError::Cut),
        (Some(_) | None, _) => Err(XmlError::WrongRoot),
    }
}

/// The text of a child of the root, if the document has one of that name.
///
/// # Errors
/// [`XmlError::StoreError`] for an `<Error>`; any other when it is not a whole document with this root.
pub fn child(body: &[u8], root: &str, name: &str) -> Result<Option<String>, XmlError> {
    let mut walk = Walk::rooted(body, &[root])?;
    let mut found = None;
    while let Some(step) = walk.next()? {
        if let (Piece::Open(tag), [_, inner]) = (step.piece, walk.path())
            && *inner == name
        {
            found = Some(walk.leaf(tag)?.text());
        }
    }
    Ok(found)
}

/// The text of the one element at this path from the root, if the document has it.
///
/// # Errors
/// When it is not a whole document with this root, or has the element twice.
pub fn text_at(body: &[u8], path: &[&str]) -> Result<Option<String>, XmlError> {
    let (root, _) = path.split_at(path.len().min(1));
    let mut walk = Walk::rooted(body, root)?;
    let mut found = None;
    while let Some(step) = walk.next()? {
        let Piece::Open(tag) = step.piece else { continue };
        if walk.path().iter().eq(path) {
            let text = walk.leaf(tag)?.text();
            if found.replace(text).is_some() {
                return Err(XmlError::unexpected(path.last().copied().unwrap_or_default()));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_follows_a_root_that_is_empty() {
        type Reads = fn(&[u8]) -> bool;
        let readers: [(&str, Reads); 6] = [
            ("R", |body| child(body, "R", "A").is_ok()),
            ("R", |body| text_at(body, &["R", "A"]).is_ok()),
            ("R", |body| verify_document(body, &["R"]).is_ok()),
            ("ListAllMyBucketsResult", |body| crate::xml::parse_buckets(body).is_ok()),
            ("ListBucketResult", |body| crate::xml::parse_folders(body).is_ok()),
            ("CreateBucketConfiguration", |body| parse_create(body).is_ok()),
        ];
        for (root, reads) in readers {
            for (rest, expect) in [("", true), ("\n", true), ("<A>", false), ("<A/>", false), ("x", false)] {
                assert_eq!(reads(format!("<{root}/>{rest}").as_bytes()), expect, "{root} {rest:?}");
            }
        }
    }

    #[test]
    fn an_element_is_read_at_its_path_alone() {
        for (body, expect) in [
            ("<A><B><C>1</C></B></A>", Ok(Some("1"))),
            ("<A xmlns=\"u\"><C>0</C><B><D><C>2</C></D><C>&lt;1</C></B></A>", Ok(Some("<1"))),
            ("<A><B><C/></B></A>", Ok(None)),
            ("<A/>", Ok(None)),
            ("<X><B><C>1</C></B></X>", Err(XmlError::WrongRoot)),
            ("<A><B><C>1</C></B>", Err(XmlError::Cut)),
            ("<A><B><C>1</C><C>2</C></B></A>", Err(XmlError::unexpected("C"))),
        ] {
            let read = text_at(body.as_bytes(), &["A", "B", "C"]);
            assert_eq!(read.as_ref().map(Option::as_deref), expect.as_ref().copied(), "{body}");
        }
    }

    #[test]
    fn a_location_is_read_and_nothing_else_is_taken() {
        let unexpected = |name: &str| Err(XmlError::Unexpected(name.to_owned()));
        for (body, expect) in [
            ("<CreateBucketConfiguration/>", Ok(None)),
            ("<CreateBucketConfiguration></CreateBucketConfiguration>", Ok(None)),
            ("<CreateBucketConfiguration><LocationConstraint/></CreateBucketConfiguration>", Ok(None)),
            (
                "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n \
                 <LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>",
                Ok(Some("eu-west-1".to_owned())),
            ),
            (
                "<CreateBucketConfiguration><Tags><Tag/></Tags></CreateBucketConfiguration>",
                unexpected("Tags"),
            ),
            (
                "<CreateBucketConfiguration><Bucket><Type>Directory</Type></Bucket></CreateBucketConfiguration>",
                unexpected("Bucket"),
            ),
            ("<Other/>", Err(XmlError::WrongRoot)),
            ("<CreateBucketConfiguration>", Err(XmlError::Cut)),
        ] {
            assert_eq!(parse_create(body.as_bytes()), expect, "{body}");
        }
    }

    #[test]
    fn an_element_is_found_wherever_it_is() {
        for (body, expect) in [
            ("<a><b><X/></b></a>", Ok(true)),
            ("<n:X>1</n:X>", Ok(true)),
            ("<a>X</a>", Ok(false)),
            ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", Err(XmlError::Doctype)),
            ("<a>", Err(XmlError::Cut)),
            ("", Err(XmlError::Cut)),
        ] {
            assert_eq!(holds(body.as_bytes(), "X"), expect, "{body}");
        }
    }

    #[test]
    fn what_a_store_took_for_another_request_is_not_passed_on() {
        for (body, expect) in [
            ("<Tagging/>", Ok(())),
            ("<Tagging><TagSet/></Tagging>", Ok(())),
            ("<n:Retention xmlns:n=\"u\"></n:Retention>", Ok(())),
            ("<ListBucketResult/>", Err(XmlError::WrongRoot)),
            ("<Tagging>", Err(XmlError::Cut)),
            ("", Err(XmlError::Cut)),
            ("the object's bytes", Err(XmlError::Malformed)),
        ] {
            assert_eq!(verify_document(body.as_bytes(), &["Tagging", "Retention"]), expect, "{body}");
        }
        for (body, expect) in [
            (" {\"Version\":\"2012-10-17\"}\n", Ok(())),
            ("{\"Version\":", Err(XmlError::Cut)),
            ("<ListBucketResult/>", Err(XmlError::WrongRoot)),
            ("", Err(XmlError::WrongRoot)),
        ] {
            assert_eq!(verify_json(body.as_bytes()), expect, "{body}");
        }
    }

    #[test]
    fn a_child_of_the_root_and_nobody_elses() {
        let read = |inner: &str| child(format!("<R>{inner}</R>").as_bytes(), "R", "A").unwrap();
        assert_eq!(read("<A>x</A><B><A>y</A></B>").as_deref(), Some("x"));
        assert_eq!(read("<B><A>y</A></B>"), None);
        assert!(child(b"<R><A>x", "R", "A").is_err());
    }
}
