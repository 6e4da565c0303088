//! ListParts.

use super::id;
use crate::bucket::OWNER;
use crate::bucket::listing::Naming;
use crate::failure::Failure;
use crate::reply::{self, Reply, quoted};
use crate::route::Target;
use crate::store::Asked;
use crate::sum;
use crate::xml::Xml;
use brigade_sigv4::Timestamp;
use http::StatusCode;

/// Parts on a page, at most.
const MOST: usize = 1000;

/// ListParts: a page of parts by number.
pub(crate) async fn list(asked: &Asked<'_>, target: Target) -> Result<Reply, Failure> {
    let naming = Naming::read(asked)?;
    let most = asked.query.count("max-parts", MOST, MOST)?;
    let marker = asked.query.count("part-number-marker", 0, usize::from(u16::MAX))?;
    let after = u16::try_from(marker).unwrap_or(u16::MAX);
    let id = id(&asked.query);
    let at = (target.key.clone(), id.clone());
    let read = asked.shared.read_bucket(target.bucket.clone(), move |lookup, _, bucket| {
        let (key, id) = at;
        let upload = lookup.upload(bucket, &key, &id)?;
        Ok((upload, lookup.parts(bucket, &key, &id, after, most + 1)?))
    });
    let (upload, mut parts) = read.await?;
    let more = parts.len() > most && most > 0;
    parts.truncate(most);
    let document = Xml::document("ListPartsResult", |xml| {
        xml.text("Bucket", &target.bucket);
        xml.text("Key", &naming.write(&target.key));
        xml.text("UploadId", &id);
        xml.value("PartNumberMarker", marker);
        xml.value("NextPartNumberMarker", parts.last().map_or(0, |part| part.number));
        xml.value("MaxParts", most);
        if naming == Naming::Url {
            xml.text("EncodingType", "url");
        }
        xml.value("IsTruncated", more);
        if upload.chosen {
            xml.text("ChecksumAlgorithm", &upload.algorithm);
            xml.text("ChecksumType", upload.kind.name());
        }
        for part in &parts {
            xml.element("Part", |xml| {
                xml.value("PartNumber", part.number);
                xml.text("LastModified", &Timestamp::from_unix(part.modified).iso8601());
                xml.text("ETag", &quoted(&part.etag));
                xml.value("Size", part.size);
                if let Some(value) = part.checksum.as_deref().filter(|_| upload.chosen) {
                    xml.text(&sum::element(&upload.algorithm), value);
                }
            });
        }
        for who in ["Initiator", "Owner"] {
            xml.element(who, |xml| {
                xml.text("ID", OWNER);
                xml.text("DisplayName", OWNER);
            });
        }
        xml.text("StorageClass", "STANDARD");
    });
    Ok(reply::xml(StatusCode::OK, document))
}
