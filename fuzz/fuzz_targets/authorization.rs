//! Any head at all: it is refused or anonymous, never verified; and once signed, it verifies.
//!
//! Input: the target on the first line, then `name: value` lines.
#![no_main]

use brigade_fuzz::{KEY_ID, NOW, REGION, SECRET};
use brigade_sigv4::{ContentSha256, Credentials, Presented, SecretKey, SigningKeys, Timestamp, Wire, sign};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Uri};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(mut head) = head(data) else { return };
    let (now, keys) = (Timestamp::from_unix(NOW), SigningKeys::default());
    let verify = |head: &Parts, secret: &str| {
        let wire = Wire::from(head);
        let presented = Presented::read(&wire).ok()??;
        let presigned = presented.is_presigned();
        let _ = format!("{presented:?}");
        Some((presigned, presented.verify(&wire, &SecretKey::new(secret), REGION, now, &keys).is_ok()))
    };
    // No input knows this secret.
    assert_ne!(verify(&head, "a secret that is in no corpus").map(|it| it.1), Some(true));

    let who = Credentials { key_id: KEY_ID.into(), secret: SecretKey::new(SECRET), session_token: None };
    if sign(&mut head, ContentSha256::Unsigned, &who, REGION, "s3", now, &keys).is_ok() {
        // It may still not be readable: a repeated parameter, or two ways to authenticate.
        if let Some((presigned, verified)) = verify(&head, SECRET) {
            assert!(verified && !presigned, "{head:?}");
        }
    }
});

fn head(data: &[u8]) -> Option<Parts> {
    let mut lines = data.split(|byte| *byte == b'\n');
    let target = str::from_utf8(lines.next()?).ok()?;
    let uri: Uri = format!("http://bucket.example{target}").parse().ok()?;
    let (mut head, ()) = Request::get(uri).body(()).ok()?.into_parts();
    for line in lines.take(64) {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = line.split_at(colon);
        head.headers.append(
            HeaderName::from_bytes(name).ok()?,
            HeaderValue::from_bytes(value[1..].trim_ascii()).ok()?,
        );
    }
    Some(head)
}
