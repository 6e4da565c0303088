//! UploadPart and UploadPartCopy.

use super::id;
use crate::failure::{Code, Failure};
use crate::headers::text;
use crate::index::Lookup as _;
use crate::index::record::{Part, Upload};
use crate::object::copy::Source;
use crate::object::read::part_number;
use crate::object::write::keep;
use crate::payload::{Declared, receive};
use crate::reply::{self, Reply, add, quoted};
use crate::route::Target;
use crate::store::Asked;
use crate::sum::{self, DEFAULT_ALGORITHM};
use crate::xml::Xml;
use brigade_sigv4::{ChecksumAlgorithm, Timestamp};
use bytes::Bytes;
use http::StatusCode;
use std::pin::Pin;

/// UploadPart.
pub(crate) async fn put<B>(asked: &Asked<'_>, target: Target, body: Pin<&mut B>) -> Result<Reply, Failure>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    asked.shared.admit()?;
    let declared = Declared::read(asked.headers)?;
    let number = part_number(asked.query.value("partNumber").unwrap_or_default())?;
    let id = id(&asked.query);
    let upload = find(asked, &target, &id).await?;
    let algorithm = algorithm_of(&upload);
    if upload.chosen
        && let Some(other) = declared.algorithm().filter(|other| *other != algorithm)
    {
        let message = format!(
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            algorithm.name().to_lowercase(),
            other.name().to_lowercase()
        );
        return Err(Failure::new(Code::InvalidRequest, message));
    }
    let received = receive(asked.shared, body, &declared, algorithm).await?;
    let told = received.told.clone().filter(|(other, _)| *other != algorithm);
    let mut part = Part {
        number,
        size: received.length,
        etag: received.md5.clone(),
        modified: asked.now.as_unix(),
        checksum: Some(received.checksum.clone()),
        told: told.clone().map(|(algorithm, value)| (algorithm.name().to_owned(), value)),
        segments: Vec::new(),
    };
    let part = asked
        .shared
        .index
        .write(move |writing| {
            let bucket = writing.bucket(&target.bucket)?;
            writing.upload(bucket, &target.key, &id)?;
            part.segments = keep(writing, received)?.into_iter().collect();
            writing.put_part(bucket, &target.key, &id, &part)?;
            Ok(part)
        })
        .await?;
    let mut reply = reply::empty(StatusCode::OK);
    add(reply.headers_mut(), "etag", &quoted(&part.etag))?;
    // What the client told comes back; else what it chose for the upload.
    let own = part.checksum.filter(|_| upload.chosen || told.is_none()).map(|value| (algorithm, value));
    if let Some((algorithm, value)) = told.or(own) {
        add(reply.headers_mut(), algorithm.header(), &value)?;
    }
    Ok(reply)
}

/// UploadPartCopy: the bytes are read for their hashes, and shared, not copied.
pub(crate) async fn copy(asked: &Asked<'_>, target: Target) -> Result<Reply, Failure> {
    asked.shared.admit()?;
    let number = part_number(asked.query.value("partNumber").unwrap_or_default())?;
    let id = id(&asked.query);
    let source = Source::read(asked.headers)?;
    let range = text(asked.headers, "x-amz-copy-source-range")?.map(str::to_owned);
    let upload = find(asked, &target, &id).await?;
    let algorithm = algorithm_of(&upload);
    let hashed = source.hash(asked, range, algorithm).await?;
    let part = Part {
        number,
        size: hashed.segments.iter().map(|segment| segment.length).sum(),
        etag: hashed.md5,
        modified: asked.now.as_unix(),
        checksum: Some(hashed.checksum),
        told: None,
        segments: hashed.segments,
    };
    let part = asked
        .shared
        .index
        .write(move |writing| {
            let bucket = writing.bucket(&target.bucket)?;
            writing.upload(bucket, &target.key, &id)?;
            for segment in &part.segments {
                if writing.references(segment.body)? == 0 {
                    return Err(Failure::new(
                        Code::OperationAborted,
                        "The copy source changed while it was copied.",
                    ));
                }
            }
            part.segments.iter().try_for_each(|segment| writing.hold(segment))?;
            writing.put_part(bucket, &target.key, &id, &part)?;
            Ok(part)
        })
        .await?;
    let document = Xml::document("CopyPartResult", |xml| {
        xml.text("LastModified", &Timestamp::from_unix(part.modified).iso8601());
        xml.text("ETag", &quoted(&part.etag));
        if let Some(value) = part.checksum.as_deref().filter(|_| upload.chosen) {
            xml.text(&sum::element(algorithm.name()), value);
        }
    });
    Ok(reply::xml(StatusCode::OK, document))
}

/// Looks the upload up before a body is read.
async fn find(asked: &Asked<'_>, target: &Target, id: &str) -> Result<Upload, Failure> {
    let (key, id) = (target.key.clone(), id.to_owned());
    asked
        .shared
        .read_bucket(target.bucket.clone(), move |lookup, _, bucket| lookup.upload(bucket, &key, &id))
        .await
}

/// What the upload's parts are summed with.
pub(super) fn algorithm_of(upload: &Upload) -> ChecksumAlgorithm {
    ChecksumAlgorithm::from_name(&upload.algorithm).unwrap_or(DEFAULT_ALGORITHM)
}
