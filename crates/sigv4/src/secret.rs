//! Keys: what is known of a signer, and the part of it nobody may print.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// A secret access key. It is wiped when the last copy is dropped and has no `Debug`, `Display`, `Serialize` or `PartialEq`.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "a secret has no Debug")]
pub struct SecretKey(Arc<Secret>);

struct Secret {
    text: Zeroizing<String>,
    mark: [u8; 32],
}

impl SecretKey {
    /// Takes the secret over.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        let text = Zeroizing::new(secret.into());
        let mark = Sha256::digest(text.as_bytes()).into();
        Self(Arc::new(Secret { text, mark }))
    }

    /// The secret's bytes, for deriving keys from it. Do not log, compare or copy them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.0.text.as_bytes()
    }

    /// What tells it from others, and from which it cannot be had: its SHA-256.
    pub(crate) fn mark(&self) -> &[u8; 32] {
        &self.0.mark
    }
}

/// Everything needed to sign: an access key id, its secret and, for temporary credentials, the session token.
#[derive(Clone)]
pub struct Credentials {
    /// The access key id; it is public.
    pub key_id: Box<str>,
    /// The secret access key.
    pub secret: SecretKey,
    /// The token that temporary credentials come with.
    pub session_token: Option<Box<str>>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}
