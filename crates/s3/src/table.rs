//! The operation table: one row per operation, and nothing else is served.
//!
//! A request is of the one row whose method, level and required parameters it has and whose allowed parameters cover
//! the rest. What matches no row is refused, so `PUT ?tagging` can never be taken for an upload.

use http::Method;

use crate::query::Query;
use crate::{Code, S3Error};

/// The operations, by AWS's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    missing_docs,
    reason = "AWS's names: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html"
)]
pub enum Op {
    ListBuckets,
    HeadBucket,
    GetBucketLocation,
    ListObjects,
    ListObjectsV2,
    ListMultipartUploads,
    DeleteObjects,
    GetObject,
    HeadObject,
    PutObject,
    CopyObject,
    DeleteObject,
    CreateMultipartUpload,
    UploadPart,
    UploadPartCopy,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    ListParts,
}

/// What a request names: the service, a bucket or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// `/`
    Service,
    /// `/bucket`
    Bucket,
    /// `/bucket/key`
    Object,
}

/// What an operation's body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// It has none; what comes is not read.
    Nothing,
    /// An object's bytes, in any payload mode.
    Upload,
    /// A small document for the gateway, read up to a bound.
    Control {
        /// In bytes.
        limit: usize,
    },
}

/// One operation: how a request for it looks.
#[derive(Debug)]
pub struct Row {
    /// Its name.
    pub op: Op,
    /// Its method.
    pub method: Method,
    /// What it names.
    pub level: Level,
    /// Whether `x-amz-copy-source` makes it.
    pub copies: bool,
    /// The parameters that make it: its sub-resource.
    pub requires: &'static [&'static str],
    /// The parameters it may have.
    pub allows: &'static [&'static str],
    /// What its body is.
    pub content: Content,
}

const READS: &[&str] = &[
    "versionId",
    "partNumber",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
];

/// Every operation that is served.
pub(crate) static ROWS: &[Row] = {
    use Level::{Bucket, Object, Service};
    &[
        Row::of(Op::ListBuckets, Method::GET, Service, &[]).allows(&[
            "prefix",
            "continuation-token",
            "max-buckets",
            "bucket-region",
        ]),
        Row::of(Op::HeadBucket, Method::HEAD, Bucket, &[]),
        Row::of(Op::GetBucketLocation, Method::GET, Bucket, &["location"]),
        Row::of(Op::ListObjects, Method::GET, Bucket, &[]).allows(&[
            "prefix",
            "marker",
            "delimiter",
            "max-keys",
            "encoding-type",
        ]),
        Row::of(Op::ListObjectsV2, Method::GET, Bucket, &["list-type"]).allows(&[
            "prefix",
            "start-after",
            "continuation-token",
            "delimiter",
            "max-keys",
            "encoding-type",
            "fetch-owner",
        ]),
        Row::of(Op::ListMultipartUploads, Method::GET, Bucket, &["uploads"]).allows(&[
            "prefix",
            "key-marker",
            "upload-id-marker",
            "delimiter",
            "max-uploads",
            "encoding-type",
        ]),
        Row::of(Op::DeleteObjects, Method::POST, Bucket, &["delete"])
            .has(Content::Control { limit: 2 << 20 }),
        Row::of(Op::GetObject, Method::GET, Object, &[]).allows(READS),
        Row::of(Op::HeadObject, Method::HEAD, Object, &[]).allows(READS),
        Row::of(Op::PutObject, Method::PUT, Object, &[]).has(Content::Upload),
        Row::of(Op::CopyObject, Method::PUT, Object, &[]).copies(),
        Row::of(Op::DeleteObject, Method::DELETE, Object, &[]).allows(&["versionId"]),
        Row::of(Op::CreateMultipartUpload, Method::POST, Object, &["uploads"]),
        Row::of(Op::UploadPart, Method::PUT, Object, &["partNumber", "uploadId"]).has(Content::Upload),
        Row::of(Op::UploadPartCopy, Method::PUT, Object, &["partNumber", "uploadId"]).copies(),
        Row::of(Op::CompleteMultipartUpload, Method::POST, Object, &["uploadId"])
            .has(Content::Control { limit: 4 << 20 }),
        Row::of(Op::AbortMultipartUpload, Method::DELETE, Object, &["uploadId"]),
        Row::of(Op::ListParts, Method::GET, Object, &["uploadId"]).allows(&[
            "max-parts",
            "part-number-marker",
            "encoding-type",
        ]),
    ]
};

