//! Web identity tokens: a JWT in JWS's compact form (RFC 7519, RFC 7515), taken apart and not yet believed.
//!
//! ```text
//! text ─ Jwt::parse ─► Jwt ─ a key of its issuer's has signed message() ─ Jwt::vouched_for ─► Claims
//!                       └ issuer(): which of the issuers already trusted to ask. Nothing else can be read.
//! ```

use std::fmt;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Map, Value};

use crate::{Algorithm, Claims, TokenError, json};

/// A token that says who it is from, and has yet to be found true.
///
/// Its claims are out of reach until [`Jwt::vouched_for`]; of the header, only the algorithm and the key's id count. Addresses
/// of keys and keys themselves in a token (`jku`, `jwk`, `x5u`, `x5c`) are never looked at.
pub struct Jwt {
    algorithm: Algorithm,
    key_id: Option<Box<str>>,
    issuer: Box<str>,
    message: Box<str>,
    signature: Vec<u8>,
    claims: Map<String, Value>,
}

impl Jwt {
    /// The longest token that is read, in bytes.
    pub const LIMIT: usize = 16 * 1024;

    /// The longest `kid`.
    const KEY_ID: usize = 256;

    /// Takes a token apart.
    ///
    /// # Errors
    /// [`TokenError`]: what is wrong with its form.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        if text.len() > Self::LIMIT {
            return Err(TokenError::TooLarge);
        }
        let (message, signature) = text.rsplit_once('.').ok_or(TokenError::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(TokenError::Malformed)?;
        let decode = |part: &str| match part.is_empty() {
            true => Err(TokenError::Malformed),
            false => BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed),
        };
        let header = json::object(&decode(header)?).ok_or(TokenError::Malformed)?;
        let (algorithm, key_id) = read(&header)?;
        let claims = json::object(&decode(claims)?).ok_or(TokenError::Malformed)?;
        let issuer = match claims.get("iss") {
            Some(Value::String(issuer)) if !issuer.is_empty() => issuer.as_str().into(),
            None | Some(_) => return Err(TokenError::Claim("iss")),
        };
        let signature = decode(signature)?;
        Ok(Self { algorithm, key_id, issuer, message: message.into(), signature, claims })
    }

    /// Who issued it, as it says itself: good for nothing but finding that issuer among those already trusted.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The algorithm it says it is signed with. A key must fit it ([`Jwk::fits`](crate::Jwk::fits)).
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Which of its issuer's keys it says it is signed with.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// What its signature is of.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        self.message.as_bytes()
    }

    /// Its signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// Its claims, if they are well formed and the token stands at `now`, in seconds since 1970.
    ///
    /// Call it only when the signature was found to be that of [`Self::message`] by a key of the issuer's that fits the
    /// algorithm.
    ///
    /// # Errors
    /// [`TokenError`]: which claim is missing or wrong, or that it is not its time.
    pub fn vouched_for(self, now: u64) -> Result<Claims, TokenError> {
        Claims::read(self.claims, now)
    }
}

impl fmt::Debug for Jwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { algorithm, key_id, issuer, .. } = self;
        f.debug_struct("Jwt")
            .field("algorithm", algorithm)
            .field("key_id", key_id)
            .field("issuer", issuer)
            .finish_non_exhaustive()
    }
}

/// The header's algorithm and key id.
fn read(header: &Map<String, Value>) -> Result<(Algorithm, Option<Box<str>>), TokenError> {
    // Nothing that must be understood to read a token is understood here (RFC 7515 section 4.1.11, RFC 7797), and what is
    // encrypted or packed (RFC 7516) is no JWS.
    if ["crit", "b64", "enc", "zip"].iter().any(|name| header.contains_key(*name)) {
        return Err(TokenError::Header);
    }
    match header.get("typ") {
        None => {}
        Some(Value::String(typ)) if is_type(typ) => {}
        Some(_) => return Err(TokenError::Header),
    }
    let Some(Value::String(name)) = header.get("alg") else { return Err(TokenError::Algorithm) };
    let algorithm = Algorithm::named(name).ok_or(TokenError::Algorithm)?;
    let key_id = match header.get("kid") {
        None => None,
        Some(Value::String(id)) if id.len() <= Jwt::KEY_ID => Some(id.as_str().into()),
        Some(_) => return Err(TokenError::Header),
    };
    Ok((algorithm, key_id))
}

/// Whether a `typ` is that of a token of identity: a media type, its case aside (RFC 7515 section 4.1.9, RFC 9068 section 2.1).
/// Tokens of other purposes from the same issuer, such as `dpop+jwt` or `logout+jwt`, are
/// no identities.
fn is_type(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt")
}

#[cfg(test)]
mod tests;
