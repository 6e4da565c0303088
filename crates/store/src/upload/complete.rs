//! CompleteMultipartUpload: in one transaction the parts become the object.

use super::id;
use super::part::algorithm_of;
use crate::conditions::WriteConditions;
use crate::failure::{Code, Failure};
use crate::headers::{length, text};
use crate::index::record::{Bucket, Object, Part, Sum, Upload};
use crate::index::{Lookup as _, Writing};
use crate::payload::{Declared, collect};
use crate::reply::{self, Reply, quoted};
use crate::route::Target;
use crate::store::Asked;
use crate::sum;
use crate::xml::{Element, Xml, parse};
use brigade_sigv4::{ChecksumAlgorithm, percent_encode_path};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use md5::{Digest as _, Md5};
use std::collections::HashMap;
use std::pin::Pin;

/// The list of parts is at most this long: ten thousand, each with its checksums.
const DOCUMENT: usize = 8 * 1024 * 1024;
/// Every part but the last has at least this many bytes.
const SMALLEST: u64 = 5 * 1024 * 1024;
/// An object made of parts has at most this many bytes.
const LARGEST: u64 = 50 * 1024 * 1024 * 1024 * 1024;

/// CompleteMultipartUpload. Completing again what it has completed answers the same.
pub(crate) async fn complete<B>(
    asked: &Asked<'_>,
    target: Target,
    body: Pin<&mut B>,
) -> Result<Reply, Failure>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let conditions = WriteConditions::read(asked.headers)?;
    let mut declared = Declared::read(asked.headers)?;
    let expected = Expected::read(asked.headers, declared.take_checksum())?;
    let document = collect(body, &declared, DOCUMENT).await?;
    let listed = read_parts(&document)?;
    let id = id(&asked.query);
    let now = asked.now.as_unix();
    let place = target.clone();
    let object = asked
        .shared
        .index
        .write(move |writing| {
            let bucket = writing.bucket(&place.bucket)?;
            let upload = match writing.upload(bucket, &place.key, &id) {
                Ok(upload) => upload,
                Err(missing) => return completed_before(writing, bucket, &place.key, &id, &listed, missing),
            };
            conditions.check(&place.key, writing.find_object(bucket, &place.key)?.as_ref())?;
            let parts = choose(writing.parts(bucket, &place.key, &id, 0, usize::MAX)?, &listed, &upload)?;
            let mut object = assemble(&parts, upload, now, &id)?;
            expected.check(&object)?;

            object.layout = writing.put_manifest(&parts)?;
            writing.put_object(bucket, &place.key, &object)?;
            let taken = |part: &Part| parts.binary_search_by_key(&part.number, |taken| taken.number).is_ok();
            writing.remove_upload(bucket, &place.key, &id, taken)?;
            Ok(object)
        })
        .await?;
    let document = Xml::document("CompleteMultipartUploadResult", |xml| {
        let path = format!("/{}/{}", target.bucket, percent_encode_path(target.key.as_bytes()));
        xml.text("Location", &path);
        xml.text("Bucket", &target.bucket);
        xml.text("Key", &target.key);
        xml.text("ETag", &quoted(&object.etag));
        sum::add_elements(xml, object.sum.as_ref());
    });
    Ok(reply::xml(StatusCode::OK, document))
}

/// A part as the client lists it.
struct Listed {
    number: u16,
    etag: String,
    /// Element names and values.
    checksums: Vec<(String, String)>,
}

fn read_parts(document: &[u8]) -> Result<Vec<Listed>, Failure> {
    let malformed = || Failure::from(Code::MalformedXML);
    let root = parse(document, "CompleteMultipartUpload")?;
    root.only(&["Part"])?;
    if root.children.is_empty() || root.children.len() > 10_000 {
        return Err(malformed());
    }
    let read = |part: &Element| {
        let number = part.child("PartNumber")?.and_then(|text| text.trim().parse().ok());
        let etag = part.child("ETag")?;
        let (Some(number), Some(etag)) = (number, etag) else { return Err(malformed()) };
        let others = part.children.iter().filter(|child| child.name.starts_with("Checksum"));
        Ok(Listed {
            number,
            etag: etag.trim().trim_matches('"').to_owned(),
            checksums: others.map(|child| (child.name.clone(), child.text.trim().to_owned())).collect(),
        })
    };
    let listed: Vec<Listed> = root.children.iter().map(read).collect::<Result<_, _>>()?;
    if !listed.is_sorted_by(|a, b| a.number < b.number) {
        return Err(Code::InvalidPartOrder.into());
    }
    Ok(listed)
}

