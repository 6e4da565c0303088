//! Signatures by AWS-LC, as a server makes and verifies them.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, ED25519, EcdsaKeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaKeyPair, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};
use brigade_gateway::{Signatures, SigningError};
use brigade_identity::{Algorithm, PublicKey, SigningKey};

/// Signatures that hold and do not hold as they do in the world. It signs with RS256 and ES256.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealSignatures;

impl Signatures for RealSignatures {
    async fn verify(&self, algorithm: Algorithm, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        let rsa = |how: &'static RsaParameters, n: &[u8], e: &[u8]| {
            RsaPublicKeyComponents { n, e }.verify(how, message, signature).is_ok()
        };
        let ec = |x: &[u8], y: &[u8]| [&[4], x, y].concat();
        match (algorithm, key) {
            (Algorithm::Rs256, PublicKey::Rsa { n, e }) => rsa(&RSA_PKCS1_2048_8192_SHA256, n, e),
            (Algorithm::Rs384, PublicKey::Rsa { n, e }) => rsa(&RSA_PKCS1_2048_8192_SHA384, n, e),
            (Algorithm::Rs512, PublicKey::Rsa { n, e }) => rsa(&RSA_PKCS1_2048_8192_SHA512, n, e),
            (Algorithm::Ps256, PublicKey::Rsa { n, e }) => rsa(&RSA_PSS_2048_8192_SHA256, n, e),
            (Algorithm::Es256, PublicKey::Ec { x, y, .. }) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, ec(x, y)).verify(message, signature).is_ok()
            }
            (Algorithm::Es384, PublicKey::Ec { x, y, .. }) => {
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, ec(x, y)).verify(message, signature).is_ok()
            }
            (Algorithm::EdDsa, PublicKey::Ed25519 { x }) => {
                UnparsedPublicKey::new(&ED25519, x).verify(message, signature).is_ok()
            }
            (_, PublicKey::Rsa { .. } | PublicKey::Ec { .. } | PublicKey::Ed25519 { .. }) => false,
        }
    }

    async fn sign(&self, key: &SigningKey, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let no = |why: &dyn std::fmt::Display| SigningError(why.to_string());
        let random = SystemRandom::new();
        match key.algorithm {
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::from_pkcs8(key.expose()).map_err(|why| no(&why))?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(|why| no(&why))?;
                Ok(signature)
            }
            Algorithm::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.expose())
                    .map_err(|why| no(&why))?;
                Ok(pair.sign(&random, message).map_err(|why| no(&why))?.as_ref().to_vec())
            }
            other @ (Algorithm::Rs384
            | Algorithm::Rs512
            | Algorithm::Ps256
            | Algorithm::Es384
            | Algorithm::EdDsa) => Err(no(&other)),
        }
    }
}
