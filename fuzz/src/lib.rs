//! What the fuzz targets share: a slow signer that joins strings, and a fixed key, region and time.

mod json;

pub use json::Json;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

pub const KEY_ID: &str = "AKIDEXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub const REGION: &str = "us-east-1";
/// 2015-08-30T12:36:00Z.
pub const NOW: u64 = 1_440_938_160;
pub const AT: &str = "20150830T123600Z";
pub const SCOPE: &str = "20150830/us-east-1/s3/aws4_request";

/// The signature of a canonical request, by the book.
pub fn signature(canonical: &[u8]) -> String {
    let text = format!("AWS4-HMAC-SHA256\n{AT}\n{SCOPE}\n{}", hex(&Sha256::digest(canonical)));
    hex(&hmac(&signing_key(), text.as_bytes()))
}

pub fn signing_key() -> Vec<u8> {
    let secret = format!("AWS4{SECRET}").into_bytes();
    SCOPE.split('/').fold(secret, |key, part| hmac(&key, part.as_bytes()))
}

pub fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

pub fn sha256_hex(data: &[u8]) -> String {
    hex(&Sha256::digest(data))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
