//! What a request says of its sender, before any of it is believed.

use std::fmt;

use http::HeaderName;
use http::header::{AUTHORIZATION, DATE, HOST};

use crate::content_sha256::ContentSha256;
use crate::pieces;
use crate::refusal::{Fault, Place, Refusal};
use crate::service::Service;
use crate::set::{has, set};
use crate::timestamp::{AmzDate, Timestamp};
use crate::wire::Wire;

mod form;
mod header;
mod query;

pub use form::SignedForm;

/// A presented identity: well formed, complete, its mandatory headers signed, and not verified.
///
/// Made by [`Presented::read`] and [`Presented::of_form`] alone; consumed by [`Presented::verify`]. `Debug` prints neither the
/// signature nor the session token nor a form's policy.
pub struct Presented {
    pub(crate) manner: Manner,
    pub(crate) service: &'static str,
    pub(crate) key_id: Box<str>,
    pub(crate) region: Box<str>,
    pub(crate) at: Timestamp,
    pub(crate) signed: Box<str>,
    /// `None`: not 64 lower-case digits, so no signature at all.
    pub(crate) signature: Option<[u8; 32]>,
    pub(crate) token: Option<Box<str>>,
    pub(crate) payload: ContentSha256,
    /// What is signed of a form in place of its request: its policy, as sent.
    pub(crate) policy: Option<Box<str>>,
}

/// How a request is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// In its `Authorization` header.
    Header,
    /// In its query, good for so many seconds.
    Presigned { seconds: u32 },
    /// In the fields of its form.
    Form,
}

/// Longer key ids are refused unseen.
const KEY_ID_LIMIT: usize = 128;

pub(crate) const AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
pub(crate) const AMZ_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
pub(crate) const AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

impl Presented {
    /// Reads the `Authorization` header or the presigned query; `None` when the request presents nothing.
    ///
    /// # Errors
    /// Whatever is presented and cannot be read, is incomplete, repeated, ambiguous, or leaves a header
    /// unsigned that must be signed is a [`Refusal`], never `None`: nobody becomes anonymous by mistake.
    pub fn read(wire: &Wire<'_>) -> Result<Option<Self>, Refusal> {
        Self::read_for(wire, Service::S3)
    }

    /// The same for a request to one of the services.
    ///
    /// # Errors
    /// As [`Presented::read`].
    pub fn read_for(wire: &Wire<'_>, service: Service) -> Result<Option<Self>, Refusal> {
        let parameters = query::Parameters::read(wire.query)?;
        let authorization = once(wire, &AUTHORIZATION, "Authorization")?;
        let presented = match (authorization, parameters) {
            (Some(_), Some(_)) => return Err(Refusal::HeaderAndQuery),
            (Some(value), None) => header::read(wire, value, service)?,
            (None, Some(parameters)) => query::read(wire, parameters, service)?,
            (None, None) if wire.headers.contains_key(AMZ_SECURITY_TOKEN) => {
                return Err(Refusal::TokenWithoutSignature);
            }
            (None, None) => return Ok(None),
        };
        once(wire, &HOST, "Host")?;
        once(wire, &AMZ_DATE, "x-amz-date")?;
        presented.everything_is_signed(wire)?;
        Ok(Some(presented))
    }

    /// The access key id.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The region that was signed for.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The session token, from the header or the query.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Whether the query carries the signature.
    #[must_use]
    pub fn is_presigned(&self) -> bool {
        matches!(self.manner, Manner::Presigned { .. })
    }

    /// What is claimed of the body.
    #[must_use]
    pub fn content_sha256(&self) -> ContentSha256 {
        self.payload
    }

