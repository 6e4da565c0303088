//! Signing keys: four HMACs from a secret to the key that signs, remembered so that a request pays for one.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::secret::SecretKey;

/// A bounded cache of derived signing keys, keyed by the SHA-256 of secret, date, region and service.
///
/// It holds at most 1,024 keys in two generations: when the young one is full the old one is dropped.
/// A secret that was rotated misses, because the secret itself is part of the key.
#[derive(Default)]
pub struct SigningKeys(Mutex<Generations>);

/// Keys per generation.
const GENERATION: usize = 512;

#[derive(Default)]
struct Generations {
    young: HashMap<[u8; 32], SigningKey>,
    old: HashMap<[u8; 32], SigningKey>,
}

/// An HMAC-SHA256 state that has taken in the derived key.
#[derive(Clone)]
pub(crate) struct SigningKey(Hmac<Sha256>);

impl SigningKeys {
    pub(crate) fn derive(&self, secret: &SecretKey, date: &str, region: &str, service: &str) -> SigningKey {
        let id = identity(secret, date, region, service);
        {
            let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(key) = held.young.get(&id) {
                return key.clone();
            }
            if let Some(key) = held.old.remove(&id) {
                held.insert(id, key.clone());
                return key;
            }
        }
        let key = SigningKey::derive(secret, date, region, service);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, key.clone());
        key
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.young.len() + held.old.len()
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeys").finish_non_exhaustive()
    }
}

impl Generations {
    fn insert(&mut self, id: [u8; 32], key: SigningKey) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, key);
    }
}

impl SigningKey {
    fn derive(secret: &SecretKey, date: &str, region: &str, service: &str) -> Self {
        let prefixed = zeroize::Zeroizing::new([b"AWS4", secret.expose()].concat());
        let mut key = Self::of(&prefixed);
        for part in [date, region, service, "aws4_request"] {
            key = Self::of(&key.sign(&[part.as_bytes()]));
        }
        key
    }

    /// Pads the key to HMAC's block itself, so that no length is an error.
    fn of(key: &[u8]) -> Self {
        let mut block = zeroize::Zeroizing::new([0_u8; 64]);
        if key.len() <= block.len() {
            block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        } else {
            block.iter_mut().zip(Sha256::digest(key)).for_each(|(to, from)| *to = from);
        }
        Self(Hmac::new(&(*block).into()))
    }

    /// The HMAC of the parts, one after another.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// Lengths go before the parts, so that no two different lists of parts are the same bytes.
fn identity(secret: &SecretKey, date: &str, region: &str, service: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [secret.expose(), date.as_bytes(), region.as_bytes(), service.as_bytes()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
