//! The keys that an issuer publishes.

use serde_json::Value;

use crate::{Algorithm, Jwk, json};

/// An issuer's public keys (RFC 7517 section 5), those of them that can be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet {
    keys: Box<[Jwk]>,
}

impl KeySet {
    /// The largest document that is read, in bytes.
    pub const LIMIT: usize = 64 * 1024;

    /// The most keys that one may have.
    const KEYS: usize = 100;

    /// The most keys that a signature is tried with.
    pub const CANDIDATES: usize = 4;

    /// Reads a JWKS document. Keys of no use are left out, as RFC 7517 section 5 asks for; the document itself must be one.
    ///
    /// # Errors
    /// [`KeySetError`]: what is wrong with it.
    pub fn parse(document: &[u8]) -> Result<Self, KeySetError> {
        if document.len() > Self::LIMIT {
            return Err(KeySetError::TooLarge);
        }
        let document = json::object(document).ok_or(KeySetError::Malformed)?;
        let keys = document.get("keys").and_then(Value::as_array).ok_or(KeySetError::Malformed)?;
        match keys.len() <= Self::KEYS {
            true => Ok(Self { keys: keys.iter().filter_map(Jwk::read).collect() }),
            false => Err(KeySetError::TooMany),
        }
    }

    /// Whether there is a key of this id.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.keys.iter().any(|key| key.id() == Some(id))
    }

    /// The keys that a signature of this algorithm may be of: those of the id, if the token names one. At most four.
    pub fn candidates(&self, id: Option<&str>, algorithm: Algorithm) -> impl Iterator<Item = &Jwk> {
        let named = move |key: &&Jwk| id.is_none() || key.id() == id;
        self.keys.iter().filter(named).filter(move |key| key.fits(algorithm)).take(Self::CANDIDATES)
    }

    /// All of its keys.
    pub fn iter(&self) -> impl Iterator<Item = &Jwk> {
        self.keys.iter()
    }
}

/// Why a document is no key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// More than 64 KiB.
    #[error("the key set is larger than 64 KiB")]
    TooLarge,
    /// Not JSON, a member twice, or no list `keys`.
    #[error("the key set is no JSON object with a list of keys")]
    Malformed,
    /// More than 100 keys.
    #[error("the key set has more than 100 keys")]
    TooMany,
}

#[cfg(test)]
mod tests;
