//! Signing keys: four HMACs from a secret to the key that signs, remembered so that a request pays for one.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{PoisonError, RwLock};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::gathered::Gathered;
use crate::secret::SecretKey;

/// A bounded cache of derived signing keys, keyed by the SHA-256 of the secret, and date, region and service.
///
/// It holds at most 1,024 keys in two generations: when the young one is full the old one is dropped.
/// A secret that was rotated misses, because the secret itself is part of the key.
#[derive(Default)]
pub struct SigningKeys(RwLock<Generations>);

/// Keys per generation.
const GENERATION: usize = 512;

#[derive(Default)]
struct Generations {
    young: Generation,
    old: Generation,
}

/// Keys by the hash of their secret, of which most have one: that of today.
#[derive(Default)]
struct Generation {
    keys: HashMap<[u8; 32], Vec<Derived>, BuildHasherDefault<First>>,
    count: usize,
}

/// Hashes of secrets are spread already, and nobody chooses them: their first bytes are hash enough.
#[derive(Default)]
struct First(u64);

impl Hasher for First {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.first_chunk().map_or(0, |first| u64::from_le_bytes(*first));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

struct Derived {
    date: Box<[u8]>,
    region: Box<str>,
    service: Box<str>,
    key: SigningKey,
}

/// An HMAC-SHA256 state that has taken in the derived key.
#[derive(Clone)]
pub(crate) struct SigningKey(Hmac<Sha256>);

impl SigningKeys {
    pub(crate) fn derive(&self, secret: &SecretKey, date: &[u8], region: &str, service: &str) -> SigningKey {
        let find = |generation: &Generation| generation.find(secret, date, region, service).cloned();
        let held = {
            let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(key) = find(&held.young) {
                return key;
            }
            find(&held.old)
        };
        let key = held.unwrap_or_else(|| SigningKey::derive(secret, date, region, service));
        let derived =
            Derived { date: date.into(), region: region.into(), service: service.into(), key: key.clone() };
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(*secret.mark(), derived);
        key
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.young.count + held.old.count
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeys").finish_non_exhaustive()
    }
}

impl Generations {
    fn insert(&mut self, secret: [u8; 32], derived: Derived) {
        if self.young.count >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.keys.entry(secret).or_default().push(derived);
        self.young.count += 1;
    }
}

impl Generation {
    fn find(&self, secret: &SecretKey, date: &[u8], region: &str, service: &str) -> Option<&SigningKey> {
        let of = |it: &&Derived| *it.date == *date && *it.region == *region && *it.service == *service;
        self.keys.get(secret.mark())?.iter().find(of).map(|it| &it.key)
    }
}

impl SigningKey {
    fn derive(secret: &SecretKey, date: &[u8], region: &str, service: &str) -> Self {
        let prefixed = zeroize::Zeroizing::new([b"AWS4", secret.expose()].concat());
        let mut key = Self::of(&prefixed);
        for part in [date, region.as_bytes(), service.as_bytes(), b"aws4_request"] {
            key = Self::of(&key.sign(&[part]));
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
        self.sign_by(|text| parts.iter().for_each(|part| text.update(part)))
    }

    /// The HMAC of what is written.
    pub(crate) fn sign_by(&self, write: impl FnOnce(&mut Gathered<Hmac<Sha256>>)) -> [u8; 32] {
        let mut text = Gathered::new(self.0.clone());
        write(&mut text);
        text.end().finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests;
