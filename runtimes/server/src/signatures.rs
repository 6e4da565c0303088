//! Signatures with public keys, by AWS-LC, which TLS uses as well.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, ED25519, EcdsaKeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PKCS1_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaKeyPair, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
    VerificationAlgorithm,
};
use brigade_gateway::{Signatures, SigningError};
use brigade_identity::federation::FederationKey;
use brigade_identity::{Algorithm, Curve, PublicKey, SigningKey};

/// Signatures by AWS-LC.
#[derive(Clone, Copy, Debug, Default)]
pub struct AwsLc;

impl AwsLc {
    /// Signs with a key and verifies with what is published of it: a configuration whose keys do not fit is found before
    /// anybody trusts them.
    pub(crate) fn prove(key: &FederationKey) -> Result<(), String> {
        let message = b"brigade";
        let signature = signed(key.signing(), message).map_err(|error| error.to_string())?;
        match verified(key.signing().algorithm, key.public(), message, &signature) {
            true => Ok(()),
            false => Err("its private half does not fit its public half".to_owned()),
        }
    }
}

impl Signatures for AwsLc {
    async fn verify(&self, algorithm: Algorithm, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        verified(algorithm, key, message, signature)
    }

    async fn sign(&self, key: &SigningKey, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        signed(key, message)
    }
}

fn verified(algorithm: Algorithm, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    match algorithm {
        Algorithm::Rs256 => rsa(&RSA_PKCS1_2048_8192_SHA256, key, message, signature),
        Algorithm::Rs384 => rsa(&RSA_PKCS1_2048_8192_SHA384, key, message, signature),
        Algorithm::Rs512 => rsa(&RSA_PKCS1_2048_8192_SHA512, key, message, signature),
        Algorithm::Ps256 => rsa(&RSA_PSS_2048_8192_SHA256, key, message, signature),
        Algorithm::Es256 => ec(&ECDSA_P256_SHA256_FIXED, Curve::P256, key, message, signature),
        Algorithm::Es384 => ec(&ECDSA_P384_SHA384_FIXED, Curve::P384, key, message, signature),
        Algorithm::EdDsa => match key {
            PublicKey::Ed25519 { x } => {
                UnparsedPublicKey::new(&ED25519, x).verify(message, signature).is_ok()
            }
            PublicKey::Rsa { .. } | PublicKey::Ec { .. } => false,
        },
    }
}

/// RSA keys take a millisecond or two: an assertion is signed once for each time that credentials are renewed.
fn signed(key: &SigningKey, message: &[u8]) -> Result<Vec<u8>, SigningError> {
    let failed = |what: &str| SigningError(format!("the key {}: {what}", key.id));
    match key.algorithm {
        Algorithm::Rs256 => {
            let pair = RsaKeyPair::from_pkcs8(key.expose()).map_err(|why| failed(&why.to_string()))?;
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                .map_err(|_| failed("it does not sign"))?;
            Ok(signature)
        }
        Algorithm::Es256 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.expose())
                .map_err(|why| failed(&why.to_string()))?;
            let signature = pair.sign(&SystemRandom::new(), message);
            Ok(signature.map_err(|_| failed("it does not sign"))?.as_ref().to_vec())
        }
        other @ (Algorithm::Rs384
        | Algorithm::Rs512
        | Algorithm::Ps256
        | Algorithm::Es384
        | Algorithm::EdDsa) => Err(failed(&format!("no assertion is signed with {other}"))),
    }
}

fn rsa(how: &'static RsaParameters, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
    match key {
        PublicKey::Rsa { n, e } => RsaPublicKeyComponents { n, e }.verify(how, message, signature).is_ok(),
        PublicKey::Ec { .. } | PublicKey::Ed25519 { .. } => false,
    }
}

