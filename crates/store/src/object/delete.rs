//! DeleteObject.

use crate::conditions::WriteConditions;
use crate::failure::Failure;
use crate::index::record::Bucket;
use crate::index::{Lookup, Writing};
use crate::reply::{self, Reply};
use crate::route::{Target, only_version};
use crate::store::Asked;
use http::StatusCode;

/// DeleteObject: 204 also when there was nothing.
pub(crate) async fn one(asked: &Asked<'_>, target: Target) -> Result<Reply, Failure> {
    only_version(asked.query.value("versionId"))?;
    crate::headers::refuse_unsupported(asked.headers)?;
    let conditions = WriteConditions::read(asked.headers)?;
    asked
        .shared
        .index
        .write(move |writing| {
            let bucket = writing.bucket(&target.bucket)?;
            delete(writing, bucket, &target.key, &conditions)
        })
        .await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// Deletes what is under the key, if the conditions hold.
pub(crate) fn delete(
    writing: &mut Writing,
    bucket: Bucket,
    key: &str,
    conditions: &WriteConditions,
) -> Result<(), Failure> {
    let current = writing.find_object(bucket, key)?;
    conditions.check(key, current.as_ref())?;
    match current {
        Some(object) => writing.remove_object(bucket, key, &object),
        None => Ok(()),
    }
}
