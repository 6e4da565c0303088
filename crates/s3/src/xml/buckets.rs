//! What a store says its buckets are.

use super::error::XmlError;
use super::walk::{Piece, Walk};

/// A bucket, as its store names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredBucket {
    /// Its name at the store. Never empty.
    pub name: String,
    /// When it was made, as the store writes it; may be empty.
    pub created: String,
}

/// A store's buckets, or a page of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoredBuckets {
    /// In the store's order.
    pub buckets: Vec<StoredBucket>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// Reads a `ListAllMyBucketsResult`.
///
/// # Errors
/// [`XmlError::StoreError`] for an `<Error>`; any other when the document is not a whole listing of buckets.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>.
pub fn parse_buckets(body: &[u8]) -> Result<StoredBuckets, XmlError> {
    let mut walk = Walk::rooted(body, &["ListAllMyBucketsResult"])?;
    let mut found = StoredBuckets::default();
    let mut open: Option<StoredBucket> = None;
    while let Some(step) = walk.next()? {
        match (step.piece, walk.path()) {
            (Piece::Open(_), [_, "Buckets", "Bucket"]) => open = Some(StoredBucket::default()),
            (Piece::Open(tag), [_, "Buckets", "Bucket", field @ ("Name" | "CreationDate")]) => {
                let is_name = *field == "Name";
                let text = walk.leaf(tag)?.text();
                let bucket = open.as_mut().ok_or(XmlError::Malformed)?;
                *(if is_name { &mut bucket.name } else { &mut bucket.created }) = text;
            }
            (Piece::Close(_), [_, "Buckets"]) => {
                if let Some(bucket) = open.take() {
                    if bucket.name.is_empty() {
                        return Err(XmlError::Missing("Name"));
                    }
                    found.buckets.push(bucket);
                }
            }
            (Piece::Open(tag), [_, "ContinuationToken"]) => {
                found.next = Some(walk.leaf(tag)?.text()).filter(|token| !token.is_empty());
            }
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_of_a_store() {
        let read = |inner: &str| {
            let body = format!("<ListAllMyBucketsResult xmlns=\"x\">{inner}</ListAllMyBucketsResult>");
            parse_buckets(body.as_bytes()).map(|found| {
                let names: Vec<_> = found
                    .buckets
                    .iter()
                    .map(|bucket| format!("{} {}", bucket.name, bucket.created))
                    .collect();
                (names.join(", "), found.next)
            })
        };
        let bucket = "<Bucket><Name>abc</Name><CreationDate>2026-01-01T00:00:00.000Z</CreationDate></Bucket>";
        for (inner, expect) in [
            (String::new(), Ok((String::new(), None))),
            ("<Buckets/>".into(), Ok((String::new(), None))),
            (
                format!(
                    "<Owner><ID>o</ID></Owner><Buckets>{bucket}<Bucket><X/><Name>d&amp;e</Name></Bucket></Buckets>"
                ),
                Ok(("abc 2026-01-01T00:00:00.000Z, d&e ".into(), None)),
            ),
            (
                format!("<Buckets>{bucket}</Buckets><ContinuationToken>t</ContinuationToken>"),
                Ok(("abc 2026-01-01T00:00:00.000Z".into(), Some("t".into()))),
            ),
            ("<Buckets><Bucket><CreationDate/></Bucket></Buckets>".into(), Err(XmlError::Missing("Name"))),
        ] {
            assert_eq!(read(&inner), expect, "{inner}");
        }
        assert_eq!(parse_buckets(b"<ListAllMyBucketsResult><Buckets>"), Err(XmlError::Cut));
        assert_eq!(parse_buckets(b"<html></html>"), Err(XmlError::WrongRoot));
    }
}
