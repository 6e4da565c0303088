//! Answers that Brigade gives by itself.

use brigade_sigv4::Timestamp;
use bytes::Bytes;
use http::{HeaderValue, Response, header};

use crate::BucketName;
use crate::xml::Document;

/// A bucket that a caller may see, for [`list_buckets`].
#[derive(Clone, Debug)]
pub struct ListedBucket {
    /// Its name.
    pub name: BucketName,
    /// When it was made.
    pub created: Timestamp,
}

/// The answer to `ListBuckets`: these buckets and no others.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>.
#[must_use]
pub fn list_buckets(buckets: &[ListedBucket]) -> Response<Bytes> {
    document(Document::in_namespace("ListAllMyBucketsResult", |result| {
        result.element("Owner", |owner| {
            owner.text("ID", "brigade");
            owner.text("DisplayName", "brigade");
        });
        result.element("Buckets", |list| {
            for bucket in buckets {
                list.element("Bucket", |entry| {
                    entry.text("Name", bucket.name.as_str());
                    entry.text("CreationDate", &bucket.created.iso8601());
                });
            }
        });
    }))
}

/// The answer to `GetBucketLocation`: the region clients sign for, which `us-east-1` is written as nothing.
pub(crate) fn location(region: &str) -> Response<Bytes> {
    let region = if region == "us-east-1" { "" } else { region };
    document(Document::in_namespace("LocationConstraint", |constraint| {
        constraint.content(region);
    }))
}

/// An XML document as an answer.
pub(crate) fn document(xml: Vec<u8>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(xml));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}
