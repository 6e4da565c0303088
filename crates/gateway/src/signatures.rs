//! Signatures with public keys: a runtime's to make and to verify.

use std::future::Future;

use brigade_identity::{Algorithm, PublicKey, SigningKey};

/// Verifies the signatures of others' tokens, and makes those of Brigade's own.
///
/// They are a runtime's work: Workers have them natively, where they cost a small part of the same code in WASM.
pub trait Signatures {
    /// Whether `signature` is `key`'s of `message`. False for a key of another kind than the algorithm's.
    fn verify(
        &self,
        algorithm: Algorithm,
        key: &PublicKey,
        message: &[u8],
        signature: &[u8],
    ) -> impl Future<Output = bool>;

    /// The signature of `message`, as JWS has it.
    ///
    /// # Errors
    /// [`SigningError`] when the key is not what it says it is.
    fn sign(&self, key: &SigningKey, message: &[u8]) -> impl Future<Output = Result<Vec<u8>, SigningError>>;
}

/// A key that cannot sign. The text is for the log.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot sign: {0}")]
pub struct SigningError(pub String);

/// No signatures: for a gateway that trusts no issuer and is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSignatures;

impl Signatures for NoSignatures {
    async fn verify(&self, _: Algorithm, _: &PublicKey, _: &[u8], _: &[u8]) -> bool {
        false
    }

    async fn sign(&self, _: &SigningKey, _: &[u8]) -> Result<Vec<u8>, SigningError> {
        Err(SigningError("this gateway has no signatures".to_owned()))
    }
}
