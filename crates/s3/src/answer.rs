//! Answers that Brigade gives by itself.

use std::sync::Arc;

use brigade_policy::Policy;
use brigade_sigv4::{ChecksumAlgorithm, Timestamp};
use bytes::Bytes;
use http::{HeaderValue, Response, header, response};

use crate::xml::Document;
use crate::{BucketName, BucketsQuery, Code, S3Error, headers};

/// One line of `ListBuckets`, before it is known whether the caller may see it.
#[derive(Clone, Debug)]
pub struct BucketEntry {
    /// The bucket's name.
    pub name: BucketName,
    /// When it was made, as far as anybody knows.
    pub created: Timestamp,
    /// What everybody may do there.
    pub public: Arc<Policy>,
}

/// A bucket that a caller may see, for [`list_buckets`].
#[derive(Clone, Debug)]
pub(crate) struct ListedBucket {
    pub(crate) name: BucketName,
    pub(crate) created: Timestamp,
}

/// The answer to `ListBuckets`: of these buckets, which come in the order of their names, those that are asked for.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>.
pub(crate) fn list_buckets(query: &BucketsQuery, buckets: &[ListedBucket], region: &str) -> Response<Bytes> {
    let asked = |bucket: &&ListedBucket| {
        let name = bucket.name.as_str();
        name.starts_with(&query.prefix)
            && query.after.as_deref().is_none_or(|after| name > after)
            && query.region.as_deref().is_none_or(|asked| asked == region)
    };
    let mut found = buckets.iter().filter(asked);
    let page: Vec<_> = found.by_ref().take(query.max.unwrap_or(usize::MAX)).collect();
    let next = found.next().and(page.last());
    document(Document::in_namespace("ListAllMyBucketsResult", |result| {
        result.element("Owner", |owner| {
            owner.text("ID", "brigade");
            owner.text("DisplayName", "brigade");
        });
        result.element("Buckets", |list| {
            for bucket in &page {
                list.element("Bucket", |entry| {
                    entry.text("Name", bucket.name.as_str());
                    entry.text("CreationDate", &bucket.created.iso8601());
                    // Real S3 names the region only to clients that page.
                    if query.max.is_some() {
                        entry.text("BucketRegion", region);
                    }
                });
            }
        });
        if let Some(last) = next {
            result.text("ContinuationToken", last.name.as_str());
        }
        if !query.prefix.is_empty() {
            result.text("Prefix", &query.prefix);
        }
    }))
}

/// The answer to `GetBucketLocation`: the region clients sign for, which `us-east-1` is written as nothing.
pub(crate) fn location(region: &str) -> Response<Bytes> {
    let region = if region == "us-east-1" { "" } else { region };
    document(Document::in_namespace("LocationConstraint", |constraint| {
        constraint.content(region);
    }))
}

/// The answer to a copy that its store took for an upload with this answer of its own: a `CopyObjectResult` or
/// `CopyPartResult`.
///
/// # Errors
/// 502 `BackendError` when the store confirmed it without an ETag.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>.
pub(crate) fn copied(
    store: response::Parts,
    part: bool,
    now: Timestamp,
    source_version: Option<HeaderValue>,
) -> Result<Response<Bytes>, S3Error> {
    let mut headers = headers::keep_delivered(store.headers);
    let etag = headers.remove(header::ETAG).filter(|etag| !etag.is_empty()).ok_or_else(|| {
        S3Error::new(Code::BackendError).because("the store confirmed a copy without an ETag")
    })?;
    let root = if part { "CopyPartResult" } else { "CopyObjectResult" };
    let mut answer = document(Document::in_namespace(root, |result| {
        result.text("LastModified", &now.iso8601());
        result.text("ETag", &String::from_utf8_lossy(etag.as_bytes()));
        for (algorithm, element) in CHECKSUMS {
            if let Some(value) = headers.remove(algorithm.header()).as_ref().and_then(|v| v.to_str().ok()) {
                result.text(element, value);
            }
        }
        if let Some(kind) = headers.remove("x-amz-checksum-type").as_ref().and_then(|v| v.to_str().ok()) {
            result.text("ChecksumType", kind);
        }
    }));
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::CONTENT_TYPE);
    if let Some(version) = source_version {
        headers.insert("x-amz-copy-source-version-id", version);
    }
    answer.headers_mut().extend(headers);
    Ok(answer)
}

