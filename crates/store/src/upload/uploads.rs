//! ListMultipartUploads.

use crate::bucket::OWNER;
use crate::bucket::listing::page::{Entry, Page, Span};
use crate::bucket::listing::{Naming, common_prefixes};
use crate::failure::Failure;
use crate::index::record::{self, Bucket, Upload};
use crate::index::{Lookup, Next, UPLOADS, key};
use crate::reply::{self, Reply};
use crate::store::Asked;
use crate::xml::Xml;
use brigade_sigv4::Timestamp;
use http::StatusCode;

/// Uploads on a page, at most.
const MOST: usize = 1000;

/// ListMultipartUploads: by key, then by the time they were begun at.
pub(crate) async fn list(asked: &Asked<'_>, name: String) -> Result<Reply, Failure> {
    let naming = Naming::read(asked)?;
    let span = Span::read(asked, "max-uploads", MOST)?;
    let key_marker = asked.query.value("key-marker").unwrap_or_default().to_owned();
    let id_marker = asked.query.value("upload-id-marker").unwrap_or_default().to_owned();
    let wanted = (span.clone(), key_marker.clone(), id_marker.clone());
    let read = asked.shared.read_bucket(name.clone(), move |lookup, _, bucket| {
        let (span, key_marker, id_marker) = wanted;
        find(lookup, bucket, &span, &key_marker, &id_marker)
    });
    let page = read.await?;
    let document = Xml::document("ListMultipartUploadsResult", |xml| {
        xml.text("Bucket", &name);
        xml.text("KeyMarker", &naming.write(&key_marker));
        xml.text("UploadIdMarker", &id_marker);
        if let (Some(_), Some(last)) = (&page.next, page.entries.last()) {
            let (key, id) = match last {
                Entry::Key(key, (id, _)) => (key, id.as_str()),
                Entry::Prefix(prefix) => (prefix, ""),
            };
            xml.text("NextKeyMarker", &naming.write(key));
            xml.text("NextUploadIdMarker", id);
        }
        xml.text("Prefix", &naming.write(&span.prefix));
        if let Some(delimiter) = &span.delimiter {
            xml.text("Delimiter", &naming.write(delimiter));
        }
        if naming == Naming::Url {
            xml.text("EncodingType", "url");
        }
        xml.value("MaxUploads", span.most);
        xml.value("IsTruncated", page.next.is_some());
        for entry in &page.entries {
            let Entry::Key(key, (id, upload)) = entry else { continue };
            xml.element("Upload", |xml| {
                xml.text("Key", &naming.write(key));
                xml.text("UploadId", id);
                for who in ["Initiator", "Owner"] {
                    xml.element(who, |xml| {
                        xml.text("ID", OWNER);
                        xml.text("DisplayName", OWNER);
                    });
                }
                xml.text("StorageClass", "STANDARD");
                xml.text("Initiated", &Timestamp::from_unix(upload.initiated).iso8601());
                if upload.chosen {
                    xml.text("ChecksumAlgorithm", &upload.algorithm);
                    xml.text("ChecksumType", upload.kind.name());
                }
            });
        }
        common_prefixes(xml, &page, naming);
    });
    Ok(reply::xml(StatusCode::OK, document))
}

fn find(
    lookup: &dyn Lookup,
    bucket: Bucket,
    span: &Span,
    key_marker: &str,
    id_marker: &str,
) -> Result<Page<(String, Upload)>, Failure> {
    let mut page = Page { entries: Vec::new(), next: None };
    if span.most == 0 {
        return Ok(page);
    }
    let behind = |place: Vec<u8>| key::successor(&place).unwrap_or_default();
    let first = key::uploads_from(bucket.id, span.prefix.as_bytes());
    let end = behind(first.clone());
    let from = match (key_marker, id_marker) {
        ("", _) => first,
        // A marker that is a common prefix has been told already, with all keys under it.
        (marker, "") if span.common_prefix(marker) == Some(marker) => {
            first.max(behind(key::uploads_from(bucket.id, marker.as_bytes())))
        }
        (marker, "") => first.max(behind(key::uploads_of(bucket.id, marker.as_bytes()))),
        (marker, id) => first.max(behind(key::upload(bucket.id, marker.as_bytes(), id))),
    };
    lookup.scan(UPLOADS, from, Some(&end), &mut |at, stored| {
        if page.entries.len() >= span.most {
            page.next = Some(at.to_vec());
            return Ok(Next::Stop);
        }
        let (key, id) = key::split_upload(at).ok_or_else(|| Failure::internal("a damaged upload key"))?;
        let key = String::from_utf8(key).map_err(Failure::internal)?;
        match span.common_prefix(&key).map(str::to_owned) {
            None => {
                page.entries.push(Entry::Key(key, (id, record::decode(stored)?)));
                Ok(Next::Entry)
            }
            Some(prefix) => {
                let place = behind(key::uploads_from(bucket.id, prefix.as_bytes()));
                page.entries.push(Entry::Prefix(prefix));
                Ok(Next::Seek(place))
            }
        }
    })?;
    Ok(page)
}
