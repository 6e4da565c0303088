//! What must not be in a line although a client wrote it where names are logged.

use std::borrow::Cow;

/// Names behind which a value follows that nobody may read.
const NAMES: [&[u8]; 4] =
    [b"x-amz-signature", b"x-amz-security-token", b"x-amz-credential", b"webidentitytoken"];

/// The text up to a presigned URL's signature or token, or a token for STS. A URL whose `?` came encoded makes them part of a key.
pub(super) fn redacted(text: &str) -> Cow<'_, str> {
    match secret(text.as_bytes()).and_then(|end| text.get(..end)) {
        Some(before) => Cow::Owned(format!("{before}…")),
        None => Cow::Borrowed(text),
    }
}

/// Where the first such name ends.
fn secret(text: &[u8]) -> Option<usize> {
    let begin = |b: u8| (b == b'x') | (b == b'X') | (b == b'w') | (b == b'W');
    // Most texts have no byte that begins a name, which is found out by many at once.
    if !text.iter().fold(false, |any, b| any | begin(*b)) {
        return None;
    }
    (0..text.len()).find_map(|at| {
        if !text.get(at).is_some_and(|b| begin(*b)) {
            return None;
        }
        let begins =
            |name: &&[u8]| text.get(at..at + name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name));
        NAMES.iter().copied().find(begins).map(|name| at + name.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_log_01_a_signature_in_a_key_is_not_logged() {
        for (text, expect) in [
            ("plain/key", "plain/key"),
            ("k?X-Amz-Expires=60&X-Amz-Signature=abc", "k?X-Amz-Expires=60&X-Amz-Signature…"),
            ("k&x-amz-credential=AKID&x-amz-signature=abc", "k&x-amz-credential…"),
            ("/.sts%3FWebIdentityToken=a.b.c", "/.sts%3FWebIdentityToken…"),
            ("X-Amz-Security-Token%3Dabc", "X-Amz-Security-Token…"),
            ("é/İX-AMZ-SIGNATURE=abc", "é/İX-AMZ-SIGNATURE…"),
        ] {
            assert_eq!(redacted(text), expect);
        }
    }
}
