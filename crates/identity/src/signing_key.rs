//! Private keys with which Brigade signs assertions of its own.

use std::fmt;

use zeroize::Zeroizing;

use crate::Algorithm;

/// A private key: its algorithm, and the key itself as PKCS #8, which only a runtime's cryptography reads.
#[derive(Clone)]
pub struct SigningKey {
    /// What it signs with.
    pub algorithm: Algorithm,
    /// The id under which its public half is published.
    pub id: Box<str>,
    pkcs8: Zeroizing<Vec<u8>>,
}

impl SigningKey {
    /// A key from the DER of its PKCS #8 document.
    #[must_use]
    pub fn new(algorithm: Algorithm, id: impl Into<Box<str>>, pkcs8: Vec<u8>) -> Self {
        Self { algorithm, id: id.into(), pkcs8: Zeroizing::new(pkcs8) }
    }

    /// The DER of its PKCS #8 document. Do not log or copy it.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.pkcs8
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
