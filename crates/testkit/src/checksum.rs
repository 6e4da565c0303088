//! The checksums S3 takes, computed bit by bit.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// The value of a checksum header, such as `x-amz-checksum-crc32`, for these bytes: base64 of the big-endian sum.
///
/// # Panics
/// When the header names no checksum.
#[must_use]
pub fn checksum(header: &str, data: &[u8]) -> String {
    let sum = match header {
        "x-amz-checksum-crc32" => crc(data, 0xEDB8_8320, 32),
        "x-amz-checksum-crc32c" => crc(data, 0x82F6_3B78, 32),
        "x-amz-checksum-crc64nvme" => crc(data, 0x9A6C_9329_AC4B_C9B5, 64),
        "x-amz-checksum-sha1" => Sha1::digest(data).to_vec(),
        "x-amz-checksum-sha256" => Sha256::digest(data).to_vec(),
        other => panic!("{other} is no checksum"),
    };
    BASE64_STANDARD.encode(sum)
}

/// A reflected CRC whose register starts full and is inverted at the end.
fn crc(data: &[u8], polynomial: u64, bits: u32) -> Vec<u8> {
    let full = u64::MAX >> (64 - bits);
    let mut register = full;
    for byte in data {
        register ^= u64::from(*byte);
        for _ in 0..8 {
            register = if register & 1 == 1 { register >> 1 ^ polynomial } else { register >> 1 };
        }
    }
    let bytes = (register ^ full).to_be_bytes();
    bytes[8 - bits as usize / 8..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_values_of_the_crc_catalogue() {
        for (header, expect) in [
            ("x-amz-checksum-crc32", "cbf43926"),
            ("x-amz-checksum-crc32c", "e3069283"),
            ("x-amz-checksum-crc64nvme", "ae8b14860a799888"),
        ] {
            let sum = BASE64_STANDARD.decode(checksum(header, b"123456789")).unwrap();
            assert_eq!(hex::encode(sum), expect, "{header}");
        }
    }
}
