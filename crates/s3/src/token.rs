//! Continuation tokens: the store's, sealed, so that clients neither read nor move them.
//!
//! Some stores' tokens are the last key in plain text, which would show a mapping's prefix. A sealed token opens only for
//! the bucket and prefix it was made for.

use aes_gcm_siv::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use sha2::{Digest as _, Sha256};

use crate::mapping::Source;
use crate::{BackendAuth, Bucket, BucketName, Code, S3Error};

/// Seals the tokens of one bucket's listings. The same on every instance with the same configuration.
pub(crate) struct Sealer {
    cipher: Aes256GcmSiv,
}

impl Sealer {
    pub(crate) fn of(bucket: &Bucket) -> Self {
        let mut key = Sha256::new();
        let mut part = |bytes: &[u8]| hash(&mut key, bytes);
        part(b"brigade continuation token 1");
        part(bucket.name.as_str().as_bytes());
        part(bucket.backend.endpoint.to_string().as_bytes());
        part(bucket.stored_as.as_bytes());
        part(bucket.within.as_bytes());
        part(bucket.prefix.as_bytes());
        secret(&mut part, &bucket.backend.auth);
        Self { cipher: Aes256GcmSiv::new(&key.finalize()) }
    }

    /// Seals the tokens of a listing above the names of patterns, which holds what these sources have.
    pub(crate) fn above(bucket: &BucketName, sources: &[Source]) -> Self {
        let mut key = Sha256::new();
        let mut part = |bytes: &[u8]| hash(&mut key, bytes);
        part(b"brigade continuation token above names 1");
        part(bucket.as_str().as_bytes());
        for source in sources {
            part(source.backend.endpoint.to_string().as_bytes());
            part(source.stored_as.as_bytes());
            part(source.base.as_bytes());
            secret(&mut part, &source.backend.auth);
        }
        Self { cipher: Aes256GcmSiv::new(&key.finalize()) }
    }

    /// The token for the client. GCM-SIV stays safe with one fixed nonce: equal tokens seal equally, nothing more.
    pub(crate) fn seal(&self, token: &str, prefix: &str) -> String {
        let payload = Payload { msg: token.as_bytes(), aad: prefix.as_bytes() };
        // Encryption fails for gigabytes only; an empty token then ends the listing in an error, not in a leak.
        let sealed = self.cipher.encrypt(&Nonce::default(), payload).unwrap_or_default();
        BASE64_URL_SAFE_NO_PAD.encode(sealed)
    }

    /// The store's token, if this one was sealed here for this prefix.
    pub(crate) fn open(&self, token: &str, prefix: &str) -> Result<String, S3Error> {
        let open = || {
            let sealed = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
            let payload = Payload { msg: &sealed, aad: prefix.as_bytes() };
            String::from_utf8(self.cipher.decrypt(&Nonce::default(), payload).ok()?).ok()
        };
        open().ok_or_else(|| {
            S3Error::new(Code::InvalidArgument)
                .say("The continuation token provided is incorrect: it belongs to another listing.")
                .with("ArgumentName", "continuation-token")
        })
    }
}

/// Tokens outlive credentials that come and go, so a token's key holds none of those.
fn secret(part: &mut impl FnMut(&[u8]), auth: &BackendAuth) {
    let secret = auth.lasting_secret();
    if !secret.is_empty() {
        part(secret);
    }
}

fn hash(key: &mut Sha256, part: &[u8]) {
    key.update((part.len() as u64).to_be_bytes());
    key.update(part);
}
