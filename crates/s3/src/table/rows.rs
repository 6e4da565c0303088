//! The rows.

use brigade_policy::Action;
use http::Method;

use super::{Content, Row};
use crate::{BucketOp, ListVersion, ObjectOp, Op};

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
pub(crate) static ROWS: &[Row] = &[
    Row::service(Op::ListBuckets, Method::GET).allows(&[
        "prefix",
        "continuation-token",
        "max-buckets",
        "bucket-region",
    ]),
    Row::bucket(Op::HeadBucket, Method::HEAD, &[], |_| Ok(BucketOp::Head)).needs(&[Action::ListBucket]),
    Row::bucket(Op::GetBucketLocation, Method::GET, &["location"], |_| Ok(BucketOp::Location))
        .needs(&[Action::GetBucketLocation]),
    Row::bucket(Op::ListObjects, Method::GET, &[], |form| {
        Ok(BucketOp::List(ListVersion::V1, form.listing()))
    })
    .allows(&["prefix", "marker", "delimiter", "max-keys", "encoding-type"])
    .needs(&[Action::ListBucket]),
    Row::bucket(Op::ListObjectsV2, Method::GET, &["list-type"], |form| {
        Ok(BucketOp::List(ListVersion::V2, form.listing()))
    })
    .allows(&[
        "prefix",
        "start-after",
        "continuation-token",
        "delimiter",
        "max-keys",
        "encoding-type",
        "fetch-owner",
    ])
    .needs(&[Action::ListBucket]),
    Row::bucket(Op::ListMultipartUploads, Method::GET, &["uploads"], |form| {
        Ok(BucketOp::ListUploads(form.listing()))
    })
    .allows(&["prefix", "key-marker", "upload-id-marker", "delimiter", "max-uploads", "encoding-type"])
    .needs(&[Action::ListBucketMultipartUploads]),
    // Its objects are named in the body, and each is asked for there.
    Row::bucket(Op::DeleteObjects, Method::POST, &["delete"], |_| Ok(BucketOp::DeleteMany))
        .has(Content::Control { limit: 2 << 20 }),
    Row::object(Op::GetObject, Method::GET, &[], |form| Ok(ObjectOp::Get(form.version())))
        .allows(READS)
        .needs(&[Action::GetObject])
        .versioned(&[Action::GetObjectVersion]),
    Row::object(Op::HeadObject, Method::HEAD, &[], |form| Ok(ObjectOp::Head(form.version())))
        .allows(READS)
        .needs(&[Action::GetObject])
        .versioned(&[Action::GetObjectVersion]),
    Row::object(Op::PutObject, Method::PUT, &[], |form| Ok(ObjectOp::Put(form.payload()?)))
        .needs(&[Action::PutObject])
        .has(Content::Upload),
    Row::object(Op::CopyObject, Method::PUT, &[], |form| Ok(ObjectOp::Copy(form.copy_source()?)))
        .copies()
        .needs(&[Action::PutObject]),
    Row::object(Op::DeleteObject, Method::DELETE, &[], |form| Ok(ObjectOp::Delete(form.version())))
        .allows(&["versionId"])
        .needs(&[Action::DeleteObject])
        .versioned(&[Action::DeleteObjectVersion]),
    Row::object(Op::CreateMultipartUpload, Method::POST, &["uploads"], |_| Ok(ObjectOp::CreateUpload))
        .needs(&[Action::PutObject]),
    Row::object(Op::UploadPart, Method::PUT, &["partNumber", "uploadId"], |form| {
        Ok(ObjectOp::UploadPart(form.payload()?))
    })
    .needs(&[Action::PutObject])
    .has(Content::Upload),
    Row::object(Op::UploadPartCopy, Method::PUT, &["partNumber", "uploadId"], |form| {
        Ok(ObjectOp::UploadPartCopy(form.copy_source()?))
    })
    .copies()
    .needs(&[Action::PutObject]),
    Row::object(Op::CompleteMultipartUpload, Method::POST, &["uploadId"], |_| Ok(ObjectOp::CompleteUpload))
        .needs(&[Action::PutObject])
        .has(Content::Control { limit: 4 << 20 }),
    Row::object(Op::AbortMultipartUpload, Method::DELETE, &["uploadId"], |_| Ok(ObjectOp::AbortUpload))
        .needs(&[Action::AbortMultipartUpload]),
    Row::object(Op::ListParts, Method::GET, &["uploadId"], |_| Ok(ObjectOp::ListParts))
        .allows(&["max-parts", "part-number-marker", "encoding-type"])
        .needs(&[Action::ListMultipartUploadParts]),
];
