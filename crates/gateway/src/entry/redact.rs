//! What must not be in a line although a client wrote it where names are logged.

/// The text up to a presigned URL's signature or token, or a token for STS. A URL whose `?` came encoded makes them part of a key.
#[must_use]
pub fn redacted(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let secret = ["x-amz-signature", "x-amz-security-token", "x-amz-credential", "webidentitytoken"]
        .iter()
        .filter_map(|name| lower.find(name).map(|at| at + name.len()))
        .min();
    match secret.and_then(|end| text.get(..end)) {
        Some(before) => format!("{before}…"),
        None => text.to_owned(),
    }
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