fn ec(
    how: &'static dyn VerificationAlgorithm,
    expect: Curve,
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> bool {
    match key {
        PublicKey::Ec { curve, x, y } if *curve == expect => {
            let point = [&[4], &**x, &**y].concat();
            UnparsedPublicKey::new(how, point).verify(message, signature).is_ok()
        }
        PublicKey::Ec { .. } | PublicKey::Rsa { .. } | PublicKey::Ed25519 { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
    use aws_lc_rs::rsa::KeySize;
    use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
    use brigade_identity::KeySet;
    use serde_json::{Value, json};

    use super::*;

    fn keys() -> [FederationKey; 2] {
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let rsa: Pkcs8V1Der<'static> = rsa.as_der().unwrap();
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap().to_pkcs8v1().unwrap();
        [rsa.as_ref(), ec.as_ref()].map(|der| FederationKey::from_pkcs8(der.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn what_a_private_key_signs_its_published_half_verifies() {
        for key in keys() {
            let signature = AwsLc.sign(key.signing(), b"message").await.unwrap();
            let algorithm = key.signing().algorithm;
            assert!(AwsLc.verify(algorithm, key.public(), b"message", &signature).await, "{algorithm}");
            assert!(!AwsLc.verify(algorithm, key.public(), b"messagf", &signature).await);
            assert!(!AwsLc.verify(algorithm, key.public(), b"message", &signature[1..]).await);
            for other in Algorithm::ALL.into_iter().filter(|other| *other != algorithm) {
                assert!(!AwsLc.verify(other, key.public(), b"message", &signature).await, "{other}");
            }
        }
    }

    /// What another implementation signed: the RFCs' examples, and OpenSSL's by pyca/cryptography; beside them what is nearly a
    /// signature, after Wycheproof's and BoringSSL's cases.
    #[tokio::test]
    async fn r_oidc_02_others_signatures_hold_and_what_is_nearly_one_does_not() {
        let vectors: Vec<Value> = serde_json::from_str(include_str!("signatures/vectors.json")).unwrap();
        let decode = |text: &Value| BASE64_URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap();
        for vector in &vectors {
            let [why, name] = ["why", "alg"].map(|member| vector[member].as_str().unwrap());
            let algorithm = Algorithm::named(name).unwrap();
            let set = json!({ "keys": [vector["jwk"]] }).to_string();
            let set = KeySet::parse(set.as_bytes()).unwrap();
            let key = set.candidates(None, algorithm).next().expect(why).key();
            let (message, signature) = (decode(&vector["message"]), decode(&vector["signature"]));
            let holds = AwsLc.verify(algorithm, key, &message, &signature).await;
            assert_eq!(holds, vector["good"], "{name}: {why}");
        }
        assert!(vectors.len() > 80);
    }

    #[tokio::test]
    async fn the_rfcs_examples_hold() {
        // RFC 7515 appendices A.2 and A.3, RFC 8037 appendix A.4.
        let rsa = json!({ "kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" });
        let ec = json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" });
        let ed =
            json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
        let claims =
            "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        for (algorithm, key, message, signature) in [
            (
                Algorithm::Rs256,
                rsa,
                format!("eyJhbGciOiJSUzI1NiJ9.{claims}"),
                "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
            ),
            (
                Algorithm::Es256,
                ec,
                format!("eyJhbGciOiJFUzI1NiJ9.{claims}"),
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            ),
            (
                Algorithm::EdDsa,
                ed,
                "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".to_owned(),
                "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            ),
        ] {
            let set = KeySet::parse(json!({ "keys": [key] }).to_string().as_bytes()).unwrap();
            let key = set.candidates(None, algorithm).next().unwrap().key();
            let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
            assert!(AwsLc.verify(algorithm, key, message.as_bytes(), &signature).await, "{algorithm}");
            assert!(!AwsLc.verify(algorithm, key, message.to_uppercase().as_bytes(), &signature).await);
        }
    }

    #[tokio::test]
    async fn a_key_that_is_none_does_not_sign() {
        for algorithm in Algorithm::ALL {
            let key = SigningKey::new(algorithm, "id", vec![0x30, 0]);
            assert!(AwsLc.sign(&key, b"message").await.is_err());
        }
    }
}
