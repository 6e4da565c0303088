//! The headers of a copy between two stores: which of the client's are for the read, which for the write, and which of
//! the source's the copy keeps.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::Span;

/// A header of the copy, and what it is called in a read of the source.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>.
const READ: &[(&str, &str)] = &[
    ("x-amz-copy-source-if-match", "if-match"),
    ("x-amz-copy-source-if-modified-since", "if-modified-since"),
    ("x-amz-copy-source-if-none-match", "if-none-match"),
    ("x-amz-copy-source-if-unmodified-since", "if-unmodified-since"),
    (
        "x-amz-copy-source-server-side-encryption-customer-algorithm",
        "x-amz-server-side-encryption-customer-algorithm",
    ),
    ("x-amz-copy-source-server-side-encryption-customer-key", "x-amz-server-side-encryption-customer-key"),
    (
        "x-amz-copy-source-server-side-encryption-customer-key-md5",
        "x-amz-server-side-encryption-customer-key-md5",
    ),
    ("x-amz-request-payer", "x-amz-request-payer"),
    ("x-amz-source-expected-bucket-owner", "x-amz-expected-bucket-owner"),
];

/// What says how to copy, and means nothing in a write; and what a write says of a body that is not the client's.
const DIRECTIVES: &[&str] = &[
    "content-md5",
    "range",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-mode",
    "x-amz-copy-source-range",
    "x-amz-metadata-directive",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-source-expected-bucket-owner",
    "x-amz-tagging-directive",
];

/// An object's own headers, which with its `x-amz-meta-*` are its metadata.
const METADATA: &[HeaderName] = &[
    header::CACHE_CONTROL,
    header::CONTENT_DISPOSITION,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_TYPE,
    header::EXPIRES,
];

fn is_metadata(name: &HeaderName) -> bool {
    METADATA.contains(name) || name.as_str().starts_with("x-amz-meta-")
}

/// The headers of the read.
pub(super) fn of_the_read(client: &HeaderMap, range: Option<Span>) -> HeaderMap {
    let mut read = HeaderMap::new();
    for (from, to) in READ {
        if let Some(value) = client.get(*from) {
            read.insert(HeaderName::from_static(to), value.clone());
        }
    }
    read.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    match range {
        Some(Span { first, last }) => {
            if let Ok(range) = HeaderValue::from_str(&format!("bytes={first}-{last}")) {
                read.insert(header::RANGE, range);
            }
        }
        None => {
            read.insert("x-amz-checksum-mode", HeaderValue::from_static("ENABLED"));
        }
    }
    read
}

/// The client's headers that are for the write: metadata and tags only where they replace the source's.
pub(super) fn of_the_write(client: HeaderMap, replaces_metadata: bool, replaces_tags: bool) -> HeaderMap {
    let mut write = client;
    let ends = |name: &HeaderName| {
        DIRECTIVES.contains(&name.as_str())
            || name.as_str().starts_with("x-amz-copy-source-")
            || name == header::ACCEPT_ENCODING
            || (!replaces_metadata && is_metadata(name))
            || (!replaces_tags && name == "x-amz-tagging")
    };
    let gone: Vec<_> = write.keys().filter(|name| ends(name)).cloned().collect();
    for name in gone {
        write.remove(name);
    }
    write
}

/// Adds the source's metadata.
///
/// SeaweedFS keeps the coding of an upload's envelope with the object, which has none: the destination would look for it.
pub(super) fn keep_metadata(source: &HeaderMap, write: &mut HeaderMap) {
    for (name, value) in source {
        if name == header::CONTENT_ENCODING {
            let text = value.to_str().unwrap_or_default();
            let own = text.split(',').map(str::trim).filter(|it| !it.eq_ignore_ascii_case("aws-chunked"));
            let own = own.collect::<Vec<_>>().join(",");
            if let Some(own) = HeaderValue::from_str(&own).ok().filter(|own| !own.is_empty()) {
                write.append(name.clone(), own);
            }
        } else if is_metadata(name) {
            write.append(name.clone(), value.clone());
        }
    }
}
