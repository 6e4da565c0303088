//! CopyObject, and what copying a part shares with it. Bodies never change, so a copy names the same ones.

use super::read::{pieces, segments};
use super::{description, tags};
use crate::bodies::{Lease, Pump};
use crate::conditions::{Fresh, ReadConditions, WriteConditions};
use crate::failure::{Code, Failure};
use crate::headers::text;
use crate::index::Lookup;
use crate::index::record::{Object, Segment, SumKind};
use crate::payload::algorithm;
use crate::range::Range;
use crate::reply::{self, Reply, quoted};
use crate::route::{Target, only_version};
use crate::store::Asked;
use crate::sum;
use crate::xml::Xml;
use brigade_sigv4::{Checksum, ChecksumAlgorithm, Timestamp, decode_path};
use http::{HeaderMap, StatusCode};
use md5::{Digest as _, Md5};

/// The largest object one request copies.
const LARGEST: u64 = 5 * 1024 * 1024 * 1024;

/// The object a copy is made of, and what must hold of it.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    target: Target,
    conditions: ReadConditions,
}

impl Source {
    /// Reads `x-amz-copy-source`: `bucket/key` or `/bucket/key`, percent-encoded, and perhaps `?versionId=` behind it.
    /// An encoded `?` belongs to the key.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, Failure> {
        let header = text(headers, "x-amz-copy-source")?.unwrap_or_default();
        let invalid = || {
            let message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey";
            Failure::argument("x-amz-copy-source", header, message)
        };
        let (path, query) =
            header.split_once('?').map_or((header, None), |(path, query)| (path, Some(query)));
        match query {
            None => {}
            Some(query) => match query.strip_prefix("versionId=") {
                Some(version) => only_version(Some(version))?,
                None => return Err(invalid()),
            },
        }
        let path = decode_path(path).map_err(|_| invalid())?;
        let (bucket, key) = path.strip_prefix('/').unwrap_or(&path).split_once('/').ok_or_else(invalid)?;
        if bucket.is_empty() || key.is_empty() || key.len() > 1024 {
            return Err(invalid());
        }
        let conditions = ReadConditions::read(headers, "x-amz-copy-source-")?;
        Ok(Self { target: Target { bucket: bucket.to_owned(), key: key.to_owned() }, conditions })
    }

    /// The object, if the conditions hold of it; one that the client has already is refused too.
    fn find(&self, lookup: &dyn Lookup) -> Result<Object, Failure> {
        let bucket = lookup.bucket(&self.target.bucket)?;
        let object = lookup.object(bucket, &self.target.key)?;
        match self.conditions.check(&object)? {
            Fresh::Send => Ok(object),
            Fresh::NotModified => Err(Failure::precondition("x-amz-copy-source-If-None-Match")),
        }
    }

    /// Reads a range of the object, `bytes=first-last`, for its hashes.
    pub(crate) async fn hash(
        &self,
        asked: &Asked<'_>,
        range: Option<String>,
        algorithm: ChecksumAlgorithm,
    ) -> Result<Hashed, Failure> {
        let source = self.clone();
        asked
            .shared
            .read(move |lookup, lease| {
                let object = source.find(lookup)?;
                let range = range.map(|range| source_range(&range, object.size)).transpose()?;
                hash(lookup, lease, &object, range, algorithm)
            })
            .await
    }
}

/// Bytes of a source, and their hashes.
pub(crate) struct Hashed {
    pub(crate) segments: Vec<Segment>,
    /// In hex.
    pub(crate) md5: String,
    /// In base64.
    pub(crate) checksum: String,
}

/// Reads bytes in bounded chunks; blocking.
fn hash(
    lookup: &dyn Lookup,
    lease: Lease,
    object: &Object,
    range: Option<Range>,
    algorithm: ChecksumAlgorithm,
) -> Result<Hashed, Failure> {
    let range = range.or(object.size.checked_sub(1).map(|last| Range { first: 0, last }));
    if range.is_some_and(|range| range.length() > LARGEST) {
        return Err(too_large());
    }
    let mut md5 = Md5::new();
    let mut checksum = Checksum::new(algorithm);
    let mut shared = Vec::new();
    if let Some(range) = range {
        shared = segments(lookup, &object.layout, range)?;
        let mut pump = Pump::new(lease, pieces(lookup, &object.layout, range)?);
        while pump.length() > 0 {
            let bytes = pump.read()?;
            md5.update(&bytes);
            checksum.update(&bytes);
        }
    }
    Ok(Hashed { segments: shared, md5: hex::encode(md5.finalize()), checksum: checksum.finish() })
}

