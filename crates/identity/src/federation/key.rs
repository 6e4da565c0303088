//! A key of the issuer's: both halves, and the id that its public half gives it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::pkcs8;
use crate::{Curve, PublicKey, SigningKey};

/// A private key and what is published of it.
///
/// * RSA of 2048 to 8192 bits (RS256) or P-256 (ES256).
/// * Its id is the thumbprint of its public half (RFC 7638), so that it is the same wherever it is loaded.
#[derive(Clone)]
pub struct FederationKey {
    signing: SigningKey,
    public: PublicKey,
}

/// Why a text is no such key. None of these quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FederationKeyError {
    /// No PEM of a private key.
    #[error("is not a private key in PEM; make one with `brigade keygen --federation rs256`")]
    NotPem,
    /// PEM of another kind.
    #[error("is a private key of another form; convert it with `openssl pkcs8 -topk8 -nocrypt -in KEY.pem`")]
    OtherForm,
    /// PEM of an encrypted key.
    #[error(
        "is encrypted; decrypt it with `openssl pkcs8 -topk8 -nocrypt -in KEY.pem`, and keep the file to yourself"
    )]
    Encrypted,
    /// Not what its PEM says.
    #[error("is damaged; make a new one with `brigade keygen --federation rs256`")]
    Malformed,
    /// Neither RSA nor P-256.
    #[error("is neither RSA nor P-256; make one with `brigade keygen --federation rs256`")]
    Unsupported,
    /// RSA of too few or too many bits.
    #[error("has {0} bits; an RSA key has 2048 to 8192")]
    Size(usize),
    /// A key of a curve without its public half.
    #[error("does not hold its public half; make one with `brigade keygen --federation es256`")]
    NoPublic,
}

impl FederationKey {
    /// Reads the PEM of a PKCS #8 document (`BEGIN PRIVATE KEY`), as `brigade keygen` and `openssl genpkey` write it.
    ///
    /// # Errors
    /// [`FederationKeyError`], whose text says what to do.
    pub fn from_pem(text: &str) -> Result<Self, FederationKeyError> {
        let (_, rest) = text.split_once("-----BEGIN ").ok_or(FederationKeyError::NotPem)?;
        let (label, rest) = rest.split_once("-----").ok_or(FederationKeyError::NotPem)?;
        match label {
            "PRIVATE KEY" => {}
            "ENCRYPTED PRIVATE KEY" => return Err(FederationKeyError::Encrypted),
            "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "EC PARAMETERS" => {
                return Err(FederationKeyError::OtherForm);
            }
            _ => return Err(FederationKeyError::NotPem),
        }
        let (body, _) = rest.split_once("-----END PRIVATE KEY-----").ok_or(FederationKeyError::Malformed)?;
        let body: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
        let der = STANDARD.decode(body.as_bytes()).map_err(|_| FederationKeyError::Malformed)?;
        Self::from_pkcs8(der)
    }

    /// Reads the DER of a PKCS #8 document.
    ///
    /// # Errors
    /// As [`FederationKey::from_pem`].
    pub fn from_pkcs8(der: Vec<u8>) -> Result<Self, FederationKeyError> {
        let der = Zeroizing::new(der);
        let (algorithm, public) = pkcs8::read(&der)?;
        let id = thumbprint(&public);
        Ok(Self { signing: SigningKey::new(algorithm, id, der.to_vec()), public })
    }

    /// The half that signs.
    #[must_use]
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// The half that is published.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The public half as a JSON Web Key (RFC 7517, RFC 7518 section 6).
    pub(super) fn jwk(&self) -> Value {
        let more = [("use", "sig"), ("alg", self.signing.algorithm.name()), ("kid", &self.signing.id)];
        let mut jwk = Map::new();
        for (name, value) in members(&self.public) {
            jwk.insert(name.to_owned(), value.into());
        }
        for (name, value) in more {
            jwk.insert(name.to_owned(), value.into());
        }
        jwk.into()
    }
}

impl fmt::Debug for FederationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.signing.fmt(f)
    }
}

/// The thumbprint of a key (RFC 7638): of its required members alone, in the order of their names, without any space.
fn thumbprint(key: &PublicKey) -> String {
    let members = members(key).into_iter();
    let members: Vec<_> = members.map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{{{}}}", members.join(","))))
}

/// The members that say which key it is, in the order of their names.
fn members(key: &PublicKey) -> Vec<(&'static str, String)> {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    match key {
        PublicKey::Rsa { n, e } => vec![("e", text(e)), ("kty", "RSA".to_owned()), ("n", text(n))],
        PublicKey::Ec { curve, x, y } => {
            let curve = match curve {
                Curve::P256 => "P-256",
                Curve::P384 => "P-384",
            };
            vec![("crv", curve.to_owned()), ("kty", "EC".to_owned()), ("x", text(x)), ("y", text(y))]
        }
        PublicKey::Ed25519 { x } => {
            vec![("crv", "Ed25519".to_owned()), ("kty", "OKP".to_owned()), ("x", text(x))]
        }
    }
}
