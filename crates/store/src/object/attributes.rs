//! GetObjectAttributes.

use crate::failure::{Code, Failure};
use crate::headers::text;
use crate::index::record::{Layout, SumKind};
use crate::reply::{self, Reply, add};
use crate::route::{Target, only_version};
use crate::store::Asked;
use crate::sum;
use crate::xml::Xml;
use brigade_sigv4::Timestamp;
use http::{HeaderMap, StatusCode};

const KNOWN: [&str; 5] = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

/// GetObjectAttributes: the attributes `x-amz-object-attributes` names.
pub(crate) async fn get(asked: &Asked<'_>, target: Target) -> Result<Reply, Failure> {
    only_version(asked.query.value("versionId"))?;
    let header = "x-amz-object-attributes";
    let mut names = Vec::new();
    for value in asked.headers.get_all(header) {
        let value =
            value.to_str().map_err(|_| Failure::argument(header, "", "Invalid attribute name specified."))?;
        names.extend(value.split(',').map(|name| name.trim().to_owned()));
    }
    if names.is_empty() {
        return Err(Failure::argument(header, "", "The x-amz-object-attributes header is required."));
    }
    if let Some(unknown) = names.iter().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(Failure::argument(header, unknown, "Invalid attribute name specified."));
    }
    let most = number(asked.headers, "x-amz-max-parts", 1000)?.min(1000);
    let marker = number(asked.headers, "x-amz-part-number-marker", 0)?;

    let read = asked.shared.read_bucket(target.bucket, move |lookup, _, bucket| {
        let object = lookup.object(bucket, &target.key)?;
        let parts = match &object.layout {
            Layout::Parts { manifest, .. } => lookup.manifest(*manifest)?,
            Layout::Empty | Layout::One(_) => Vec::new(),
        };
        Ok((object, parts))
    });
    let (object, parts) = read.await?;
    let wants = |name: &str| names.iter().any(|wanted| wanted == name);
    let document = Xml::document("GetObjectAttributesResponse", |xml| {
        if wants("ETag") {
            xml.text("ETag", &object.etag);
        }
        if wants("Checksum") && object.sum.is_some() {
            xml.element("Checksum", |xml| sum::add_elements(xml, object.sum.as_ref()));
        }
        if wants("ObjectParts") && !parts.is_empty() {
            let page: Vec<_> =
                parts.iter().filter(|part| usize::from(part.number) > marker).take(most).collect();
            let last = page.last().map_or(marker, |part| usize::from(part.number));
            let more = parts.last().is_some_and(|part| usize::from(part.number) > last);
            xml.element("ObjectParts", |xml| {
                xml.value("PartsCount", parts.len());
                xml.value("PartNumberMarker", marker);
                xml.value("NextPartNumberMarker", last);
                xml.value("MaxParts", most);
                xml.value("IsTruncated", more);
                // S3 tells the parts only where their checksums make up the object's.
                let composite = object.sum.as_ref().filter(|sum| sum.kind == SumKind::Composite);
                for part in page.iter().filter(|_| composite.is_some()) {
                    xml.element("Part", |xml| {
                        xml.value("PartNumber", part.number);
                        xml.value("Size", part.size);
                        if let (Some(sum), Some(value)) = (composite, &part.checksum) {
                            xml.text(&sum::element(&sum.algorithm), value);
                        }
                    });
                }
            });
        }
        if wants("StorageClass") {
            xml.text("StorageClass", "STANDARD");
        }
        if wants("ObjectSize") {
            xml.value("ObjectSize", object.size);
        }
    });
    let mut reply = reply::xml(StatusCode::OK, document);
    add(reply.headers_mut(), "last-modified", &Timestamp::from_unix(object.modified).http_date())?;
    Ok(reply)
}

fn number(headers: &HeaderMap, name: &str, default: usize) -> Result<usize, Failure> {
    match text(headers, name)? {
        None | Some("") => Ok(default),
        Some(text) => text.parse().map_err(|_| {
            Failure::new(Code::InvalidArgument, format!("{name} must be a number"))
                .with("ArgumentValue", text)
        }),
    }
}
