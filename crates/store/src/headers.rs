//! Reading a request's headers: text or a refusal, never a guess.

use crate::bucket::OWNER;
use crate::failure::{Code, Failure};
use brigade_sigv4::Timestamp;
use http::{HeaderMap, HeaderName};

/// The one value of a header; two of them, or bytes that are not UTF-8, are refused.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Failure> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match std::str::from_utf8(value.as_bytes()) {
            Ok(text) => Ok(Some(text.trim())),
            Err(_) => Err(Failure::argument(name, "", "The header is not valid UTF-8.")),
        },
        (Some(_), Some(_)) => Err(Failure::argument(name, "", "The header may be given only once.")),
    }
}

/// The one value of a header that holds a byte count.
pub(crate) fn length(headers: &HeaderMap, name: &str) -> Result<Option<u64>, Failure> {
    let Some(text) = text(headers, name)? else { return Ok(None) };
    let number = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    number.map(Some).ok_or_else(|| Failure::argument(name, text, "The value must be a number of bytes."))
}

/// A date in a condition; one that cannot be read is no condition (RFC 9110, section 13.1.3).
pub(crate) fn date(headers: &HeaderMap, name: &str) -> Result<Option<Timestamp>, Failure> {
    Ok(text(headers, name)?
        .and_then(|text| Timestamp::parse_http_date(text).or_else(|| Timestamp::parse_iso8601(text))))
}

/// Refuses headers that ask for what this store does not do, so that none is dropped silently.
///
/// Whoever expects a bucket to be of a certain account is refused as S3 refuses them: the one owner here is no account.
pub(crate) fn refuse_unsupported(headers: &HeaderMap) -> Result<(), Failure> {
    for name in ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"] {
        if text(headers, name)?.is_some_and(|owner| owner != OWNER) {
            return Err(Code::AccessDenied.into());
        }
    }
    for name in headers.keys().map(HeaderName::as_str) {
        if name.starts_with("x-amz-grant-") {
            return Err(Code::AccessControlListNotSupported.into());
        }
        if UNSUPPORTED.iter().any(|prefix| name.starts_with(prefix)) {
            return Err(Failure::from(Code::NotImplemented).with("Header", name));
        }
    }
    match text(headers, "x-amz-acl")? {
        None | Some("private" | "bucket-owner-full-control") => {}
        Some(_) => return Err(Code::AccessControlListNotSupported.into()),
    }
    match text(headers, "x-amz-storage-class")? {
        None | Some("STANDARD") => Ok(()),
        Some(other) => Err(Failure::from(Code::InvalidStorageClass).with("StorageClassRequested", other)),
    }
}

/// What the names of refused headers begin with.
const UNSUPPORTED: [&str; 8] = [
    // Conditions that S3 knows in directory buckets only.
    "x-amz-if-match-",
    "x-amz-server-side-encryption",
    "x-amz-copy-source-server-side-encryption",
    "x-amz-object-lock-",
    "x-amz-bypass-governance-retention",
    "x-amz-website-redirect-location",
    "x-amz-write-offset-bytes",
    "x-amz-mfa",
];
