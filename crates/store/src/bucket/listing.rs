//! ListObjects and ListObjectsV2: a page of keys and common prefixes, in the order of their bytes.

pub(crate) mod page;

use super::OWNER;
use crate::failure::Failure;
use crate::index::record::Object;
use crate::reply::{self, Reply};
use crate::store::Asked;
use crate::xml::Xml;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use brigade_sigv4::{Timestamp, percent_encode_path};
use http::StatusCode;
use page::{Entry, Page, Span, Start};

/// Entries on a page, at most.
const MOST: usize = 1000;

/// How names are written in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    Plain,
    Url,
}

impl Naming {
    /// Reads `encoding-type`.
    pub(crate) fn read(asked: &Asked<'_>) -> Result<Self, Failure> {
        match asked.query.value("encoding-type") {
            None | Some("") => Ok(Self::Plain),
            Some("url") => Ok(Self::Url),
            Some(other) => {
                Err(Failure::argument("encoding-type", other, "Invalid Encoding Method specified in Request"))
            }
        }
    }

    /// The name as the answer holds it: S3's URL form keeps `/` and writes a space as `+`.
    pub(crate) fn write(self, name: &str) -> String {
        match self {
            Self::Plain => name.to_owned(),
            Self::Url => percent_encode_path(name.as_bytes()).replace("%20", "+"),
        }
    }
}

/// ListObjects.
pub(crate) async fn v1(asked: &Asked<'_>, name: String) -> Result<Reply, Failure> {
    let naming = Naming::read(asked)?;
    let marker = asked.query.value("marker").unwrap_or_default().to_owned();
    let span = Span::read(asked, "max-keys", MOST)?;
    let start = Start::After(marker.clone());
    let page = find(asked, name.clone(), span.clone(), start).await?;
    let document = Xml::document("ListBucketResult", |xml| {
        head(xml, &name, &span, naming);
        xml.text("Marker", &naming.write(&marker));
        if let (Some(_), Some(last), Some(_)) = (&page.next, page.last(), &span.delimiter) {
            xml.text("NextMarker", &naming.write(last));
        }
        entries(xml, &page, naming, true);
    });
    Ok(reply::xml(StatusCode::OK, document))
}

/// ListObjectsV2.
pub(crate) async fn v2(asked: &Asked<'_>, name: String) -> Result<Reply, Failure> {
    match asked.query.value("list-type") {
        Some("2") => {}
        other => {
            return Err(Failure::argument(
                "list-type",
                other.unwrap_or_default(),
                "The list-type must be 2.",
            ));
        }
    }
    let naming = Naming::read(asked)?;
    let span = Span::read(asked, "max-keys", MOST)?;
    let after = asked.query.value("start-after").map(str::to_owned);
    let token = asked.query.value("continuation-token").map(str::to_owned);
    let owner = asked.query.value("fetch-owner").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let start = match &token {
        Some(token) => Start::At(read_token(token, &span.prefix)?),
        None => Start::After(after.clone().unwrap_or_default()),
    };
    let page = find(asked, name.clone(), span.clone(), start).await?;
    let document = Xml::document("ListBucketResult", |xml| {
        head(xml, &name, &span, naming);
        if let Some(token) = &token {
            xml.text("ContinuationToken", token);
        }
        if let Some(next) = &page.next {
            xml.text("NextContinuationToken", &write_token(next, &span.prefix));
        }
        xml.value("KeyCount", page.entries.len());
        if let Some(after) = &after {
            xml.text("StartAfter", &naming.write(after));
        }
        entries(xml, &page, naming, owner);
    });
    Ok(reply::xml(StatusCode::OK, document))
}

async fn find(asked: &Asked<'_>, name: String, span: Span, start: Start) -> Result<Page<Object>, Failure> {
    asked.shared.read_bucket(name, move |lookup, _, bucket| page::objects(lookup, bucket, &span, start)).await
}

/// A token says where the next page begins, behind the listing's prefix: it cannot lead out of it.
fn write_token(next: &[u8], prefix: &str) -> String {
    let behind = next.strip_prefix(prefix.as_bytes()).unwrap_or_default();
    format!("1{}", URL_SAFE_NO_PAD.encode(behind))
}

fn read_token(token: &str, prefix: &str) -> Result<Vec<u8>, Failure> {
    let behind = token.strip_prefix('1').and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let Some(behind) = behind.filter(|behind| behind.len() <= 2048) else {
        let message = "The continuation token provided is incorrect";
        return Err(Failure::argument("continuation-token", token, message));
    };
    Ok([prefix.as_bytes(), &behind].concat())
}

fn head(xml: &mut Xml, name: &str, span: &Span, naming: Naming) {
    xml.text("Name", name);
    xml.text("Prefix", &naming.write(&span.prefix));
    if let Some(delimiter) = &span.delimiter {
        xml.text("Delimiter", &naming.write(delimiter));
    }
    xml.value("MaxKeys", span.most);
    if naming == Naming::Url {
        xml.text("EncodingType", "url");
    }
}

fn entries(xml: &mut Xml, page: &Page<Object>, naming: Naming, owner: bool) {
    xml.value("IsTruncated", page.next.is_some());
    for entry in &page.entries {
        let Entry::Key(key, object) = entry else { continue };
        xml.element("Contents", |xml| {
            xml.text("Key", &naming.write(key));
            xml.text("LastModified", &Timestamp::from_unix(object.modified).iso8601());
            xml.text("ETag", &reply::quoted(&object.etag));
            if let Some(sum) = &object.sum {
                xml.text("ChecksumAlgorithm", &sum.algorithm);
                xml.text("ChecksumType", sum.kind.name());
            }
            xml.value("Size", object.size);
            if owner {
                xml.element("Owner", |xml| {
                    xml.text("ID", OWNER);
                    xml.text("DisplayName", OWNER);
                });
            }
            xml.text("StorageClass", "STANDARD");
        });
    }
    common_prefixes(xml, page, naming);
}

/// The prefixes that stand for keys on the page.
pub(crate) fn common_prefixes<T>(xml: &mut Xml, page: &Page<T>, naming: Naming) {
    for entry in &page.entries {
        if let Entry::Prefix(prefix) = entry {
            xml.element("CommonPrefixes", |xml| xml.text("Prefix", &naming.write(prefix)));
        }
    }
}
