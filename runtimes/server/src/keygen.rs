//! `brigade keygen`: new keys, for sealing sessions and for being an issuer.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum};

use crate::clock;

/// What `brigade keygen` takes.
#[derive(Args, Debug)]
pub(crate) struct Keygen {
    /// Print a private key for [federation] instead, in PEM. Every cloud takes rs256; Azure takes nothing else.
    #[arg(long, value_name = "ALGORITHM")]
    federation: Option<Kind>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// RSA of 2048 bits.
    Rs256,
    /// P-256.
    Es256,
}

/// A new key, as the configuration takes it.
pub(crate) fn keygen(command: &Keygen) -> Result<String, String> {
    match command.federation {
        None => session_key().map_err(|error| error.to_string()),
        Some(kind) => private(kind).map_err(|_| "the system's cryptography makes no key".to_owned()),
    }
}

/// A new key for sealing sessions: 32 bytes in base64.
pub(crate) fn session_key() -> std::io::Result<String> {
    let key: [u8; 32] = clock::chance()?;
    Ok(STANDARD.encode(key))
}

/// A new private key: the PEM of its PKCS #8 document, without the last line's end.
fn private(kind: Kind) -> Result<String, aws_lc_rs::error::Unspecified> {
    match kind {
        Kind::Rs256 => {
            let der: Pkcs8V1Der<'static> = RsaKeyPair::generate(KeySize::Rsa2048)?.as_der()?;
            Ok(pem(der.as_ref()))
        }
        Kind::Es256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
            Ok(pem(pair.to_pkcs8v1()?.as_ref()))
        }
    }
}

/// RFC 7468: lines of 64 characters.
fn pem(der: &[u8]) -> String {
    let mut text = "-----BEGIN PRIVATE KEY-----\n".to_owned();
    // 48 bytes are 64 characters, so only the last line is padded.
    for line in der.chunks(48) {
        text.push_str(&STANDARD.encode(line));
        text.push('\n');
    }
    text.push_str("-----END PRIVATE KEY-----");
    text
}

#[cfg(test)]
mod tests {
    use brigade_identity::Algorithm;
    use brigade_identity::federation::FederationKey;

    use super::*;
    use crate::AwsLc;

    #[test]
    fn a_new_key_is_one_that_the_configuration_takes() {
        for (kind, algorithm) in [(Kind::Rs256, Algorithm::Rs256), (Kind::Es256, Algorithm::Es256)] {
            let text = keygen(&Keygen { federation: Some(kind) }).unwrap();
            assert!(text.lines().all(|line| line.len() <= 64), "{algorithm}");
            let key = FederationKey::from_pem(&text).unwrap();
            assert_eq!(key.signing().algorithm, algorithm);
            AwsLc::prove(&key).unwrap();
        }
        assert_eq!(keygen(&Keygen { federation: None }).unwrap().len(), 44);
    }
}
