//! The operations on the service and on a bucket as a whole.

use brigade_policy::Action;
use http::Method;

use super::{Content, Row};
use crate::{BucketOp, ListVersion, Op};

pub(super) static ROWS: &[Row] = &[
    Row::service(Op::ListBuckets, Method::GET).allows(&[
        "prefix",
        "continuation-token",
        "max-buckets",
        "bucket-region",
    ]),
    Row::bucket(Op::HeadBucket, Method::HEAD, &[], |_| Ok(BucketOp::Head)).needs(&[Action::ListBucket]),
    Row::bucket(Op::CreateBucket, Method::PUT, &[], |_| Ok(BucketOp::Create))
        .needs(&[Action::CreateBucket])
        .has(Content::Control { limit: 64 << 10 }),
    Row::bucket(Op::DeleteBucket, Method::DELETE, &[], |_| Ok(BucketOp::Delete))
        .needs(&[Action::DeleteBucket]),
    Row::bucket(Op::GetBucketLocation, Method::GET, &["location"], |_| Ok(BucketOp::Location))
        .needs(&[Action::GetBucketLocation]),
    Row::bucket(Op::GetBucketCors, Method::GET, &["cors"], |_| Ok(BucketOp::Cors))
        .needs(&[Action::GetBucketCORS]),
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
    Row::bucket(Op::ListObjectVersions, Method::GET, &["versions"], |form| {
        Ok(BucketOp::ListVersions(form.listing()))
    })
    .allows(&["prefix", "key-marker", "version-id-marker", "delimiter", "max-keys", "encoding-type"])
    .needs(&[Action::ListBucketVersions]),
    Row::bucket(Op::ListMultipartUploads, Method::GET, &["uploads"], |form| {
        Ok(BucketOp::ListUploads(form.listing()))
    })
    .allows(&["prefix", "key-marker", "upload-id-marker", "delimiter", "max-uploads", "encoding-type"])
    .needs(&[Action::ListBucketMultipartUploads]),
    // Its objects are named in the body, and each is asked for there.
    Row::bucket(Op::DeleteObjects, Method::POST, &["delete"], |_| Ok(BucketOp::DeleteMany))
        .has(Content::Control { limit: 2 << 20 }),
    // Its key is named in the form, and asked for there.
    Row::form(Op::PostObject),
];
