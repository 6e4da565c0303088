//! Keys of the index: ordered as S3 orders keys, by their bytes, bucket by bucket.

/// An object's place in the index: its bucket's number, then its key's bytes.
pub(crate) fn object(bucket: u64, key: &[u8]) -> Vec<u8> {
    let mut at = Vec::with_capacity(8 + key.len());
    at.extend_from_slice(&bucket.to_be_bytes());
    at.extend_from_slice(key);
    at
}

/// The first place behind every object of the bucket.
pub(crate) fn bucket_end(bucket: u64) -> Vec<u8> {
    bucket.saturating_add(1).to_be_bytes().to_vec()
}

/// The first byte string behind all that begin with `prefix`; none when `prefix` is only 0xFF bytes.
pub(crate) fn successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut next = prefix.to_vec();
    while let Some(last) = next.pop() {
        if last < u8::MAX {
            next.push(last + 1);
            return Some(next);
        }
    }
    None
}

/// Where uploads of `key` begin: ordered by key, and no key's uploads lie among another's.
///
/// A NUL within a key becomes `00 FF` and `00 00` ends it, so that order and boundaries both hold.
pub(crate) fn uploads_of(bucket: u64, key: &[u8]) -> Vec<u8> {
    let mut at = uploads_from(bucket, key);
    at.extend_from_slice(&[0, 0]);
    at
}

/// Where uploads of keys that begin with `prefix` begin.
pub(crate) fn uploads_from(bucket: u64, prefix: &[u8]) -> Vec<u8> {
    let mut at = bucket.to_be_bytes().to_vec();
    for byte in prefix {
        at.push(*byte);
        if *byte == 0 {
            at.push(u8::MAX);
        }
    }
    at
}

/// An upload's place: see [`uploads_of`].
pub(crate) fn upload(bucket: u64, key: &[u8], id: &str) -> Vec<u8> {
    let mut at = uploads_of(bucket, key);
    at.extend_from_slice(id.as_bytes());
    at
}

/// The key and the upload id at a place made by [`upload`].
pub(crate) fn split_upload(at: &[u8]) -> Option<(Vec<u8>, String)> {
    let mut rest = at.get(8..)?.iter().copied();
    let mut key = Vec::new();
    loop {
        match rest.next()? {
            0 => match rest.next()? {
                u8::MAX => key.push(0),
                _ => break,
            },
            byte => key.push(byte),
        }
    }
    Some((key, String::from_utf8(rest.collect()).ok()?))
}

/// A part's place: its upload's, then its number.
pub(crate) fn part(upload: &[u8], number: u16) -> Vec<u8> {
    let mut at = upload.to_vec();
    at.extend_from_slice(&number.to_be_bytes());
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successor_is_the_first_behind_all_that_begin_with_a_prefix() {
        for (prefix, next) in [
            (b"a/".as_slice(), Some(b"a0".as_slice())),
            (b"a\xff", Some(b"b")),
            (b"\xff\xff", None),
            (b"", None),
        ] {
            assert_eq!(successor(prefix).as_deref(), next, "{prefix:?}");
        }
    }

    #[test]
    fn uploads_keep_the_order_of_their_keys_and_come_apart_again() {
        let keys: [&[u8]; 6] = [b"a", b"a\0", b"a\0b", b"a\x01", b"ab", b"b"];
        let places: Vec<_> = keys.iter().map(|key| upload(7, key, "0001")).collect();
        assert!(places.is_sorted());
        for (key, at) in keys.iter().zip(&places) {
            assert_eq!(split_upload(at), Some((key.to_vec(), "0001".to_owned())));
        }
    }
}
