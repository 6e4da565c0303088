//! Reads an `Authorization` header
//! ([Authorization header](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html)).

use super::{Credential, Manner, Presented, declared_payload, header_date, header_token, signed_headers};
use crate::content_sha256::ContentSha256;
use crate::hexadecimal;
use crate::pieces;
use crate::refusal::{Fault, Place, Refusal};
use crate::service::Service;
use crate::wire::Wire;

const PLACE: Place = Place::Header;

pub(super) fn read(wire: &Wire<'_>, value: &[u8], service: Service) -> Result<Presented, Refusal> {
    let text = str::from_utf8(value).map_err(|_| malformed(Fault::Syntax))?;
    let parts = Parts::parse(text)?;
    let credential = Credential::parse(parts.credential, PLACE, service.name())?;
    signed_headers(parts.signed_headers, PLACE)?;
    let at = header_date(wire, parts.signed_headers)?;
    credential.is_of(at, PLACE)?;
    Ok(Presented {
        manner: Manner::Header,
        service: service.name(),
        policy: None,
        key_id: credential.key_id.into(),
        region: credential.region.into(),
        at,
        signed: parts.signed_headers.into(),
        signature: hexadecimal::decode(parts.signature.as_bytes()),
        token: header_token(wire)?,
        payload: match service {
            Service::S3 => declared_payload(wire)?.ok_or(Refusal::ContentSha256Missing)?,
            Service::Sts { body } => ContentSha256::Hash(body),
        },
    })
}

struct Parts<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    /// Commas separate the parts, with or without spaces around them.
    fn parse(text: &'a str) -> Result<Self, Refusal> {
        let text = text.trim_matches(' ');
        let (scheme, rest) = pieces::split_once(text, b' ').unwrap_or((text, ""));
        match scheme {
            "AWS4-HMAC-SHA256" => {}
            "AWS" => return Err(Refusal::SignatureV2),
            "AWS4-ECDSA-P256-SHA256" => return Err(Refusal::SignatureV4a),
            "" => return Err(malformed(Fault::Syntax)),
            _ => return Err(Refusal::UnsupportedScheme),
        }
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for part in pieces::split(rest, b',') {
            let part = part.trim_matches(' ');
            let (name, value) = pieces::split_once(part, b'=').ok_or(malformed(Fault::Syntax))?;
            let (slot, title) = match name {
                "Credential" => (&mut credential, "Credential"),
                "SignedHeaders" => (&mut signed_headers, "SignedHeaders"),
                "Signature" => (&mut signature, "Signature"),
                _ => return Err(malformed(Fault::UnknownPart)),
            };
            if slot.replace(value).is_some() {
                return Err(malformed(Fault::Repeated(title)));
            }
        }
        Ok(Self {
            credential: credential.ok_or(malformed(Fault::Missing("Credential")))?,
            signed_headers: signed_headers.ok_or(malformed(Fault::Missing("SignedHeaders")))?,
            signature: signature.ok_or(malformed(Fault::Missing("Signature")))?,
        })
    }
}

fn malformed(fault: Fault) -> Refusal {
    Refusal::Malformed { place: PLACE, fault }
}
