//! Names of header lines.

use http::HeaderName;

/// Those of S3 that come with most requests and answers: of these no name is made anew each time.
static FREQUENT: [HeaderName; 16] = [
    HeaderName::from_static("x-amz-date"),
    HeaderName::from_static("x-amz-content-sha256"),
    HeaderName::from_static("x-amz-security-token"),
    HeaderName::from_static("x-amz-user-agent"),
    HeaderName::from_static("x-amz-checksum-mode"),
    HeaderName::from_static("x-amz-checksum-crc32"),
    HeaderName::from_static("x-amz-checksum-type"),
    HeaderName::from_static("x-amz-sdk-checksum-algorithm"),
    HeaderName::from_static("x-amz-decoded-content-length"),
    HeaderName::from_static("x-amz-trailer"),
    HeaderName::from_static("x-amz-request-id"),
    HeaderName::from_static("x-amz-id-2"),
    HeaderName::from_static("x-amz-version-id"),
    HeaderName::from_static("x-amz-server-side-encryption"),
    HeaderName::from_static("amz-sdk-invocation-id"),
    HeaderName::from_static("amz-sdk-request"),
];

/// The name that these bytes are, in any case; `None` if they are none.
pub(super) fn name(bytes: &[u8]) -> Option<HeaderName> {
    let is_frequent = |name: &&HeaderName| name.as_str().as_bytes().eq_ignore_ascii_case(bytes);
    let may_be = matches!(bytes, [b'x' | b'X', b'-', ..] | [b'a' | b'A', b'm' | b'M', ..]);
    match may_be.then(|| FREQUENT.iter().find(is_frequent)).flatten() {
        Some(name) => Some(name.clone()),
        None => HeaderName::from_bytes(bytes).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_names_are_names_like_others() {
        for text in [
            "x-amz-date",
            "X-Amz-Date",
            "AMZ-SDK-Request",
            "x-amz-meta-Date",
            "x-amz-dat",
            "Authorization",
            "a",
        ] {
            assert_eq!(name(text.as_bytes()), HeaderName::from_bytes(text.as_bytes()).ok(), "{text}");
        }
        for text in ["", "x-amz date", "x-\u{e9}"] {
            assert_eq!(name(text.as_bytes()), None, "{text}");
        }
    }
}
