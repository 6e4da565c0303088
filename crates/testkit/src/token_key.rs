//! Keys of an identity provider, and the tokens that they sign.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use brigade_identity::Algorithm;
use serde_json::{Value, json};

/// A new private key, and the id and algorithm that its provider publishes it with.
#[derive(Debug)]
pub struct TokenKey {
    /// Its id.
    pub id: String,
    algorithm: Algorithm,
    pair: Pair,
}

#[derive(Debug)]
enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(&'static str, Box<EcdsaKeyPair>),
    Ed(Box<Ed25519KeyPair>),
}

impl TokenKey {
    /// A key for this algorithm; of RSA it has 2048 bits.
    ///
    /// # Panics
    /// Never, with memory and chance at hand.
    #[must_use]
    pub fn new(id: &str, algorithm: Algorithm) -> Self {
        let pair = match algorithm {
            Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512 | Algorithm::Ps256 => {
                Pair::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()))
            }
            Algorithm::Es256 => {
                Pair::Ec("P-256", Box::new(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()))
            }
            Algorithm::Es384 => {
                Pair::Ec("P-384", Box::new(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap()))
            }
            Algorithm::EdDsa => Pair::Ed(Box::new(Ed25519KeyPair::generate().unwrap())),
        };
        Self { id: id.into(), algorithm, pair }
    }

    /// Its public half, as its provider publishes it.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let mut key = match &self.pair {
            Pair::Rsa(pair) => {
                // RFC 8017 appendix A.1.1 for 2048 bits: what comes before the exponent (02 03 01 00 01) is the modulus.
                let der = pair.public_key().as_ref();
                let n = &der[der.len() - 5 - 256..der.len() - 5];
                json!({ "kty": "RSA", "n": encode(n), "e": "AQAB" })
            }
            Pair::Ec(curve, pair) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                json!({ "kty": "EC", "crv": curve, "x": encode(x), "y": encode(y) })
            }
            Pair::Ed(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref()) })
            }
        };
        let more = json!({ "kid": self.id, "alg": self.algorithm.name(), "use": "sig" });
        key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        key
    }

    /// The token that says this, as the provider would sign it.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        let header = json!({ "alg": self.algorithm.name(), "kid": self.id, "typ": "JWT" });
        self.token_as(&header.to_string(), &claims.to_string(), self.algorithm)
    }

    /// A token of this header and these claims, whatever they are, signed with this algorithm.
    #[must_use]
    pub fn token_as(&self, header: &str, claims: &str, algorithm: Algorithm) -> String {
        let message = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let signature = self.sign(algorithm, message.as_bytes());
        format!("{message}.{}", encode(&signature))
    }

    /// The key's signature of any message, in JWS's form.
    ///
    /// # Panics
    /// When the key is of another kind than the algorithm's.
    #[must_use]
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        let rsa = |how: &'static dyn RsaEncoding| {
            let Pair::Rsa(pair) = &self.pair else { panic!("{algorithm} takes an RSA key") };
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(how, &random, message, &mut signature).unwrap();
            signature
        };
        match algorithm {
            Algorithm::Rs256 => rsa(&RSA_PKCS1_SHA256),
            Algorithm::Rs384 => rsa(&RSA_PKCS1_SHA384),
            Algorithm::Rs512 => rsa(&RSA_PKCS1_SHA512),
            Algorithm::Ps256 => rsa(&RSA_PSS_SHA256),
            Algorithm::Es256 | Algorithm::Es384 => {
                let Pair::Ec(_, pair) = &self.pair else { panic!("{algorithm} takes a key of a curve") };
                pair.sign(&random, message).unwrap().as_ref().to_vec()
            }
            Algorithm::EdDsa => {
                let Pair::Ed(pair) = &self.pair else { panic!("{algorithm} takes an Ed25519 key") };
                pair.sign(message).as_ref().to_vec()
            }
        }
    }
}

/// Base64url without padding, as tokens are written.
pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
