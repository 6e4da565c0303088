//! The answers that say an object or an upload now exists: confirmed only when they are whole, and told in the client's names.

use bytes::Bytes;

use super::edits::edited;
use super::error::XmlError;
use super::leaf::Leaf;
use super::walk::{Piece, Walk};
use super::write::escape;

/// A store's confirmation that a multipart upload is an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    /// The document for the client.
    pub body: Bytes,
    /// The object's ETag, as the store wrote it (quoted).
    pub etag: String,
}

/// A store's confirmation of a copy, of an object or of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The document for the client.
    pub body: Bytes,
    /// The copy's ETag, as the store wrote it (quoted).
    pub etag: String,
}

/// A store's confirmation that a multipart upload has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Initiated {
    /// The document for the client.
    pub body: Bytes,
    /// The upload's id, as the store gave it.
    pub upload_id: String,
}

/// Rewrites a `CompleteMultipartUploadResult`: `Location`, `Bucket` and `Key` become the client's.
///
/// # Errors
/// [`XmlError::StoreError`] for an `<Error>`, which S3 sends under status 200 when completing fails late; any other error
/// when the document is not a whole confirmation with an `ETag`.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>.
pub fn rewrite_complete(body: Bytes, location: &str, bucket: &str, key: &str) -> Result<Completed, XmlError> {
    let names = [("Location", location), ("Bucket", bucket), ("Key", key)];
    let (body, etag) = rewrite(body, &["CompleteMultipartUploadResult"], &names, "ETag")?;
    Ok(Completed { body, etag })
}

/// Checks the body of a CompleteMultipartUpload request: a whole document that names at least one part, by a number.
///
/// Stores read such documents with more or less care; one that is not one must not get as far as theirs.
///
/// # Errors
/// Each is S3's `MalformedXML`.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>.
pub fn verify_completion(body: &[u8]) -> Result<(), XmlError> {
    let mut walk = match Walk::rooted(body, &["CompleteMultipartUpload"]) {
        Err(XmlError::StoreError(_)) => return Err(XmlError::WrongRoot),
        rooted => rooted?,
    };
    let mut numbers = 0;
    while let Some(step) = walk.next()? {
        if let (Piece::Open(tag), [_, "Part", "PartNumber"]) = (step.piece, walk.path()) {
            let text = walk.leaf(tag)?.text();
            text.trim().parse::<u32>().map_err(|_| XmlError::unexpected("PartNumber"))?;
            numbers += 1;
        }
    }
    if numbers == 0 { Err(XmlError::Missing("PartNumber")) } else { Ok(()) }
}

/// Checks a `CopyObjectResult` or `CopyPartResult`, which name nothing: it must be whole and have an `ETag`.
///
/// # Errors
/// As [`rewrite_complete`].
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>.
pub fn verify_copy(body: Bytes) -> Result<Copied, XmlError> {
    let (body, etag) = rewrite(body, &["CopyObjectResult", "CopyPartResult"], &[], "ETag")?;
    Ok(Copied { body, etag })
}

/// Rewrites an `InitiateMultipartUploadResult`: `Bucket` and `Key` become the client's.
///
/// # Errors
/// As [`rewrite_complete`]; what must be there is the `UploadId`.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>.
pub fn rewrite_initiate(body: Bytes, bucket: &str, key: &str) -> Result<Initiated, XmlError> {
    let names = [("Bucket", bucket), ("Key", key)];
    let (body, upload_id) = rewrite(body, &["InitiateMultipartUploadResult"], &names, "UploadId")?;
    Ok(Initiated { body, upload_id })
}

/// Replaces the texts of `names`, children of the root; also returns the text of `proof`.
///
/// Ceph's `Tenant` names the store's account and is left out.
fn rewrite(
    body: Bytes,
    roots: &[&str],
    names: &[(&str, &str)],
    proof: &'static str,
) -> Result<(Bytes, String), XmlError> {
    edited(body, |text, mut edits| {
        let (mut walk, mut proven) = (Walk::rooted_in(text, roots)?, None);
        while let Some(step) = walk.next()? {
            let (tag, opened) = match step.piece {
                Piece::Open(tag) if walk.path().len() == 2 => (tag, true),
                Piece::Empty(tag) if walk.path().len() == 1 => (tag, false),
                Piece::Open(_)
                | Piece::Empty(_)
                | Piece::Close(_)
                | Piece::Text(_)
                | Piece::Cdata(_)
                | Piece::Reference(_)
                | Piece::Aside => continue,
            };
            let name = names.iter().find(|(name, _)| *name == tag.local);
            if name.is_none() && tag.local != proof && tag.local != "Tenant" {
                continue;
            }
            let leaf = if opened { walk.leaf(tag)? } else { Leaf::empty(tag, walk.place()) };
            if let Some((_, text)) = name {
                let mut content = String::new();
                escape(text, &mut content);
                leaf.replace(&content, &mut edits);
            } else if tag.local != proof {
                leaf.remove(&mut edits);
            } else if proven.replace(leaf.text()).is_some() {
                return Err(XmlError::unexpected(tag.local));
            }
        }
        let proven = proven.filter(|text| !text.is_empty()).ok_or(XmlError::Missing(proof))?;
        Ok((edits, proven))
    })
}

#[cfg(test)]
mod tests;
