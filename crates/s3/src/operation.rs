//! What a request asks for, with its arguments, once and for all.

use brigade_policy::{Action, Ask, Target};
use http::HeaderMap;

use crate::{BucketName, CopySource, Inside, Named, ObjectKey, Op, Payload, PostRequest, Row};

/// What a request asks for.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one per request, moved a few times: cheaper than a box")]
pub enum Operation {
    /// `GET /`: answered by the gateway itself.
    ListBuckets(BucketsQuery),
    /// Anything that names a bucket.
    Bucket(BucketRequest),
    /// `PostObject`: an upload that says in its body what it is and who sends it.
    Post(PostRequest),
}

/// Which buckets to list: the parameters of `ListBuckets`.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketsQuery {
    /// Only names that begin so.
    pub prefix: String,
    /// Only names behind this one: the continuation token is the last name shown.
    pub after: Option<String>,
    /// At most so many; without it, all.
    pub max: Option<usize>,
    /// Only buckets of this region.
    pub region: Option<String>,
}

/// A request to a bucket: the bucket, the operation, and what of the request must cross unread.
#[derive(Debug)]
pub struct BucketRequest {
    /// The bucket, as the client named it.
    pub bucket: BucketName,
    /// What is asked of it.
    pub op: BucketOp,
    pub(crate) row: &'static Row,
    pub(crate) carried: Carried,
}

/// What crosses to the store unread.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    /// The query parameters of the operation's row, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// Headers that a presigned URL holds in its query.
    pub(crate) hoisted: HeaderMap,
    /// What the request's headers ask beyond the operation itself, such as `s3:PutObjectAcl`.
    pub(crate) needs: Vec<Action>,
}

/// An operation on a bucket, or on an object in it.
#[derive(Debug)]
pub enum BucketOp {
    /// `HeadBucket`.
    Head,
    /// `CreateBucket`.
    Create,
    /// `DeleteBucket`.
    Delete,
    /// `GetBucketLocation`.
    Location,
    /// `GetBucketCors`.
    Cors,
    /// `ListObjects` and `ListObjectsV2`.
    List(ListVersion, ListQuery),
    /// `ListObjectVersions`.
    ListVersions(ListQuery),
    /// `ListMultipartUploads`.
    ListUploads(ListQuery),
    /// `DeleteObjects`.
    DeleteMany,
    /// Reading, writing or removing a document of the bucket's configuration: the row says which.
    Configuration,
    /// An operation on one object.
    Object(ObjectKey, ObjectOp),
}

/// The two forms of listing objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListVersion {
    /// `ListObjects`, with markers.
    V1,
    /// `ListObjectsV2`, with continuation tokens.
    V2,
}

/// An operation on one object.
#[derive(Debug)]
pub enum ObjectOp {
    /// `GetObject`.
    Get(Version),
    /// `HeadObject`.
    Head(Version),
    /// `PutObject`.
    Put(Payload),
    /// `CopyObject`.
    Copy(CopySource),
    /// `DeleteObject`.
    Delete(Version),
    /// `CreateMultipartUpload`.
    CreateUpload,
    /// `UploadPart`.
    UploadPart(Payload),
    /// `UploadPartCopy`.
    UploadPartCopy(CopySource),
    /// `CompleteMultipartUpload`.
    CompleteUpload,
    /// `AbortMultipartUpload`.
    AbortUpload,
    /// `ListParts`.
    ListParts,
    /// Reading, writing or removing a document that belongs to the object: the row says which.
    Facet,
}

/// Which version of an object is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    /// The one that is there now.
    Current,
    /// The one of this id.
    Named(Box<str>),
}

/// Where a listing begins and ends, in the client's names; absent parameters are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// Only keys that begin so.
    pub prefix: String,
    /// The continuation token, as the client sent it.
    pub token: Option<String>,
}

impl BucketRequest {
    /// The operation's name.
    #[must_use]
    pub fn name(&self) -> Op {
        self.row.op
    }

    /// The operation's row.
    #[must_use]
    pub fn row(&self) -> &'static Row {
        self.row
    }

    /// What a registry is asked for.
    #[must_use]
    pub fn named(&self) -> Named<'_> {
        let inside = match &self.op {
            BucketOp::Object(key, _) => Inside::Key(key.as_str()),
            BucketOp::List(_, query) | BucketOp::ListVersions(query) | BucketOp::ListUploads(query) => {
                Inside::Listing(&query.prefix)
            }
            BucketOp::Head
            | BucketOp::Create
            | BucketOp::Delete
            | BucketOp::Location
            | BucketOp::Cors
            | BucketOp::DeleteMany
            | BucketOp::Configuration => Inside::Whole,
        };
        Named { bucket: &self.bucket, inside }
    }

    /// A parameter's value, or nothing.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.carried.query.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// The key, for operations on one object.
    #[must_use]
    pub fn key(&self) -> Option<&ObjectKey> {
        match &self.op {
            BucketOp::Object(key, _) => Some(key),
            BucketOp::Head
            | BucketOp::Create
            | BucketOp::Delete
            | BucketOp::Location
            | BucketOp::Cors
            | BucketOp::List(..)
            | BucketOp::ListVersions(_)
            | BucketOp::ListUploads(_)
            | BucketOp::DeleteMany
            | BucketOp::Configuration => None,
        }
    }

    /// The other object a copy reads.
    #[must_use]
    pub fn copy_source(&self) -> Option<&CopySource> {
        if let BucketOp::Object(_, ObjectOp::Copy(source) | ObjectOp::UploadPartCopy(source)) = &self.op {
            return Some(source);
        }
        None
    }

    /// The questions whose every answer must be yes before the request may be served; the copy source's is asked
    /// of its own bucket, and a batch delete's key by key.
    pub(crate) fn asks(&self) -> impl Iterator<Item = Ask<'_>> {
        let bucket = self.bucket.as_str();
        let target = match &self.op {
            BucketOp::Head
            | BucketOp::Create
            | BucketOp::Delete
            | BucketOp::Location
            | BucketOp::Cors
            | BucketOp::DeleteMany
            | BucketOp::Configuration => Target::Bucket(bucket),
            BucketOp::List(_, query) | BucketOp::ListVersions(query) | BucketOp::ListUploads(query) => {
                Target::Listing { bucket, prefix: &query.prefix }
            }
            BucketOp::Object(key, _) => Target::Object { bucket, key: key.as_str() },
        };
        // A batch delete's objects are in its body: each is asked for there, and what its headers need with it.
        let needs = if matches!(self.op, BucketOp::DeleteMany) { &[][..] } else { &self.carried.needs };
        // What a header asks for at the other level, such as a retention of a bucket, nobody may.
        self.actions().iter().chain(needs).map(move |action| Ask::new(*action, target))
    }

    /// What the operation itself asks for.
    fn actions(&self) -> &'static [Action] {
        let versioned = self.carried.query.iter().any(|(name, _)| name == "versionId");
        if versioned && !self.row.versioned.is_empty() { self.row.versioned } else { self.row.actions }
    }
}
