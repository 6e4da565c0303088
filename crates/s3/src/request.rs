//! Reading a request's head: who presents it, what it asks.

use brigade_sigv4::{Checksum, ChecksumAlgorithm, ContentSha256, Presented, Wire};
use http::{HeaderMap, HeaderName, HeaderValue, header, request};

use crate::addressing::Place;
use crate::form::Form;
use crate::operation::Carried;
use crate::query::Query;
use crate::table::{self, Level, Reader, Row};
use crate::{
    Addressing, BucketOp, BucketRequest, Code, ObjectKey, Operation, Payload, PostRequest, S3Error, headers,
};

/// A request's head, read once.
#[derive(Debug)]
pub struct S3Request {
    /// What it asks for, or why that is refused. Judge the sender first: who cannot prove who they are learns nothing else.
    pub operation: Result<Operation, S3Error>,
    /// What it says of its sender, unverified. `None`: nothing, so the caller is anonymous.
    pub presented: Option<Presented>,
}

impl S3Request {
    /// Reads a head.
    ///
    /// # Errors
    /// The S3 error that refuses malformed credentials. An operation that is not served and bad arguments are in
    /// [`S3Request::operation`].
    pub fn parse(head: &request::Parts, how: &Addressing) -> Result<Self, S3Error> {
        let wire = Wire::from(head);
        let presented = Presented::read(&wire)?;
        let operation = Operation::read(&wire, presented.as_ref(), how);
        Ok(Self { operation, presented })
    }
}

impl Operation {
    fn read(wire: &Wire<'_>, presented: Option<&Presented>, how: &Addressing) -> Result<Self, S3Error> {
        let mut query = Query::parse(wire.query)?;
        query.extract(|name| name == "x-id");
        let hoisted = match presented {
            Some(presented) if presented.is_presigned() => hoist(&mut query, wire.headers)?,
            _ => HeaderMap::new(),
        };
        // First: `POST /WriteGetObjectResponse` names no bucket, and its headers say that it is not served.
        let mut needs = headers::needs(wire.headers)?;
        needs.extend(headers::needs(&hoisted)?);
        let host = wire.headers.get(header::HOST).map_or(Ok(""), HeaderValue::to_str);
        let place = how.place(host.map_err(|_| S3Error::new(Code::InvalidRequest))?, wire.path)?;

        let header = |name: &str| wire.headers.get(name).or_else(|| hoisted.get(name));
        let source = header("x-amz-copy-source");
        let level = match place {
            Place::Service => Level::Service,
            Place::Bucket(_) => Level::Bucket,
            Place::Object(..) => Level::Object,
        };
        if presented.is_none() && header("x-amz-request-payer").is_some() {
            return Err(S3Error::new(Code::AccessDenied).say(
                "Access Denied: x-amz-request-payer needs a signed request; nobody else can be charged.",
            ));
        }
        let row = table::find(wire.method, level, source.is_some(), &query)?;
        let needs = headers::needs_of(row, needs);
        check(&query, presented.is_some())?;

        let sha256 = match presented {
            Some(presented) => presented.content_sha256(),
            None if row.content == table::Content::Upload => declared_unsigned(wire.headers),
            None => ContentSha256::Unsigned,
        };
        Payload::of_nothing_unless_uploading(sha256, row)?;
        let form = Form { query: &query, headers: wire.headers, source, sha256 };
        let (bucket, op) = match (place, row.reader) {
            (Place::Service, Reader::Service) => return Ok(Self::ListBuckets(form.buckets())),
            (Place::Bucket(bucket), Reader::Post) => {
                return PostRequest::read(bucket, wire.headers, presented.is_some()).map(Self::Post);
            }
            (Place::Bucket(bucket), Reader::Bucket(read)) => (bucket, read(&form)?),
            (Place::Object(bucket, key), Reader::Object(read)) => {
                (bucket, BucketOp::Object(key, read(&form)?))
            }
            (Place::Service | Place::Bucket(_) | Place::Object(..), _) => return Err(misplaced(row)),
        };
        let carried = Carried { query: owned(&query), hoisted, needs };
        Ok(Self::Bucket(BucketRequest { bucket, op, row, carried }))
    }
}

/// What an upload that nobody signs says of its body. It is refused as what it is: it may not upload.
fn declared_unsigned(headers: &HeaderMap) -> ContentSha256 {
    let declared = headers.get("x-amz-content-sha256").and_then(|value| value.to_str().ok());
    declared.and_then(ContentSha256::parse).unwrap_or(ContentSha256::Unsigned)
}

impl Payload {
    fn of_nothing_unless_uploading(sha256: ContentSha256, row: &Row) -> Result<(), S3Error> {
        match row.content {
            table::Content::Upload | table::Content::Form => Ok(()),
            content @ (table::Content::Nothing
            | table::Content::Control { .. }
            | table::Content::Document { .. }) => Self::of_nothing(sha256, content),
        }
    }
}

fn misplaced(row: &Row) -> S3Error {
    S3Error::new(Code::InternalError).because(format!("{} is in the table at the wrong level", row.op.name()))
}

fn owned(query: &Query) -> Vec<(String, String)> {
    query.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The names a presigned URL's signature is made of.
const AUTHENTICATION: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];