/// The stored parts the client lists, held against what it says of them.
fn choose(stored: Vec<Part>, listed: &[Listed], upload: &Upload) -> Result<Vec<Part>, Failure> {
    let mut stored: HashMap<u16, Part> = stored.into_iter().map(|part| (part.number, part)).collect();
    let element = sum::element(&upload.algorithm);
    let mut chosen = Vec::with_capacity(listed.len());
    for (at, listed_part) in listed.iter().enumerate() {
        let invalid = || {
            Failure::from(Code::InvalidPart)
                .with("PartNumber", listed_part.number.to_string())
                .with("ETag", &listed_part.etag)
        };
        let part = stored.remove(&listed_part.number).ok_or_else(invalid)?;
        let own = part.checksum.iter().map(|value| (element.clone(), value));
        let told = part.told.iter().map(|(algorithm, value)| (sum::element(algorithm), value));
        let known: Vec<_> = own.chain(told).collect();
        let fits =
            |(name, value): &(String, String)| known.iter().any(|known| known.0 == *name && known.1 == value);
        if part.etag != listed_part.etag || !listed_part.checksums.iter().all(fits) {
            return Err(invalid());
        }
        if part.size < SMALLEST && at + 1 < listed.len() {
            return Err(Failure::from(Code::EntityTooSmall)
                .with("ProposedSize", part.size.to_string())
                .with("MinSizeAllowed", SMALLEST.to_string())
                .with("PartNumber", part.number.to_string())
                .with("ETag", &part.etag));
        }
        chosen.push(part);
    }
    Ok(chosen)
}

/// The object the parts make; its layout is still to come.
fn assemble(parts: &[Part], upload: Upload, now: u64, id: &str) -> Result<Object, Failure> {
    let size = parts.iter().map(|part| part.size).fold(0, u64::saturating_add);
    if size > LARGEST {
        return Err(Failure::from(Code::EntityTooLarge).with("MaxSizeAllowed", LARGEST.to_string()));
    }
    let sums: Vec<_> = parts.iter().filter_map(|part| Some((part.checksum.as_deref()?, part.size))).collect();
    Ok(Object {
        etag: etag(parts.iter().map(|part| part.etag.as_str()))?,
        size,
        modified: now,
        layout: crate::index::record::Layout::Empty,
        sum: Some(sum::of_parts(algorithm_of(&upload), upload.kind, &sums)?),
        description: upload.description,
        tags: upload.tags,
        upload: Some(id.to_owned()),
    })
}

/// The MD5 of the parts' MD5s, and how many there are.
fn etag<'a>(parts: impl ExactSizeIterator<Item = &'a str>) -> Result<String, Failure> {
    let count = parts.len();
    let mut md5 = Md5::new();
    for part in parts {
        md5.update(hex::decode(part).map_err(|_| Failure::from(Code::InvalidPart))?);
    }
    Ok(format!("{}-{count}", hex::encode(md5.finalize())))
}

/// The upload is gone: the same answer again if it became what is there now, of the same parts.
fn completed_before(
    writing: &Writing,
    bucket: Bucket,
    key: &str,
    id: &str,
    listed: &[Listed],
    missing: Failure,
) -> Result<Object, Failure> {
    let object = writing.find_object(bucket, key)?.filter(|object| object.upload.as_deref() == Some(id));
    let etag = etag(listed.iter().map(|part| part.etag.as_str()))?;
    object.filter(|object| object.etag == etag).ok_or(missing)
}

/// What the client says of the object as a whole.
struct Expected {
    size: Option<u64>,
    kind: Option<String>,
    sum: Option<(ChecksumAlgorithm, String)>,
}

impl Expected {
    fn read(headers: &HeaderMap, sum: Option<(ChecksumAlgorithm, String)>) -> Result<Self, Failure> {
        Ok(Self {
            size: length(headers, "x-amz-mp-object-size")?,
            kind: text(headers, "x-amz-checksum-type")?.map(str::to_owned),
            sum,
        })
    }

    fn check(&self, object: &Object) -> Result<(), Failure> {
        let invalid = |message: String| Err(Failure::new(Code::InvalidRequest, message));
        if let Some(size) = self.size.filter(|size| *size != object.size) {
            return invalid(format!(
                "The provided 'x-amz-mp-object-size' header value {size} does not match what was computed: {}",
                object.size
            ));
        }
        let Some(Sum { algorithm, value, kind }) = &object.sum else { return Ok(()) };
        if let Some(told) = self.kind.as_deref().filter(|told| *told != kind.name()) {
            return invalid(format!(
                "The upload was created using the {} checksum type; the complete request names {told}.",
                kind.name()
            ));
        }
        let Some((told_algorithm, told)) = &self.sum else { return Ok(()) };
        if told_algorithm.name() != algorithm {
            return invalid(format!(
                "The upload was created using the {algorithm} checksum; the complete request names {told_algorithm}."
            ));
        }
        let plain = value.split('-').next().unwrap_or_default();
        if told == value || told == plain {
            return Ok(());
        }
        let message = format!("The {algorithm} you specified did not match the calculated checksum.");
        Err(Failure::new(Code::BadDigest, message))
    }
}