/// What a checksum is called in a document.
const CHECKSUMS: [(ChecksumAlgorithm, &str); 5] = [
    (ChecksumAlgorithm::Crc32, "ChecksumCRC32"),
    (ChecksumAlgorithm::Crc32c, "ChecksumCRC32C"),
    (ChecksumAlgorithm::Crc64Nvme, "ChecksumCRC64NVME"),
    (ChecksumAlgorithm::Sha1, "ChecksumSHA1"),
    (ChecksumAlgorithm::Sha256, "ChecksumSHA256"),
];

/// The ACL of a bucket that is a part of a store's: the gateway's own, as in listings.
pub(crate) fn owned() -> Response<Bytes> {
    document(Document::in_namespace("AccessControlPolicy", |policy| {
        let owner = |of: &mut Document| {
            of.text("ID", "brigade").text("DisplayName", "brigade");
        };
        policy.element("Owner", owner);
        policy.element("AccessControlList", |list| {
            list.element("Grant", |grant| {
                grant.canonical_user("Grantee", owner).text("Permission", "FULL_CONTROL");
            });
        });
    }))
}

/// The answer to `HeadBucket`: our region.
pub(crate) fn head(region: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    if let Ok(region) = HeaderValue::from_str(region) {
        response.headers_mut().insert("x-amz-bucket-region", region);
    }
    response
}

/// An XML document as an answer.
pub(crate) fn document(xml: Vec<u8>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(xml));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_buckets() {
        let buckets: Vec<_> = ["alpha", "beta", "gamma"]
            .into_iter()
            .map(|name| ListedBucket {
                name: BucketName::parse(name).unwrap(),
                created: Timestamp::from_unix(0),
            })
            .collect();
        let query = |prefix: &str, after: Option<&str>, max, region: Option<&str>| BucketsQuery {
            prefix: prefix.into(),
            after: after.map(Into::into),
            max,
            region: region.map(Into::into),
        };
        for (query, names, token) in [
            (query("", None, None, None), "alpha beta gamma", None),
            (query("b", None, None, None), "beta", None),
            (query("", None, Some(2), None), "alpha beta", Some("beta")),
            (query("", Some("beta"), Some(2), None), "gamma", None),
            (query("", None, Some(3), None), "alpha beta gamma", None),
            (query("", None, None, Some("elsewhere")), "", None),
        ] {
            let response = list_buckets(&query, &buckets, "us-east-1");
            let text = String::from_utf8(response.body().to_vec()).unwrap();
            let found: Vec<_> = text
                .split("<Name>")
                .skip(1)
                .filter_map(|rest| rest.split_once('<'))
                .map(|(name, _)| name)
                .collect();
            assert_eq!(found.join(" "), names, "{query:?}");
            let wanted = token.map(|token| format!("<ContinuationToken>{token}</ContinuationToken>"));
            assert_eq!(text.contains("ContinuationToken"), wanted.is_some(), "{query:?}");
            assert!(wanted.is_none_or(|wanted| text.contains(&wanted)), "{text}");
        }
    }

    #[test]
    fn a_location_is_the_region_and_us_east_1_is_nothing() {
        for (region, expect) in
            [("us-east-1", "></LocationConstraint>"), ("eu-west-1", ">eu-west-1</LocationConstraint>")]
        {
            let text = String::from_utf8(location(region).body().to_vec()).unwrap();
            assert!(text.ends_with(expect), "{text}");
        }
    }
}
