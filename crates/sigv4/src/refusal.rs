//! Why a request's signature is not accepted.

use std::fmt;

use crate::timestamp::Timestamp;

/// One reason to refuse a request, before anything else is known of its sender.
///
/// `Display` is the message for the client. Each variant names the S3 code and status it becomes. None
/// holds or prints a signature, a secret or a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Signature Version 2, in the header or the query. 400 `InvalidRequest`.
    SignatureV2,
    /// Signature Version 4A (`AWS4-ECDSA-P256-SHA256`). 400 `InvalidRequest`.
    SignatureV4a,
    /// An `Authorization` of another scheme: `Basic`, `Bearer`, … 400 `InvalidArgument`.
    UnsupportedScheme,
    /// Both an `Authorization` header and authentication parameters in the query. 400 `InvalidArgument`.
    HeaderAndQuery,
    /// This header or parameter may come once and came twice. 400 `InvalidArgument`.
    Repeated(&'static str),
    /// What is presented cannot be read. 400 `AuthorizationHeaderMalformed` ,
    /// `AuthorizationQueryParametersError` or, of a form, `InvalidArgument`, by its place.
    Malformed {
        /// Where it stood.
        place: Place,
        /// What is wrong with it.
        fault: Fault,
    },
    /// Signed for another region. 400 `AuthorizationHeaderMalformed` (header; the error document's
    /// `<Region>` is `expected`), `AuthorizationQueryParametersError` (query) or `InvalidArgument` (form).
    WrongRegion {
        /// Where it stood.
        place: Place,
        /// The region that was signed for.
        given: Box<str>,
        /// The region that we are.
        expected: Box<str>,
    },
    /// A query parameter that is an authentication parameter but for its case. 403 `AccessDenied`.
    MiscasedParameter(&'static str),
    /// An access key id longer than any we know. 403 `InvalidAccessKeyId`.
    KeyIdTooLong,
    /// A session token, but nothing that is signed. 403 `AccessDenied`.
    TokenWithoutSignature,
    /// Neither `x-amz-date` nor `Date`. 403 `AccessDenied`.
    DateMissing,
    /// A date that cannot be read. 403 `AccessDenied`.
    DateMalformed,
    /// The only date is a `Date` header that is not signed. 403 `AccessDenied`.
    DateNotSigned,
    /// Dated more than 15 minutes from now. 403 `RequestTimeTooSkewed` (`<RequestTime>`, `<ServerTime>`).
    Skewed {
        /// When the request says it was made.
        at: Timestamp,
        /// When it arrived.
        now: Timestamp,
    },
    /// A presigned URL or a form dated more than 15 minutes ahead. 403 `AccessDenied`.
    NotYetValid,
    /// A presigned URL past its time. 403 `AccessDenied` (`<Expires>`, `<ServerTime>`).
    Expired {
        /// The last second at which it was good.
        until: Timestamp,
        /// When the request arrived.
        now: Timestamp,
    },
    /// `host` or an `x-amz-*` header is present and not signed. 403 `AccessDenied` (`<HeadersNotSigned>`).
    HeaderNotSigned(Box<str>),
    /// A signed header did not arrive. 403 `SignatureDoesNotMatch`.
    SignedHeaderAbsent(Box<str>),
    /// Header authentication without `x-amz-content-sha256`. 400 `InvalidRequest`.
    ContentSha256Missing,
    /// `x-amz-content-sha256` is neither a hash nor a marker we know. 400 `InvalidArgument`.
    ContentSha256Malformed,
    /// An escape in the path or the query is malformed. 400 `InvalidURI`.
    MalformedUri,
    /// The signature is not the one the secret makes. 403 `SignatureDoesNotMatch`.
    SignatureDoesNotMatch,
}

/// Where a request presents its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The `Authorization` header.
    Header,
    /// The query of a presigned URL.
    Query,
    /// The fields of an upload form.
    Form,
}

