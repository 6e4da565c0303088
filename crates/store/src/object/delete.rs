//! DeleteObject and DeleteObjects.

use crate::conditions::WriteConditions;
use crate::failure::{Code, Failure};
use crate::index::record::Bucket;
use crate::index::{Lookup, Writing};
use crate::payload::{Declared, collect};
use crate::reply::{self, Reply};
use crate::route::{Target, only_version};
use crate::store::Asked;
use crate::xml::{Element, Xml, parse};
use bytes::Bytes;
use http::StatusCode;
use std::pin::Pin;

/// A batch names at most this many keys.
const MOST: usize = 1000;
/// Bytes of a batch's document: a thousand keys of a KiB, each byte written as a reference of two.
const DOCUMENT: usize = 2 * 1024 * 1024;

/// DeleteObject: 204 also when there was nothing.
pub(crate) async fn one(asked: &Asked<'_>, target: Target) -> Result<Reply, Failure> {
    only_version(asked.query.value("versionId"))?;
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

/// DeleteObjects: one transaction; each key succeeds or fails alone.
pub(crate) async fn many<B>(asked: &Asked<'_>, name: String, body: Pin<&mut B>) -> Result<Reply, Failure>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let document = collect(body, &Declared::read(asked.headers)?, DOCUMENT).await?;
    let batch = Batch::read(&document)?;
    let quiet = batch.quiet;
    let results = asked
        .shared
        .index
        .write(move |writing| {
            let bucket = writing.bucket(&name)?;
            let mut results = Vec::with_capacity(batch.doomed.len());
            for doomed in batch.doomed {
                let result = match only_version(doomed.version.as_deref()) {
                    Ok(()) => delete(writing, bucket, &doomed.key, &doomed.conditions),
                    refused => refused,
                };
                // A fault of the index is no key's own: nothing of the batch may be kept.
                match result {
                    Err(fault) if fault.is_internal() => return Err(fault),
                    result => results.push((doomed.key, result)),
                }
            }
            Ok(results)
        })
        .await?;
    let document = Xml::document("DeleteResult", |xml| {
        for (key, result) in &results {
            match result {
                Ok(()) if quiet => {}
                Ok(()) => xml.element("Deleted", |xml| xml.text("Key", key)),
                Err(failure) => xml.element("Error", |xml| {
                    xml.text("Key", key);
                    xml.text("Code", failure.name());
                    xml.text("Message", failure.text());
                }),
            }
        }
    });
    Ok(reply::xml(StatusCode::OK, document))
}

/// Deletes what is under the key, if the conditions hold.
fn delete(
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

/// What a DeleteObjects document asks for.
struct Batch {
    quiet: bool,
    doomed: Vec<Doomed>,
}

struct Doomed {
    key: String,
    version: Option<String>,
    conditions: WriteConditions,
}

impl Batch {
    fn read(document: &[u8]) -> Result<Self, Failure> {
        let root = parse(document, "Delete")?;
        root.only(&["Object", "Quiet"])?;
        let quiet = root.child("Quiet")?.is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
        let objects: Vec<_> = root.children.iter().filter(|child| child.name == "Object").collect();
        if objects.is_empty() || objects.len() > MOST {
            return Err(Code::MalformedXML.into());
        }
        let doomed = objects.into_iter().map(Doomed::read).collect::<Result<_, _>>()?;
        Ok(Self { quiet, doomed })
    }
}

impl Doomed {
    fn read(object: &Element) -> Result<Self, Failure> {
        object.only(&["Key", "VersionId", "ETag", "LastModifiedTime", "Size"])?;
        if object.child("LastModifiedTime")?.is_some() || object.child("Size")?.is_some() {
            // Conditions that S3 knows in directory buckets only.
            return Err(Code::NotImplemented.into());
        }
        let key = object.child("Key")?.filter(|key| !key.is_empty()).ok_or(Code::MalformedXML)?;
        if key.len() > 1024 {
            return Err(Code::KeyTooLongError.into());
        }
        Ok(Self {
            key: key.to_owned(),
            version: object.child("VersionId")?.map(str::to_owned),
            conditions: WriteConditions::matching(object.child("ETag")?),
        })
    }
}
