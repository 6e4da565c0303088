//! Reads the parameters of a presigned URL
//! ([Authenticating by query parameters](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html)).

use std::borrow::Cow;

use super::{Credential, Manner, Presented, declared_payload, header_token, signed_headers};
use crate::content_sha256::ContentSha256;
use crate::hexadecimal;
use crate::percent;
use crate::refusal::{Fault, Place, Refusal};
use crate::service::Service;
use crate::timestamp::Timestamp;
use crate::wire::Wire;

const PLACE: Place = Place::Query;

/// The authentication parameters of a query, each decoded, each at most once.
#[derive(Default)]
pub(super) struct Parameters<'a> {
    algorithm: Option<Cow<'a, str>>,
    credential: Option<Cow<'a, str>>,
    date: Option<Cow<'a, str>>,
    expires: Option<Cow<'a, str>>,
    signed_headers: Option<Cow<'a, str>>,
    signature: Option<Cow<'a, str>>,
    token: Option<Cow<'a, str>>,
    /// Says of the body what the header of that name says; not authentication by itself.
    content_sha256: Option<Cow<'a, str>>,
}

impl<'a> Parameters<'a> {
    /// `None` when the query has no authentication parameter at all.
    pub(super) fn read(query: &'a str) -> Result<Option<Self>, Refusal> {
        let mut found = Self::default();
        let mut any = false;
        for (name, value) in percent::raw_pairs(query) {
            let name = decode(name)?;
            // Decoded also when nobody needs it: a malformed escape anywhere is refused.
            let value = decode(value);
            if name.eq_ignore_ascii_case("AWSAccessKeyId") {
                return Err(Refusal::SignatureV2);
            }
            if let Some((title, slot)) = found.slot(&name) {
                if name != title {
                    return Err(Refusal::MiscasedParameter(title));
                }
                if slot.replace(value?).is_some() {
                    return Err(Refusal::Repeated(title));
                }
                any = true;
            } else if name.eq_ignore_ascii_case(CONTENT_SHA256) {
                if found.content_sha256.replace(value?).is_some() {
                    return Err(Refusal::Repeated(CONTENT_SHA256));
                }
            } else {
                value?;
            }
        }
        Ok(any.then_some(found))
    }

    fn slot(&mut self, name: &str) -> Option<(&'static str, &mut Option<Cow<'a, str>>)> {
        // No authentication parameter is shorter, and most parameters are.
        let rest = name.get(..6).filter(|start| start.eq_ignore_ascii_case("x-amz-")).and(name.get(6..))?;
        let table = [
            ("X-Amz-Algorithm", &mut self.algorithm),
            ("X-Amz-Credential", &mut self.credential),
            ("X-Amz-Date", &mut self.date),
            ("X-Amz-Expires", &mut self.expires),
            ("X-Amz-SignedHeaders", &mut self.signed_headers),
            ("X-Amz-Signature", &mut self.signature),
            ("X-Amz-Security-Token", &mut self.token),
        ];
        table.into_iter().find(|(title, _)| title.get(6..).is_some_and(|it| it.eq_ignore_ascii_case(rest)))
    }
}

const CONTENT_SHA256: &str = "X-Amz-Content-Sha256";

/// A week, the longest a presigned URL may live.
const LONGEST: u32 = 604_800;

pub(super) fn read(
    wire: &Wire<'_>,
    parameters: Parameters<'_>,
    service: Service,
) -> Result<Presented, Refusal> {
    let algorithm = parameters.algorithm.ok_or(missing("X-Amz-Algorithm"))?;
    match algorithm.as_ref() {
        "AWS4-HMAC-SHA256" => {}
        "AWS4-ECDSA-P256-SHA256" => return Err(Refusal::SignatureV4a),
        _ => return Err(malformed(Fault::Algorithm)),
    }
    let credential = parameters.credential.ok_or(missing("X-Amz-Credential"))?;
    let date = parameters.date.ok_or(missing("X-Amz-Date"))?;
    let expires = parameters.expires.ok_or(missing("X-Amz-Expires"))?;
    let signed = parameters.signed_headers.ok_or(missing("X-Amz-SignedHeaders"))?;
    let signature = parameters.signature.ok_or(missing("X-Amz-Signature"))?;

    let credential = Credential::parse(&credential, PLACE, service.name())?;
    signed_headers(&signed, PLACE)?;
    let at = Timestamp::parse_amz(&date).ok_or(malformed(Fault::Date))?;
    credential.is_of(at, PLACE)?;
    let seconds = lifetime(&expires)?;

    let token = match (parameters.token, header_token(wire)?) {
        (Some(_), Some(_)) => return Err(Refusal::Repeated("x-amz-security-token")),
        (Some(token), None) => Some(Box::from(token)),
        (None, token) => token,
    };
    Ok(Presented {
        manner: Manner::Presigned { seconds },
        service: service.name(),
        policy: None,
        key_id: credential.key_id.into(),
        region: credential.region.into(),
        at,
        signed: signed.into(),
        signature: hexadecimal::decode(signature.as_bytes()),
        token,
        payload: match service {
            Service::S3 => payload(wire, parameters.content_sha256.as_deref())?,
            Service::Sts { body } => ContentSha256::Hash(body),
        },
    })
}

/// A header and a parameter may both speak of the body; then they must agree.
fn payload(wire: &Wire<'_>, parameter: Option<&str>) -> Result<ContentSha256, Refusal> {
    let parameter = parameter
        .map(|text| ContentSha256::parse(text).ok_or(Refusal::ContentSha256Malformed))
        .transpose()?;
    match (declared_payload(wire)?, parameter) {
        (Some(header), Some(parameter)) if header != parameter => {
            Err(Refusal::Repeated("x-amz-content-sha256"))
        }
        (header, parameter) => Ok(header.or(parameter).unwrap_or(ContentSha256::Unsigned)),
    }
}

fn lifetime(text: &str) -> Result<u32, Refusal> {
    let digits = (1..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let seconds = digits.then(|| text.parse().ok()).flatten();
    seconds.filter(|seconds| (1..=LONGEST).contains(seconds)).ok_or(malformed(Fault::Expires))
}

fn decode(raw: &str) -> Result<Cow<'_, str>, Refusal> {
    percent::decode_query_part(raw).map_err(|_| Refusal::MalformedUri)
}

fn missing(name: &'static str) -> Refusal {
    malformed(Fault::Missing(name))
}

fn malformed(fault: Fault) -> Refusal {
    Refusal::Malformed { place: PLACE, fault }
}