/// What about the presented text is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Not `name=value` parts separated by commas, or not visible ASCII, or not UTF-8.
    Syntax,
    /// A part of this name is not known.
    UnknownPart,
    /// This part or parameter is missing.
    Missing(&'static str),
    /// This part came twice.
    Repeated(&'static str),
    /// The credential is not `key/yyyyMMdd/region/service/aws4_request`.
    Credential,
    /// The credential's date is not the request's date.
    ScopeDate,
    /// The credential's service is not the one that is asked.
    ScopeService {
        /// The service that is asked: `s3` or `sts`.
        expected: &'static str,
    },
    /// The credential does not end in `aws4_request`.
    ScopeTerminator,
    /// The signed headers are not lower-case names, sorted, each once.
    SignedHeaders,
    /// `X-Amz-Algorithm` is not `AWS4-HMAC-SHA256`.
    Algorithm,
    /// `X-Amz-Date` is not `yyyyMMdd'T'HHmmss'Z'`.
    Date,
    /// `X-Amz-Expires` is not 1 to 604800, in plain digits.
    Expires,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignatureV2 => f.write_str(
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256: \
                 Signature Version 2 is not accepted. boto3 presigns with version 4 when the client is made with \
                 Config(signature_version=\"s3v4\"); s3cmd when its configuration has signature_v2 = False.",
            ),
            Self::SignatureV4a => f.write_str(
                "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256: \
                 asymmetric signatures (SigV4A) are not accepted; sign for one region.",
            ),
            Self::UnsupportedScheme => {
                f.write_str("Unsupported Authorization Type: sign the request with AWS4-HMAC-SHA256.")
            }
            Self::HeaderAndQuery => f.write_str(
                "Only one auth mechanism allowed; only the X-Amz-* query parameters or the Authorization header \
                 should be specified.",
            ),
            Self::Repeated(name) => write!(f, "{name} may be given only once."),
            Self::Malformed { place: Place::Header, fault } => {
                write!(f, "The authorization header is malformed; {fault}")
            }
            Self::Malformed { place: Place::Form, fault: Fault::Missing(name) } => write!(
                f,
                "Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the \
                 fields: what comes behind the file is not read."
            ),
            Self::Malformed { place: Place::Form, fault } => {
                write!(f, "The form's authentication fields are malformed; {fault}")
            }
            Self::Malformed { place: Place::Query, fault } => {
                write!(f, "Query-string authentication is malformed; {fault}")
            }
            Self::WrongRegion { place, given, expected } => {
                let what = match place {
                    Place::Header => "The authorization header is malformed",
                    Place::Query => "Error parsing the X-Amz-Credential parameter",
                    Place::Form => "Error parsing the X-Amz-Credential field",
                };
                write!(f, "{what}; the region '{given}' is wrong; expecting '{expected}'. Set the client's region to '{expected}'.")
            }
            Self::MiscasedParameter(name) => {
                write!(f, "Access Denied: query parameter names are case-sensitive; write {name}.")
            }
            Self::KeyIdTooLong => {
                f.write_str("The AWS Access Key Id you provided does not exist in our records.")
            }
            Self::TokenWithoutSignature => {
                f.write_str("Access Denied: a session token was given without a signature; sign the request.")
            }
            Self::DateMissing => {
                f.write_str("AWS authentication requires a valid Date or x-amz-date header.")
            }
            Self::DateMalformed => f.write_str(
                "AWS authentication requires a valid Date or x-amz-date header; write x-amz-date as \
                 yyyyMMdd'T'HHmmss'Z', once.",
            ),
            Self::DateNotSigned => {
                f.write_str("The Date header must be among the signed headers, or send x-amz-date.")
            }
            Self::Skewed { .. } => f.write_str(
                "The difference between the request time and the current time is too large. Set the client's clock.",
            ),
            Self::NotYetValid => {
                f.write_str("Request is not valid yet. Set the clock of the machine that presigned it.")
            }
            Self::Expired { .. } => f.write_str("Request has expired. Ask for a new URL."),
            Self::HeaderNotSigned(name) => write!(
                f,
                "There were headers present in the request which were not signed: add {name} to the signed headers."
            ),
            Self::SignedHeaderAbsent(name) => write!(
                f,
                "The request signature cannot be checked: the signed header {name} did not arrive. Check for a \
                 proxy that removes it."
            ),
            Self::ContentSha256Missing => {
                f.write_str("Missing required header for this request: x-amz-content-sha256")
            }
            Self::ContentSha256Malformed => f.write_str(
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
                 STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid sha256 value.",
            ),
            Self::MalformedUri => {
                f.write_str("Couldn't parse the specified URI: write each % as %25 or follow it with two hexadecimal digits.")
            }
            Self::SignatureDoesNotMatch => f.write_str(
                "The request signature we calculated does not match the signature you provided. Check your key and \
                 signing method.",
            ),
        }
    }
}

impl std::error::Error for Refusal {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax => f.write_str(
                "expecting AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=… in plain ASCII.",
            ),
            Self::UnknownPart => {
                f.write_str("it has a part other than Credential, SignedHeaders and Signature.")
            }
            Self::Missing(name) => write!(f, "it lacks {name}."),
            Self::Repeated(name) => write!(f, "{name} may be given only once."),
            Self::Credential => f.write_str("the Credential must be KEY/YYYYMMDD/REGION/s3/aws4_request."),
            Self::ScopeDate => {
                f.write_str("the Credential's date must be the date the request was signed, in UTC.")
            }
            Self::ScopeService { expected } => {
                write!(f, "incorrect service. This endpoint belongs to \"{expected}\".")
            }
            Self::ScopeTerminator => f.write_str("incorrect terminal. This endpoint uses \"aws4_request\"."),
            Self::SignedHeaders => {
                f.write_str("SignedHeaders must be lower-case names, sorted, each once, joined by ';'.")
            }
            Self::Algorithm => f.write_str("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"."),
            Self::Date => f.write_str("X-Amz-Date must be in the format yyyyMMdd'T'HHmmss'Z'."),
            Self::Expires => {
                f.write_str("X-Amz-Expires must be a number of seconds from 1 to 604800 (a week).")
            }
        }
    }
}