    /// `host` and every `x-amz-*` header that is present must be signed: an unsigned `x-amz-copy-source`
    /// would turn an upload into a read of whatever the signer may read.
    fn everything_is_signed(&self, wire: &Wire<'_>) -> Result<(), Refusal> {
        let mut names: Vec<&[u8]> = Vec::with_capacity(16);
        names.extend(self.signed.as_bytes().split(|byte| *byte == b';'));
        let signed = |name: &str| names.contains(&name.as_bytes());
        if !signed("host") {
            return Err(Refusal::HeaderNotSigned("host".into()));
        }
        for name in wire.headers.keys() {
            if name.as_str().starts_with("x-amz-") && !signed(name.as_str()) {
                return Err(Refusal::HeaderNotSigned(name.as_str().into()));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented")
            .field("manner", &self.manner)
            .field("key_id", &self.key_id)
            .field("region", &self.region)
            .field("at", &self.at)
            .field("signed", &self.signed)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

/// The credential, taken apart: `key/yyyyMMdd/region/s3/aws4_request`, exactly.
struct Credential<'a> {
    key_id: &'a str,
    day: &'a str,
    region: &'a str,
}

impl<'a> Credential<'a> {
    fn parse(text: &'a str, place: Place, of: &'static str) -> Result<Self, Refusal> {
        let fault = |fault| Err(Refusal::Malformed { place, fault });
        let mut parts = pieces::split(text, b'/');
        let (Some(key_id), Some(day), Some(region), Some(service), Some(terminator), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return fault(Fault::Credential);
        };
        if key_id.len() > KEY_ID_LIMIT {
            return Err(Refusal::KeyIdTooLong);
        }
        if key_id.is_empty() || !key_id.bytes().all(|b| b.is_ascii_graphic()) {
            return fault(Fault::Credential);
        }
        if day.len() != 8 || !day.bytes().all(|b| b.is_ascii_digit()) {
            return fault(Fault::Credential);
        }
        if terminator != "aws4_request" {
            return fault(Fault::ScopeTerminator);
        }
        if service != of {
            return fault(Fault::ScopeService { expected: of });
        }
        Ok(Self { key_id, day, region })
    }

    fn is_of(&self, at: Timestamp, place: Place) -> Result<(), Refusal> {
        if AmzDate::of(at).day() == self.day.as_bytes() {
            Ok(())
        } else {
            Err(Refusal::Malformed { place, fault: Fault::ScopeDate })
        }
    }
}

/// Whether a `;`-joined list holds a name.
fn is_listed(list: &str, name: &str) -> bool {
    pieces::split(list, b';').any(|it| it == name)
}

/// Lower-case header names, sorted, without repetition.
fn signed_headers(list: &str, place: Place) -> Result<(), Refusal> {
    let mut last = "";
    let plain = list.bytes().all(|byte| has(&LISTED, byte));
    let sorted = pieces::split(list, b';').all(|name| std::mem::replace(&mut last, name) < name);
    if plain && sorted { Ok(()) } else { Err(Refusal::Malformed { place, fault: Fault::SignedHeaders }) }
}

/// What headers' names are made of (RFC 9110 section 5.6.2), capitals excepted, and what joins them.
const LISTED: [bool; 256] = set(b"abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~;");

/// A header's value, which may come at most once.
fn once<'a>(wire: &Wire<'a>, name: &HeaderName, title: &'static str) -> Result<Option<&'a [u8]>, Refusal> {
    let mut values = wire.headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(_), Some(_)) => Err(Refusal::Repeated(title)),
        (value, _) => Ok(value.map(http::HeaderValue::as_bytes)),
    }
}

/// `x-amz-content-sha256`, when present.
fn declared_payload(wire: &Wire<'_>) -> Result<Option<ContentSha256>, Refusal> {
    let value = once(wire, &AMZ_CONTENT_SHA256, "x-amz-content-sha256")?;
    value
        .map(|value| {
            let text = str::from_utf8(value).map_err(|_| Refusal::ContentSha256Malformed)?;
            ContentSha256::parse(text).ok_or(Refusal::ContentSha256Malformed)
        })
        .transpose()
}

/// `x-amz-security-token`, when present.
fn header_token(wire: &Wire<'_>) -> Result<Option<Box<str>>, Refusal> {
    let value = once(wire, &AMZ_SECURITY_TOKEN, "x-amz-security-token")?;
    value
        .map(|value| {
            let text = str::from_utf8(value);
            text.map(Box::from).map_err(|_| Refusal::Malformed { place: Place::Header, fault: Fault::Syntax })
        })
        .transpose()
}

/// The request's date: `x-amz-date` wins over a signed `Date`.
fn header_date(wire: &Wire<'_>, signed: &str) -> Result<Timestamp, Refusal> {
    if let Some(value) = once(wire, &AMZ_DATE, "x-amz-date")? {
        let text = str::from_utf8(value).map_err(|_| Refusal::DateMalformed)?;
        return Timestamp::parse_amz(text).ok_or(Refusal::DateMalformed);
    }
    let value = once(wire, &DATE, "Date")?.ok_or(Refusal::DateMissing)?;
    if !is_listed(signed, "date") {
        return Err(Refusal::DateNotSigned);
    }
    let text = str::from_utf8(value).map_err(|_| Refusal::DateMalformed)?;
    Timestamp::parse_http_date(text).or_else(|| Timestamp::parse_amz(text)).ok_or(Refusal::DateMalformed)
}