/// The row a request is of.
pub(crate) fn find(
    method: &Method,
    level: Level,
    copies: bool,
    query: &Query,
) -> Result<&'static Row, S3Error> {
    if !ROWS.iter().any(|row| row.method == *method) {
        return Err(S3Error::new(Code::MethodNotAllowed));
    }
    ROWS.iter()
        .find(|row| row.method == *method && row.level == level && row.copies == copies && row.fits(query))
        .ok_or_else(|| refuse(method, level, query))
}

impl Row {
    const fn of(op: Op, method: Method, level: Level, requires: &'static [&'static str]) -> Self {
        Self { op, method, level, copies: false, requires, allows: &[], content: Content::Nothing }
    }

    const fn allows(mut self, parameters: &'static [&'static str]) -> Self {
        self.allows = parameters;
        self
    }

    const fn copies(mut self) -> Self {
        self.copies = true;
        self
    }

    const fn has(mut self, content: Content) -> Self {
        self.content = content;
        self
    }

    fn fits(&self, query: &Query) -> bool {
        self.requires.iter().all(|name| query.has(name)) && query.iter().all(|(name, _)| self.knows(name))
    }

    fn knows(&self, name: &str) -> bool {
        self.requires.contains(&name) || self.allows.contains(&name)
    }
}

/// Names what stands in the way, so that the client can tell a typing error from a missing feature.
fn refuse(method: &Method, level: Level, query: &Query) -> S3Error {
    let here = || ROWS.iter().filter(|row| row.method == *method && row.level == level);
    let what = match level {
        Level::Service => "the service",
        Level::Bucket => "a bucket",
        Level::Object => "an object",
    };
    if let Some((name, _)) = query.iter().find(|(name, _)| !here().any(|row| row.knows(name))) {
        let name = quoted(name);
        let message = format!("{method} on {what} with the query parameter {name} is not implemented.");
        return S3Error::new(Code::NotImplemented).say(message);
    }
    if query.has("uploadId") || query.has("partNumber") {
        return S3Error::new(Code::InvalidArgument)
            .say("Give partNumber and uploadId together, and nothing else, to upload a part.");
    }
    S3Error::new(Code::NotImplemented)
        .say(format!("{method} on {what} with these query parameters is not implemented."))
}

/// A parameter's name as an error may repeat it: a presigned query that was encoded once more is a name too, and its
/// signature is nobody's business.
pub(crate) fn quoted(name: &str) -> String {
    let end = name.find(['=', '&', '?']).unwrap_or(name.len());
    let short: String = name.chars().take(64).collect();
    format!("{:?}", short.get(..end).unwrap_or(&short))
}

