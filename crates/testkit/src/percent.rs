//! Percent-encoding as S3's canonical requests want it, written for the tests alone.

/// Encodes every byte but `A-Z a-z 0-9 - . _ ~`.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    with(bytes.as_ref(), b"")
}

/// As [`encode`], leaving `/` as it is.
#[must_use]
pub fn encode_path(bytes: impl AsRef<[u8]>) -> String {
    with(bytes.as_ref(), b"/")
}

/// Decodes every `%XX` once; what is no escape stays.
#[must_use]
pub fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (bytes[at], digits.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

fn with(bytes: &[u8], keep: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || keep.contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once_and_encoded_once() {
        for (raw, expect) in [("a b", "a%20b"), ("a%20b", "a%20b"), ("(=)", "%28%3D%29"), ("%2f%7E", "/~")] {
            assert_eq!(encode_path(decode(raw)), expect);
        }
    }
}
