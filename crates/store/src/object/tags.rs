//! Tags of objects: read from a header or a document, told as a document.

use crate::failure::{Code, Failure};
use crate::headers::text;
use crate::index::Lookup as _;
use crate::index::record::Tags;
use crate::payload::{Declared, collect};
use crate::reply::{self, Reply};
use crate::route::{Target, only_version};
use crate::store::Asked;
use crate::xml::{Element, Xml, parse};
use brigade_sigv4::query_pairs;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::pin::Pin;

/// A document of tags is at most this long.
const DOCUMENT: usize = 128 * 1024;

/// GetObjectTagging.
pub(crate) async fn get(asked: &Asked<'_>, target: Target) -> Result<Reply, Failure> {
    only_version(asked.query.value("versionId"))?;
    let read = asked
        .shared
        .read_bucket(target.bucket, move |lookup, _, bucket| Ok(lookup.object(bucket, &target.key)?.tags));
    let tags = read.await?;
    let document = Xml::document("Tagging", |xml| {
        xml.element("TagSet", |xml| {
            for (name, value) in &tags {
                xml.element("Tag", |xml| {
                    xml.text("Key", name);
                    xml.text("Value", value);
                });
            }
        });
    });
    Ok(reply::xml(StatusCode::OK, document))
}

/// PutObjectTagging: replaces all tags; the object stays as old as it is.
pub(crate) async fn put<B>(asked: &Asked<'_>, target: Target, body: Pin<&mut B>) -> Result<Reply, Failure>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    only_version(asked.query.value("versionId"))?;
    let document = collect(body, &Declared::read(asked.headers)?, DOCUMENT).await?;
    let tags = from_document(&document)?;
    set(asked, target, tags).await?;
    Ok(reply::empty(StatusCode::OK))
}

/// DeleteObjectTagging.
pub(crate) async fn delete(asked: &Asked<'_>, target: Target) -> Result<Reply, Failure> {
    only_version(asked.query.value("versionId"))?;
    set(asked, target, Tags::new()).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

async fn set(asked: &Asked<'_>, target: Target, tags: Tags) -> Result<(), Failure> {
    asked
        .shared
        .index
        .write(move |writing| {
            let bucket = writing.bucket(&target.bucket)?;
            let mut object = writing.object(bucket, &target.key)?;
            object.tags = tags;
            writing.put_object(bucket, &target.key, &object)
        })
        .await
}

fn from_document(document: &[u8]) -> Result<Tags, Failure> {
    let root = parse(document, "Tagging")?;
    let malformed = || Failure::from(Code::MalformedXML);
    let [set] = root.children.as_slice() else { return Err(malformed()) };
    if set.name != "TagSet" {
        return Err(malformed());
    }
    let tag = |tag: &Element| {
        tag.only(&["Key", "Value"])?;
        match (tag.name.as_str(), tag.child("Key")?, tag.child("Value")?) {
            ("Tag", Some(name), Some(value)) => Ok((name.to_owned(), value.to_owned())),
            _ => Err(malformed()),
        }
    };
    check(set.children.iter().map(tag).collect::<Result<_, _>>()?)
}

/// Reads `x-amz-tagging`, which is written like a query.
pub(crate) fn from_header(headers: &HeaderMap) -> Result<Tags, Failure> {
    let mut tags = Tags::new();
    for pair in query_pairs(text(headers, "x-amz-tagging")?.unwrap_or_default()) {
        let (name, value) = pair.map_err(|_| Failure::from(Code::InvalidTag))?;
        if !(name.is_empty() && value.is_empty()) {
            tags.push((name.into_owned(), value.into_owned()));
        }
    }
    check(tags)
}

/// S3's limits: ten tags of different names, names of 1 to 128 characters, values of at most 256.
fn check(tags: Tags) -> Result<Tags, Failure> {
    if tags.len() > 10 {
        return Err(Failure::new(Code::InvalidTag, "Object tags cannot be greater than 10"));
    }
    for (at, (name, value)) in tags.iter().enumerate() {
        if name.is_empty() || name.chars().count() > 128 {
            return Err(Failure::new(Code::InvalidTag, "The TagKey you have provided is invalid")
                .with("TagKey", name));
        }
        if value.chars().count() > 256 {
            return Err(Failure::new(Code::InvalidTag, "The TagValue you have provided is invalid")
                .with("TagKey", name)
                .with("TagValue", value));
        }
        if tags.iter().take(at).any(|(other, _)| other == name) {
            return Err(Failure::new(Code::InvalidTag, "Cannot provide multiple Tags with the same key")
                .with("TagKey", name));
        }
    }
    Ok(tags)
}