/// Takes a presigned URL's signature out of its query, and the headers that presigners put there.
///
/// SDKs hoist `x-amz-*` headers into the URL. They are signed with it and mean what they mean as headers, but for one:
/// aws-sdk-js presigns an upload with the checksum of the empty body it has at that time, which says nothing of the real
/// one.
fn hoist(query: &mut Query, sent: &HeaderMap) -> Result<HeaderMap, S3Error> {
    query.extract(|name| AUTHENTICATION.contains(&name));
    let mut hoisted = HeaderMap::new();
    let mut unknown_yet = false;
    for (name, value) in query.extract(|name| name.to_ascii_lowercase().starts_with("x-amz-")) {
        let lower = name.to_ascii_lowercase();
        if lower == "x-amz-content-sha256" && value == "UNSIGNED-PAYLOAD" {
            continue;
        }
        if matches!(lower.as_str(), "x-amz-trailer" | "x-amz-decoded-content-length") {
            return Err(S3Error::new(Code::NotImplemented).say(format!("Send {lower} as a header.")));
        }
        if is_checksum_of_nothing(&lower, &value) {
            unknown_yet = true;
            continue;
        }
        let bad = || {
            S3Error::new(Code::InvalidArgument)
                .say(format!("The query parameter {lower} is not a valid header."))
        };
        let header = HeaderName::from_bytes(lower.as_bytes()).map_err(|_| bad())?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| bad())?;
        if sent.contains_key(&header) || hoisted.contains_key(&header) {
            return Err(S3Error::new(Code::InvalidRequest)
                .say(format!("{lower} was given both as a header and in the query.")));
        }
        hoisted.insert(header, value);
    }
    if unknown_yet {
        hoisted.remove("x-amz-sdk-checksum-algorithm");
    }
    Ok(hoisted)
}

/// Whether a header is a checksum, and its value that of no bytes.
fn is_checksum_of_nothing(name: &str, value: &str) -> bool {
    ChecksumAlgorithm::from_header(name).is_some_and(|algorithm| Checksum::new(algorithm).finish() == value)
}

/// Checks the values of the parameters, whatever the operation.
fn check(query: &Query, signed: bool) -> Result<(), S3Error> {
    let invalid = |name: &str, what: &str| {
        S3Error::new(Code::InvalidArgument).say(format!("{name} {what}")).with("ArgumentName", name)
    };
    for (name, value) in query.iter() {
        match name {
            "partNumber" if !number(value).is_some_and(|n| (1..=10_000).contains(&n)) => {
                return Err(invalid(name, "must be an integer between 1 and 10000"));
            }
            "max-buckets" if number(value).is_none_or(|n| !(1..=10_000).contains(&n)) => {
                return Err(invalid(name, "must be an integer between 1 and 10000"));
            }
            "max-keys" | "max-uploads" | "max-parts" | "part-number-marker"
                if number(value).is_none_or(|n| n > i32::MAX as u64) =>
            {
                return Err(invalid(name, "must be an integer between 0 and 2147483647"));
            }
            "encoding-type" if value != "url" => return Err(invalid(name, "must be url")),
            "select-type" if value != "2" => return Err(invalid(name, "must be 2")),
            "list-type" if value != "2" => return Err(invalid(name, "must be 2")),
            "fetch-owner" if !matches!(value, "true" | "false" | "") => {
                return Err(invalid(name, "must be true or false"));
            }
            "versionId" if value.is_empty() => return Err(invalid(name, "must not be empty")),
            // An empty upload id makes some stores read a part as a whole object.
            "uploadId" if value.is_empty() => return Err(S3Error::new(Code::NoSuchUpload)),
            "prefix" | "delimiter" | "marker" | "start-after" | "key-marker"
                if value.len() > 1024 || value.contains('\0') =>
            {
                return Err(invalid(name, "must be at most 1024 bytes without NUL"));
            }
            _ if value.len() > 4096 => return Err(invalid(name, "is too long")),
            _ if name.starts_with("response-") => {
                if !signed {
                    return Err(S3Error::new(Code::InvalidRequest)
                        .say("Request specific response headers cannot be used for anonymous requests; sign the request."));
                }
                if value.bytes().any(|b| b.is_ascii_control()) {
                    return Err(invalid(name, "must not hold control characters"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn number(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

impl BucketRequest {
    /// The bucket's operations name an [`ObjectKey`] only where there is one; this is for the record.
    #[must_use]
    pub fn key_text(&self) -> Option<&str> {
        self.key().map(ObjectKey::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_in_a_presigned_url_mean_what_they_mean_as_headers() {
        let hoisted = |raw: &str| {
            let mut query = Query::parse(raw).unwrap();
            let headers = hoist(&mut query, &HeaderMap::new()).map_err(|error| error.code())?;
            assert_eq!(query.iter().count(), 0, "{raw}");
            Ok::<_, Code>(
                headers
                    .iter()
                    .map(|(n, v)| format!("{n}: {}", v.to_str().unwrap()))
                    .collect::<Vec<_>>()
                    .join(", "),
            )
        };
        for (raw, expect) in [
            ("X-Amz-Date=1&X-Amz-Signature=2", Ok("")),
            ("x-amz-meta-a=b&X-Amz-Acl=public-read", Ok("x-amz-meta-a: b, x-amz-acl: public-read")),
            ("X-Amz-Content-Sha256=UNSIGNED-PAYLOAD", Ok("")),
            // aws-sdk-js: the checksum of the empty body it presigns with.
            ("x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32", Ok("")),
            ("x-amz-checksum-crc32=NSRBwg%3D%3D", Ok("x-amz-checksum-crc32: NSRBwg==")),
            ("x-amz-acl=private&X-Amz-Acl=public-read", Err(Code::InvalidRequest)),
            ("x-amz-meta-a=%0d%0ainjected:1", Err(Code::InvalidArgument)),
        ] {
            assert_eq!(hoisted(raw), expect.map(str::to_owned), "{raw}");
        }
    }
}
