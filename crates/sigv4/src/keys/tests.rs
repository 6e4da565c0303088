use super::SigningKeys;
use crate::secret::SecretKey;

fn signature(keys: &SigningKeys, secret: &str, date: &str, region: &str) -> [u8; 32] {
    keys.derive(&SecretKey::new(secret), date.as_bytes(), region, "s3").sign(&[b"text"])
}

#[test]
fn r_cry_04_a_rotated_secret_misses_the_cache() {
    let keys = SigningKeys::default();
    let old = signature(&keys, "old", "20150830", "us-east-1");
    let new = signature(&keys, "new", "20150830", "us-east-1");
    assert_ne!(old, new);
    assert_eq!(new, signature(&SigningKeys::default(), "new", "20150830", "us-east-1"));
    assert_eq!(old, signature(&keys, "old", "20150830", "us-east-1"));
}

#[test]
fn r_cry_04_parts_do_not_run_into_each_other() {
    let keys = SigningKeys::default();
    assert_ne!(signature(&keys, "s", "20150830", "ab"), signature(&keys, "s", "20150830a", "b"));
}

#[test]
fn r_cry_04_the_cache_is_bounded_and_stays_right() {
    let keys = SigningKeys::default();
    for n in 0..5_000 {
        signature(&keys, &format!("secret {n}"), "20150830", "us-east-1");
        signature(&keys, "hot", "20150830", "us-east-1");
        assert!(keys.len() <= 1_024);
    }
    let fresh = SigningKeys::default();
    for n in [0, 1, 4_000, 4_999] {
        let secret = format!("secret {n}");
        let cached = signature(&keys, &secret, "20150830", "us-east-1");
        assert_eq!(cached, signature(&fresh, &secret, "20150830", "us-east-1"));
    }
}

#[test]
fn a_secret_longer_than_a_block_is_hashed_first() {
    // HMAC's own rule, against `hmac` itself.
    use hmac::{Hmac, KeyInit, Mac};
    for length in [0, 59, 60, 61, 64, 200] {
        let secret = "k".repeat(length);
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(format!("AWS4{secret}").as_bytes()).unwrap();
        mac.update(b"20150830");
        let mut key = mac.finalize().into_bytes().to_vec();
        for part in ["us-east-1", "s3", "aws4_request", "text"] {
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
            mac.update(part.as_bytes());
            key = mac.finalize().into_bytes().to_vec();
        }
        assert_eq!(signature(&SigningKeys::default(), &secret, "20150830", "us-east-1"), *key);
    }
}

#[test]
fn r_cry_02_debug_prints_no_key() {
    let keys = SigningKeys::default();
    signature(&keys, "secret", "20150830", "us-east-1");
    assert_eq!(format!("{keys:?}"), "SigningKeys { .. }");
}
