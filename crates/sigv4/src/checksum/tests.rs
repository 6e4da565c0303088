use super::{Checksum, ChecksumAlgorithm};

fn check(algorithm: ChecksumAlgorithm, text: &str, expect: &str) {
    for split in 0..=text.len() {
        let mut checksum = Checksum::new(algorithm);
        checksum.update(&text.as_bytes()[..split]);
        checksum.update(&text.as_bytes()[split..]);
        assert_eq!(checksum.finish(), expect, "{algorithm} split at {split}");
    }
    assert_eq!(algorithm.encoded_len(), expect.len());
    assert!(algorithm.is_value(expect));
}

/// Check values of the CRC catalogue and of RFC 3174 and FIPS 180-4, in base64.
#[test]
fn checksums_have_their_published_check_values() {
    check(ChecksumAlgorithm::Crc32, "123456789", "y/Q5Jg==");
    check(ChecksumAlgorithm::Crc32c, "123456789", "4waSgw==");
    check(ChecksumAlgorithm::Crc64Nvme, "123456789", "rosUhgp5mIg=");
    check(ChecksumAlgorithm::Sha1, "abc", "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
    check(ChecksumAlgorithm::Sha256, "abc", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

#[test]
fn names_and_headers_are_found_again_in_any_case() {
    for algorithm in ChecksumAlgorithm::ALL {
        assert_eq!(ChecksumAlgorithm::from_name(&algorithm.name().to_lowercase()), Some(algorithm));
        assert_eq!(ChecksumAlgorithm::from_header(&algorithm.header().to_uppercase()), Some(algorithm));
    }
    assert_eq!(ChecksumAlgorithm::from_header("x-amz-checksum-type"), None);
    assert_eq!(ChecksumAlgorithm::from_name("MD5"), None);
}

#[test]
fn a_value_of_another_length_is_not_a_value() {
    for text in ["", "y/Q5Jg", "y/Q5Jg=", "y/Q5JgA=", "y/Q5J===", "!!!!!!==", "rosUhgp5mIg="] {
        assert!(!ChecksumAlgorithm::Crc32.is_value(text), "{text}");
    }
}
