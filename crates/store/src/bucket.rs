//! Operations on buckets.

pub(crate) mod listing;

use crate::failure::{Code, Failure};
use crate::index::record::{self, Bucket};
use crate::index::{BUCKETS, Lookup, Next, OBJECTS, UPLOADS, Writing, key};
use crate::payload::{Declared, collect};
use crate::reply::{self, Reply, add};
use crate::store::Asked;
use crate::xml::{Xml, parse};
use brigade_sigv4::Timestamp;
use http::StatusCode;
use std::pin::Pin;

/// Who owns everything in this store, as listings tell it.
pub(crate) const OWNER: &str = "brigade";

/// Whether S3 allows the name: 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a
/// letter or digit, no two dots in a row, not an IPv4 address.
pub(crate) fn is_valid_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| inner(byte) || byte == b'.' || byte == b'-')
        && name.bytes().next().is_some_and(inner)
        && name.bytes().last().is_some_and(inner)
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
}

/// The bucket, if there is one.
pub(crate) fn find(lookup: &impl Lookup, name: &str) -> Result<Option<Bucket>, Failure> {
    lookup.value(BUCKETS, name.as_bytes())?.map(|bytes| record::decode(&bytes)).transpose()
}

/// Creates the bucket unless it exists.
pub(crate) fn create(writing: &mut Writing, name: &str, now: u64) -> Result<(), Failure> {
    if find(writing, name)?.is_some() {
        return Ok(());
    }
    let bucket = Bucket { id: writing.next_number("buckets")?, created: now };
    writing.put(BUCKETS, name.as_bytes(), &record::encode(&bucket)?)
}

/// CreateBucket; 200 also when it exists, as S3 answers its owner in us-east-1.
pub(crate) async fn put<B>(asked: &Asked<'_>, name: String, body: Pin<&mut B>) -> Result<Reply, Failure>
where
    B: http_body::Body<Data = bytes::Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if !is_valid_name(&name) {
        return Err(Failure::from(Code::InvalidBucketName).with("BucketName", name));
    }
    let document = collect(body, &Declared::read(asked.headers)?, 64 * 1024).await?;
    if !document.is_empty() {
        parse(&document, "CreateBucketConfiguration")?;
    }
    let now = asked.now.as_unix();
    let location = format!("/{name}");
    asked.shared.index.write(move |writing| create(writing, &name, now)).await?;
    let mut reply = reply::empty(StatusCode::OK);
    add(reply.headers_mut(), "location", &location)?;
    Ok(reply)
}

/// DeleteBucket: only one without objects. Uploads under way go with it, as they do in S3.
pub(crate) async fn delete(asked: &Asked<'_>, name: String) -> Result<Reply, Failure> {
    asked
        .shared
        .index
        .write(move |writing| {
            let bucket = writing.bucket(&name)?;
            let (from, end) = (key::object(bucket.id, b""), key::bucket_end(bucket.id));
            let mut empty = true;
            writing.scan(OBJECTS, from.clone(), Some(&end), &mut |_, _| {
                empty = false;
                Ok(Next::Stop)
            })?;
            if !empty {
                return Err(Failure::from(Code::BucketNotEmpty).with("BucketName", name));
            }
            let mut uploads = Vec::new();
            writing.scan(UPLOADS, from, Some(&end), &mut |at, _| {
                uploads.extend(key::split_upload(at));
                Ok(Next::Entry)
            })?;
            for (key, id) in uploads {
                let key = String::from_utf8(key).map_err(Failure::internal)?;
                writing.remove_upload(bucket, &key, &id, |_| false)?;
            }
            writing.remove(BUCKETS, name.as_bytes())
        })
        .await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// HeadBucket.
pub(crate) async fn head(asked: &Asked<'_>, name: String) -> Result<Reply, Failure> {
    asked.shared.read_bucket(name, |_, _, _| Ok(())).await?;
    Ok(reply::empty(StatusCode::OK))
}

/// GetBucketLocation: the store has one place, written as S3 writes us-east-1.
pub(crate) async fn location(asked: &Asked<'_>, name: String) -> Result<Reply, Failure> {
    asked.shared.read_bucket(name, |_, _, _| Ok(())).await?;
    Ok(reply::xml(StatusCode::OK, Xml::document("LocationConstraint", |_| {})))
}

/// GetBucketVersioning: never enabled.
pub(crate) async fn versioning(asked: &Asked<'_>, name: String) -> Result<Reply, Failure> {
    asked.shared.read_bucket(name, |_, _, _| Ok(())).await?;
    Ok(reply::xml(StatusCode::OK, Xml::document("VersioningConfiguration", |_| {})))
}

/// ListBuckets, by name.
pub(crate) async fn list(asked: &Asked<'_>) -> Result<Reply, Failure> {
    let most = asked.query.count("max-buckets", 10_000, 10_000)?;
    let prefix = asked.query.value("prefix").unwrap_or_default().to_owned();
    let after = asked.query.value("continuation-token").unwrap_or_default().to_owned();
    let (buckets, more) = asked
        .shared
        .read(move |lookup, _| {
            let mut buckets: Vec<(String, Bucket)> = Vec::new();
            let mut more = false;
            let from = prefix.clone().max(format!("{after}\0"));
            lookup.scan(BUCKETS, from.into_bytes(), None, &mut |at, stored| {
                let name = String::from_utf8_lossy(at).into_owned();
                if !name.starts_with(&prefix) {
                    return Ok(Next::Stop);
                }
                if buckets.len() >= most {
                    more = most > 0;
                    return Ok(Next::Stop);
                }
                buckets.push((name, record::decode(stored)?));
                Ok(Next::Entry)
            })?;
            Ok((buckets, more))
        })
        .await?;
    let document = Xml::document("ListAllMyBucketsResult", |xml| {
        xml.element("Owner", |xml| {
            xml.text("ID", OWNER);
            xml.text("DisplayName", OWNER);
        });
        xml.element("Buckets", |xml| {
            for (name, bucket) in &buckets {
                xml.element("Bucket", |xml| {
                    xml.text("Name", name);
                    xml.text("CreationDate", &Timestamp::from_unix(bucket.created).iso8601());
                });
            }
        });
        if let (true, Some((last, _))) = (more, buckets.last()) {
            xml.text("ContinuationToken", last);
        }
    });
    Ok(reply::xml(StatusCode::OK, document))
}

#[cfg(test)]
mod tests {
    use super::is_valid_name;

    #[test]
    fn bucket_names_are_s3s() {
        for (name, valid) in [
            ("abc", true),
            ("a.b-c9", true),
            ("ab", false),
            (&"a".repeat(64), false),
            (&"a".repeat(63), true),
            ("-ab", false),
            ("ab.", false),
            (".sts", false),
            ("a..b", false),
            ("Abc", false),
            ("a_b", false),
            ("a/b", false),
            ("192.168.0.1", false),
            ("é23", false),
        ] {
            assert_eq!(is_valid_name(name), valid, "{name}");
        }
    }
}
