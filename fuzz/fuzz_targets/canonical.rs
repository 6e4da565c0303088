//! Path and query: the crate's signature is that of a slow canonicaliser, and reading is one and the same.
//!
//! Input: a request target.
#![no_main]

use brigade_fuzz::{AT, KEY_ID, NOW, REGION, SECRET, signature};
use brigade_sigv4::{
    ContentSha256, Credentials, SecretKey, SigningKeys, Timestamp, percent_encode, percent_encode_path,
    query_pairs, sign,
};
use http::{Request, Uri};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(target) = str::from_utf8(data) else { return };
    let Ok(uri) = format!("http://bucket.example{target}").parse::<Uri>() else { return };
    if uri.host() != Some("bucket.example") || uri.port().is_some() {
        return;
    }
    let Ok(request) = Request::get(uri.clone()).body(()) else { return };
    let mut head = request.into_parts().0;
    let who = Credentials { key_id: KEY_ID.into(), secret: SecretKey::new(SECRET), session_token: None };
    let now = Timestamp::from_unix(NOW);
    let signed =
        sign(&mut head, ContentSha256::Unsigned, &who, REGION, "s3", now, &SigningKeys::default()).is_ok();

    let path = decode(uri.path().as_bytes(), false);
    let query = uri.query().unwrap_or_default();
    let pairs: Option<Vec<_>> = query
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
        .map(|(name, value)| Some((decode(name.as_bytes(), true)?, decode(value.as_bytes(), true)?)))
        .collect();
    let (Some(path), Some(pairs)) = (path, pairs) else { return assert!(!signed, "{uri}") };
    assert!(signed, "{uri}");

    let mut encoded: Vec<(String, String)> =
        pairs.iter().map(|(name, value)| (encode(name, b""), encode(value, b""))).collect();
    encoded.sort();
    let joined: Vec<String> = encoded.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let canonical = format!(
        "GET\n{}\n{}\nhost:bucket.example\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:{AT}\n\n\
         host;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD",
        encode(&path, b"/"),
        joined.join("&")
    );
    let authorization = head.headers["authorization"].to_str().unwrap();
    assert!(authorization.ends_with(&format!("Signature={}", signature(canonical.as_bytes()))), "{uri}");

    // The public helpers read and write the same.
    assert_eq!(percent_encode_path(&path), encode(&path, b"/"));
    for ((name, _), read) in pairs.iter().zip(query_pairs(query)) {
        assert_eq!(percent_encode(name), encode(name, b""));
        if let Ok((read, _)) = read {
            assert_eq!(read.as_bytes(), name);
        }
    }
});

fn decode(raw: &[u8], plus_is_space: bool) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < raw.len() {
        match raw[at] {
            b'%' => {
                let digits = str::from_utf8(raw.get(at + 1..at + 3)?).ok()?;
                if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                    return None;
                }
                out.push(u8::from_str_radix(digits, 16).ok()?);
                at += 2;
            }
            b'+' if plus_is_space => out.push(b' '),
            byte => out.push(byte),
        }
        at += 1;
    }
    Some(out)
}

fn encode(bytes: &[u8], also: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        let plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
        if plain.contains(byte) || also.contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
