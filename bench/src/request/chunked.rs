//! Bodies in chunks (<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>), as botocore cuts them: of 1 MiB
//! with a trailer, of 64 KiB signed.

use std::sync::Arc;

use brigade_sigv4::{Checksum, ChecksumAlgorithm, SecretKey, Timestamp};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

const UNSIGNED: usize = 1 << 20;
const SIGNED: usize = 64 << 10;
/// `;chunk-signature=`, 64 digits, and two line ends.
const OVERHEAD: usize = 17 + 64 + 4;

/// With a CRC32 behind.
pub(super) fn trailing(body: &[u8]) -> Arc<Vec<u8>> {
    let mut framed = Vec::with_capacity(body.len() + 1024);
    for chunk in body.chunks(UNSIGNED) {
        framed.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        framed.extend_from_slice(chunk);
        framed.extend_from_slice(b"\r\n");
    }
    let mut checksum = Checksum::new(ChecksumAlgorithm::Crc32);
    checksum.update(body);
    framed.extend_from_slice(format!("0\r\nx-amz-checksum-crc32:{}\r\n\r\n", checksum.finish()).as_bytes());
    Arc::new(framed)
}

/// How long a body of this size is in signed chunks.
pub(super) fn signed_length(size: usize) -> u64 {
    let (whole, rest) = (size / SIGNED, size % SIGNED);
    let one = |length: usize| format!("{length:x}").len() + OVERHEAD + length;
    let rest = if rest == 0 { 0 } else { one(rest) };
    (whole * one(SIGNED) + rest + one(0)) as u64
}

/// In signed chunks, behind a head with the signature `seed`.
pub(super) fn signed(body: &[u8], seed: &str, secret: &SecretKey, now: Timestamp) -> Vec<u8> {
    let (at, day) = (now.amz_date(), now.date_stamp());
    let scope = format!("{day}/us-east-1/s3/aws4_request");
    let mut key = [b"AWS4", secret.expose()].concat();
    for part in [day.as_str(), "us-east-1", "s3", "aws4_request"] {
        key = hmac(&key, part.as_bytes());
    }
    let (empty, mut before) = (hex(&Sha256::digest(b"")), seed.to_owned());
    let mut framed = Vec::new();
    for chunk in body.chunks(SIGNED).chain([&[][..]]) {
        let hash = hex(&Sha256::digest(chunk));
        let text = format!("AWS4-HMAC-SHA256-PAYLOAD\n{at}\n{scope}\n{before}\n{empty}\n{hash}");
        before = hex(&hmac(&key, text.as_bytes()));
        framed.extend_from_slice(format!("{:x};chunk-signature={before}\r\n", chunk.len()).as_bytes());
        framed.extend_from_slice(chunk);
        framed.extend_from_slice(b"\r\n");
    }
    framed
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_in_signed_chunks_is_as_long_as_its_head_says() {
        for size in [0, 1, SIGNED, SIGNED + 1, 16 << 20] {
            let framed = signed(&vec![7; size], "", &SecretKey::new("secret"), Timestamp::from_unix(0));
            assert_eq!(framed.len() as u64, signed_length(size), "{size}");
        }
    }
}