fn source_range(header: &str, size: u64) -> Result<Range, Failure> {
    let number = |text: &str| text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let ends = header.strip_prefix("bytes=").and_then(|ends| ends.split_once('-'));
    match ends.map(|(first, last)| (number(first), number(last))) {
        Some((Some(first), Some(last))) if first <= last && last < size => Ok(Range { first, last }),
        Some((Some(_), Some(_))) => {
            let message = format!("Range specified is not valid for source object of size: {size}");
            Err(Failure::argument("x-amz-copy-source-range", header, message))
        }
        _ => {
            let message = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy";
            Err(Failure::argument("x-amz-copy-source-range", header, message))
        }
    }
}

fn too_large() -> Failure {
    let message = format!(
        "The specified copy source is larger than the maximum allowable size for a copy source: {LARGEST}"
    );
    Failure::new(Code::InvalidRequest, message)
}

/// Whether the copy keeps what the source has, or says its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    Copy,
    Replace,
}

impl Directive {
    fn read(headers: &HeaderMap, name: &str) -> Result<Self, Failure> {
        match text(headers, name)? {
            None | Some("COPY") => Ok(Self::Copy),
            Some("REPLACE") => Ok(Self::Replace),
            Some(other) => Err(Failure::argument(name, other, format!("Unknown directive in {name}."))),
        }
    }
}

/// CopyObject: constant time, but for a checksum of another algorithm.
pub(crate) async fn copy(asked: &Asked<'_>, target: Target) -> Result<Reply, Failure> {
    asked.shared.admit()?;
    let source = Source::read(asked.headers)?;
    let conditions = WriteConditions::read(asked.headers)?;
    let metadata = Directive::read(asked.headers, "x-amz-metadata-directive")?;
    let tagging = Directive::read(asked.headers, "x-amz-tagging-directive")?;
    let own_description = description::read(asked.headers)?;
    let own_tags = tags::from_header(asked.headers)?;
    let header = "x-amz-checksum-algorithm";
    let wanted = text(asked.headers, header)?.map(|name| algorithm(header, name)).transpose()?;
    let onto_itself = source.target == target;
    if onto_itself && metadata == Directive::Copy && tagging == Directive::Copy && wanted.is_none() {
        return Err(Failure::new(
            Code::InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
        ));
    }

    let first = source.clone();
    let (layout, new_sum) = asked
        .shared
        .read(move |lookup, lease| {
            let object = first.find(lookup)?;
            if object.size > LARGEST {
                return Err(too_large());
            }
            let has = object.sum.as_ref().filter(|sum| sum.kind == SumKind::FullObject);
            let has = has.and_then(|sum| ChecksumAlgorithm::from_name(&sum.algorithm));
            let new_sum = match wanted.filter(|wanted| has != Some(*wanted)) {
                Some(wanted) => Some(sum::full(wanted, hash(lookup, lease, &object, None, wanted)?.checksum)),
                None => None,
            };
            Ok((object.layout, new_sum))
        })
        .await?;

    let now = asked.now.as_unix();
    let object = asked
        .shared
        .index
        .write(move |writing| {
            let mut object = source.find(writing)?;
            if object.layout != layout {
                return Err(Failure::new(
                    Code::OperationAborted,
                    "The copy source changed while it was copied.",
                ));
            }
            let bucket = writing.bucket(&target.bucket)?;
            conditions.check(&target.key, writing.find_object(bucket, &target.key)?.as_ref())?;
            if metadata == Directive::Replace {
                object.description = own_description;
            }
            if tagging == Directive::Replace {
                object.tags = own_tags;
            }
            object.sum = new_sum.or(object.sum);
            object.modified = now;
            object.upload = None;
            // Onto itself the bodies stay named as often as they were.
            if !onto_itself {
                object.layout = writing.share_layout(&object.layout)?;
            }
            writing.put_object(bucket, &target.key, &object)?;
            Ok(object)
        })
        .await?;
    let document = Xml::document("CopyObjectResult", |xml| {
        xml.text("LastModified", &Timestamp::from_unix(object.modified).iso8601());
        xml.text("ETag", &quoted(&object.etag));
        sum::add_elements(xml, object.sum.as_ref());
    });
    Ok(reply::xml(StatusCode::OK, document))
}
