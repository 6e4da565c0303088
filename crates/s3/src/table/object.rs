//! The operations on one object.

use brigade_policy::Action;
use http::Method;

use super::{Content, Row};
use crate::{ObjectOp, Op};

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

const VERSION: &[&str] = &["versionId"];

/// Tags, an ACL, a retention, a request to restore or select: none comes near this.
const DOCUMENT: Content = Content::Document { limit: 256 << 10 };

pub(super) static ROWS: &[Row] = &[
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
    facet(Op::GetObjectAttributes, Method::GET, &["attributes"])
        .answers(&["GetObjectAttributesResponse", "GetObjectAttributesOutput", "GetObjectAttributes"])
        .needs(&[Action::GetObject, Action::GetObjectAttributes])
        .versioned(&[Action::GetObjectVersion, Action::GetObjectVersionAttributes]),
    facet(Op::GetObjectTagging, Method::GET, &["tagging"])
        .answers(&["Tagging"])
        .needs(&[Action::GetObjectTagging])
        .versioned(&[Action::GetObjectVersionTagging]),
    facet(Op::PutObjectTagging, Method::PUT, &["tagging"])
        .needs(&[Action::PutObjectTagging])
        .versioned(&[Action::PutObjectVersionTagging])
        .has(DOCUMENT),
    facet(Op::DeleteObjectTagging, Method::DELETE, &["tagging"])
        .needs(&[Action::DeleteObjectTagging])
        .versioned(&[Action::DeleteObjectVersionTagging]),
    facet(Op::GetObjectAcl, Method::GET, &["acl"])
        .answers(&["AccessControlPolicy"])
        .needs(&[Action::GetObjectAcl])
        .versioned(&[Action::GetObjectVersionAcl]),
    facet(Op::PutObjectAcl, Method::PUT, &["acl"])
        .needs(&[Action::PutObjectAcl])
        .versioned(&[Action::PutObjectVersionAcl])
        .has(DOCUMENT),
    facet(Op::GetObjectRetention, Method::GET, &["retention"])
        .answers(&["Retention"])
        .needs(&[Action::GetObjectRetention]),
    facet(Op::PutObjectRetention, Method::PUT, &["retention"])
        .needs(&[Action::PutObjectRetention])
        .has(DOCUMENT),
    facet(Op::GetObjectLegalHold, Method::GET, &["legal-hold"])
        .answers(&["LegalHold"])
        .needs(&[Action::GetObjectLegalHold]),
    facet(Op::PutObjectLegalHold, Method::PUT, &["legal-hold"])
        .needs(&[Action::PutObjectLegalHold])
        .has(DOCUMENT),
    facet(Op::RestoreObject, Method::POST, &["restore"]).needs(&[Action::RestoreObject]).has(DOCUMENT),
    // Its answer is a stream of events, passed on as it comes.
    Row::object(Op::SelectObjectContent, Method::POST, &["select", "select-type"], |_| Ok(ObjectOp::Facet))
        .needs(&[Action::GetObject])
        .has(DOCUMENT),
];

/// A document that belongs to an object or to one of its versions, and names neither.
const fn facet(op: Op, method: Method, requires: &'static [&'static str]) -> Row {
    Row::object(op, method, requires, |_| Ok(ObjectOp::Facet)).allows(VERSION)
}
