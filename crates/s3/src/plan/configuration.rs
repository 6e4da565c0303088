//! A bucket's configuration, where the bucket is not all of a store's or not called what the store calls it.

use bytes::Bytes;
use http::Response;

use crate::table::{Apart, Mention, Row};
use crate::xml::Document;
use crate::{Bucket, Code, S3Error, answer};

/// The answer for what is but a part of a store's bucket, or parts of several, if it needs no store.
///
/// # Errors
/// As [`apart`].
pub(super) fn of_a_part(row: &Row) -> Result<Option<Response<Bytes>>, S3Error> {
    match row.apart {
        Apart::Shared => Ok(None),
        Apart::Absent(code) => Err(S3Error::new(code)),
        Apart::Empty(root) => Ok(Some(answer::document(Document::in_namespace(root, |_| {})))),
        Apart::Owned => Ok(Some(answer::owned())),
        Apart::Refused => Err(S3Error::new(Code::AccessDenied).say(format!(
            "Access Denied: {} would govern keys that are not this bucket's: it is a part of a larger bucket at its store.",
            row.op.name()
        ))),
    }
}

/// The answer that needs no store, if there is one.
///
/// # Errors
/// 404 with S3's code for "not configured", 403 for a write: the bucket is but a part of the store's. 501 for a document
/// that names buckets, where the store has other names for them.
pub(super) fn apart(bucket: &Bucket, row: &Row) -> Result<Option<Response<Bytes>>, S3Error> {
    if !bucket.prefix.is_empty() {
        return of_a_part(row);
    }
    match row.buckets {
        Mention::Buckets if *bucket.stored_as != *bucket.name.as_str() => {
            Err(S3Error::new(Code::NotImplemented).say(format!(
                "{} is not implemented for a bucket that its store calls by another name: the document would name buckets.",
                row.op.name()
            )))
        }
        Mention::Buckets | Mention::None => Ok(None),
    }
}