impl Op {
    /// AWS's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ListBuckets => "ListBuckets",
            Self::HeadBucket => "HeadBucket",
            Self::GetBucketLocation => "GetBucketLocation",
            Self::ListObjects => "ListObjects",
            Self::ListObjectsV2 => "ListObjectsV2",
            Self::ListMultipartUploads => "ListMultipartUploads",
            Self::DeleteObjects => "DeleteObjects",
            Self::GetObject => "GetObject",
            Self::HeadObject => "HeadObject",
            Self::PutObject => "PutObject",
            Self::CopyObject => "CopyObject",
            Self::DeleteObject => "DeleteObject",
            Self::CreateMultipartUpload => "CreateMultipartUpload",
            Self::UploadPart => "UploadPart",
            Self::UploadPartCopy => "UploadPartCopy",
            Self::CompleteMultipartUpload => "CompleteMultipartUpload",
            Self::AbortMultipartUpload => "AbortMultipartUpload",
            Self::ListParts => "ListParts",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(method: &str, level: Level, copies: bool, query: &str) -> Result<Op, Code> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        find(&method, level, copies, &Query::parse(query).unwrap()).map(|row| row.op).map_err(|e| e.code())
    }

    #[test]
    fn r_sub_01_an_unknown_sub_resource_is_never_the_base_operation() {
        use Level::{Bucket, Object};
        let unknown = [
            "acl",
            "tagging",
            "retention",
            "legal-hold",
            "torrent",
            "restore",
            "select&select-type=2",
            "attributes",
            "policy",
            "lifecycle",
            "versioning",
            "versions",
            "cors",
            "object-lock",
            "tagging=",
            "t%61gging",
            "Uploads",
            "response-content-type=x",
            "unknown",
            "x-amz-acl=public-read",
        ];
        for query in unknown {
            for method in ["PUT", "POST", "DELETE"] {
                for level in [Bucket, Object] {
                    assert_eq!(
                        op(method, level, false, query),
                        Err(Code::NotImplemented),
                        "{method} {level:?} ?{query}"
                    );
                }
            }
            if !query.starts_with("response") {
                assert_eq!(
                    op("GET", Object, false, query),
                    Err(Code::NotImplemented),
                    "r_sub_02 GET ?{query}"
                );
                assert_eq!(op("HEAD", Object, false, query), Err(Code::NotImplemented), "HEAD ?{query}");
            }
            assert_eq!(op("GET", Bucket, false, query), Err(Code::NotImplemented), "GET bucket ?{query}");
        }
    }

    #[test]
    fn every_operation_is_found_by_its_form() {
        use Level::{Bucket, Object, Service};
        for (method, level, copies, query, expect) in [
            ("GET", Service, false, "", Ok(Op::ListBuckets)),
            ("GET", Bucket, false, "", Ok(Op::ListObjects)),
            ("GET", Bucket, false, "prefix=a&delimiter=/", Ok(Op::ListObjects)),
            ("GET", Bucket, false, "list-type=2&start-after=x", Ok(Op::ListObjectsV2)),
            ("GET", Bucket, false, "list-type=2&marker=x", Err(Code::NotImplemented)),
            ("GET", Bucket, false, "location", Ok(Op::GetBucketLocation)),
            ("GET", Bucket, false, "uploads", Ok(Op::ListMultipartUploads)),
            ("GET", Object, false, "uploadId=u", Ok(Op::ListParts)),
            ("GET", Object, false, "partNumber=1&versionId=v", Ok(Op::GetObject)),
            ("PUT", Object, false, "", Ok(Op::PutObject)),
            ("PUT", Object, true, "", Ok(Op::CopyObject)),
            ("PUT", Object, true, "partNumber=1&uploadId=u", Ok(Op::UploadPartCopy)),
            ("PUT", Object, false, "partNumber=1&uploadId=u", Ok(Op::UploadPart)),
            ("PUT", Object, false, "partNumber=1", Err(Code::InvalidArgument)),
            ("PUT", Object, false, "uploadId=u", Err(Code::InvalidArgument)),
            ("PUT", Bucket, false, "", Err(Code::NotImplemented)),
            ("DELETE", Bucket, false, "", Err(Code::NotImplemented)),
            ("POST", Bucket, false, "", Err(Code::NotImplemented)),
            ("POST", Bucket, false, "delete", Ok(Op::DeleteObjects)),
            ("POST", Object, false, "delete", Err(Code::NotImplemented)),
            ("POST", Object, false, "uploads", Ok(Op::CreateMultipartUpload)),
            ("POST", Object, false, "uploadId=u", Ok(Op::CompleteMultipartUpload)),
            ("DELETE", Object, false, "uploadId=u", Ok(Op::AbortMultipartUpload)),
            ("PATCH", Object, false, "", Err(Code::MethodNotAllowed)),
            ("TRACE", Object, false, "", Err(Code::MethodNotAllowed)),
        ] {
            assert_eq!(op(method, level, copies, query), expect, "{method} {level:?} ?{query}");
        }
    }

    #[test]
    fn no_request_fits_two_rows() {
        for (at, a) in ROWS.iter().enumerate() {
            for b in ROWS.iter().skip(at + 1) {
                let same_place = a.method == b.method && a.level == b.level && a.copies == b.copies;
                let a_covers_b = b.requires.iter().all(|name| a.knows(name));
                let b_covers_a = a.requires.iter().all(|name| b.knows(name));
                assert!(!(same_place && a_covers_b && b_covers_a), "{:?} and {:?}", a.op, b.op);
            }
        }
    }
}
