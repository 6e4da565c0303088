//! Signatures with public keys, by SubtleCrypto: a small part of what the same costs in WASM.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use brigade_gateway::{Signatures, SigningError};
use brigade_identity::{Algorithm, Curve, PublicKey, SigningKey};
use js_sys::Uint8Array;
use wasm_bindgen::JsCast as _;

use crate::host;

/// Signatures by the platform. `host.js` keeps the keys it has imported: a key is a value, which belongs to no request's I/O.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subtle;

impl Signatures for Subtle {
    async fn verify(&self, algorithm: Algorithm, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        if !key.fits(algorithm) {
            return false;
        }
        let verified = host::verify(algorithm.name(), &jwk(key), message, signature);
        // A key that is no point of its curve rejects; so does nothing that is good.
        host::settle(&verified).await.is_ok_and(|verified| verified.is_truthy())
    }

    async fn sign(&self, key: &SigningKey, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let signed = host::sign(key.algorithm.name(), key.expose(), message);
        let signed = host::settle(&signed).await.map_err(|why| SigningError(host::words(&why)))?;
        Ok(signed.unchecked_into::<Uint8Array>().to_vec())
    }
}

/// A public key as the platform imports it (RFC 7518 section 6, RFC 8037).
fn jwk(key: &PublicKey) -> String {
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    match key {
        PublicKey::Rsa { n, e } => format!(r#"{{"kty":"RSA","n":"{}","e":"{}"}}"#, text(n), text(e)),
        PublicKey::Ec { curve, x, y } => {
            let name = match curve {
                Curve::P256 => "P-256",
                Curve::P384 => "P-384",
            };
            format!(r#"{{"kty":"EC","crv":"{name}","x":"{}","y":"{}"}}"#, text(x), text(y))
        }
        PublicKey::Ed25519 { x } => format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{}"}}"#, text(x)),
    }
}
