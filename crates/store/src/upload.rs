//! Multipart uploads: parts are bodies like any other, and completing only names them: no byte is copied.

pub(crate) mod complete;
pub(crate) mod part;
pub(crate) mod parts;
pub(crate) mod uploads;

use crate::conditions::WriteConditions;
use crate::failure::Failure;
use crate::headers::text;
use crate::index::Lookup as _;
use crate::index::record::Upload;
use crate::object::{description, tags};
use crate::payload::algorithm;
use crate::reply::{self, Reply, add};
use crate::route::{Query, Target};
use crate::store::Asked;
use crate::sum::{self, DEFAULT_ALGORITHM};
use crate::xml::Xml;
use http::StatusCode;

/// CreateMultipartUpload.
pub(crate) async fn create(asked: &Asked<'_>, target: Target) -> Result<Reply, Failure> {
    asked.shared.admit()?;
    let header = "x-amz-checksum-algorithm";
    let chosen = text(asked.headers, header)?.map(|name| algorithm(header, name)).transpose()?;
    let algorithm = chosen.unwrap_or(DEFAULT_ALGORITHM);
    let upload = Upload {
        initiated: asked.now.as_unix(),
        description: description::read(asked.headers)?,
        tags: tags::from_header(asked.headers)?,
        algorithm: algorithm.name().to_owned(),
        kind: sum::kind(algorithm, text(asked.headers, "x-amz-checksum-type")?)?,
        chosen: chosen.is_some(),
    };
    let id = new_id(upload.initiated)?;
    let kind = upload.kind;
    let written = (target.clone(), id.clone());
    asked
        .shared
        .index
        .write(move |writing| {
            let (target, id) = written;
            let bucket = writing.bucket(&target.bucket)?;
            writing.put_upload(bucket, &target.key, &id, &upload)
        })
        .await?;
    let document = Xml::document("InitiateMultipartUploadResult", |xml| {
        xml.text("Bucket", &target.bucket);
        xml.text("Key", &target.key);
        xml.text("UploadId", &id);
    });
    let mut reply = reply::xml(StatusCode::OK, document);
    if chosen.is_some() {
        add(reply.headers_mut(), header, algorithm.name())?;
        add(reply.headers_mut(), "x-amz-checksum-type", kind.name())?;
    }
    Ok(reply)
}

/// AbortMultipartUpload: its parts go.
pub(crate) async fn abort(asked: &Asked<'_>, target: Target) -> Result<Reply, Failure> {
    let id = id(&asked.query);
    // S3 defines If-Match-Initiated-Time for directory buckets only; a condition is never ignored.
    WriteConditions::refuse_all(asked.headers)?;
    asked
        .shared
        .index
        .write(move |writing| {
            let bucket = writing.bucket(&target.bucket)?;
            writing.upload(bucket, &target.key, &id)?;
            writing.remove_upload(bucket, &target.key, &id, |_| false)
        })
        .await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// The upload a request names; one longer than any is none of ours.
fn id(query: &Query) -> String {
    query.value("uploadId").filter(|id| id.len() <= 128).unwrap_or_default().to_owned()
}

/// An id that sorts by the time it was made at, and cannot be guessed.
fn new_id(now: u64) -> Result<String, Failure> {
    let mut chance = [0_u8; 16];
    getrandom::fill(&mut chance).map_err(Failure::internal)?;
    Ok(format!("{now:010x}{}", hex::encode(chance)))
}
