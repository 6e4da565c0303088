//! One key of a key set.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Map, Value};

use crate::{Algorithm, Curve, PublicKey};

/// A public key that its owner publishes for verifying signatures (RFC 7517).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    id: Option<Box<str>>,
    algorithm: Option<Algorithm>,
    key: PublicKey,
}

/// What only the owner of a key has (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl Jwk {
    /// Reads a key; `None` for one that no signature is accepted of: of an unknown kind, weak, malformed, for another use or
    /// algorithm, or with its private half beside it, which everyone then has.
    pub(crate) fn read(key: &Value) -> Option<Self> {
        let key = key.as_object()?;
        let public = PRIVATE.iter().all(|name| !key.contains_key(*name));
        let verifies = key.get("use").is_none_or(|purpose| purpose == "sig");
        let operates = key.get("key_ops").is_none_or(|operations| {
            operations.as_array().is_some_and(|all| all.iter().any(|operation| operation == "verify"))
        });
        if !(public && verifies && operates) {
            return None;
        }
        let id = match key.get("kid") {
            None => None,
            Some(id) => Some(id.as_str()?.into()),
        };
        let algorithm = match key.get("alg") {
            None => None,
            Some(name) => Some(Algorithm::named(name.as_str()?)?),
        };
        let public = public_key(key)?;
        let agrees = algorithm.is_none_or(|algorithm| public.fits(algorithm));
        agrees.then_some(Self { id, algorithm, key: public })
    }

    /// The id that tokens name it by.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.key
    }

    /// Whether a signature of this algorithm may be this key's: by its kind, and by the `alg` it was published with.
    #[must_use]
    pub fn fits(&self, algorithm: Algorithm) -> bool {
        self.algorithm.is_none_or(|only| only == algorithm) && self.key.fits(algorithm)
    }
}

fn public_key(key: &Map<String, Value>) -> Option<PublicKey> {
    let bytes = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(key.get(name)?.as_str()?).ok();
    let curve = || key.get("crv")?.as_str();
    match key.get("kty")?.as_str()? {
        "RSA" => PublicKey::rsa(&bytes("n")?, &bytes("e")?),
        "EC" => PublicKey::ec(Curve::named(curve()?)?, &bytes("x")?, &bytes("y")?),
        "OKP" if curve()? == "Ed25519" => Some(PublicKey::Ed25519 { x: bytes("x")?.try_into().ok()? }),
        _ => None,
    }
}
