//! botocore as an independent signer: what it signs, in headers and in URLs, verifies.
//!
//! Runs `botocore_oracle.py` with the interpreter named by `BRIGADE_PYTHON` (`python3` when unset), which
//! must have botocore: without it this fails, and does not skip.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that panics has failed, as it should"
)]

use std::process::Command;

use brigade_sigv4::{Presented, Refusal, SecretKey, SigningKeys, Timestamp, Wire};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request};

const REQUESTS: usize = 1_000;

struct Signed {
    parts: Parts,
    secret: SecretKey,
    at: Timestamp,
    presigned: bool,
}

#[test]
fn what_botocore_signs_verifies() {
    let keys = SigningKeys::default();
    let requests = signed_by_botocore();
    assert_eq!(requests.len(), REQUESTS);
    assert!(requests.iter().any(|it| it.presigned) && requests.iter().any(|it| !it.presigned));
    for Signed { parts, secret, at, presigned } in requests {
        let wire = Wire::from(&parts);
        let verify = |wire: &Wire<'_>, secret: &SecretKey, at| {
            let presented = Presented::read(wire).unwrap().expect("anonymous");
            presented.verify(wire, secret, "us-east-1", at, &keys)
        };
        let verified = verify(&wire, &secret, at).unwrap_or_else(|error| panic!("{error}\n{parts:?}"));
        assert_eq!((verified.key_id(), verified.is_presigned()), ("AKIDEXAMPLE", presigned));
        let other = verify(&wire, &SecretKey::new("another"), at);
        assert_eq!(other.err(), Some(Refusal::SignatureDoesNotMatch));
        let moved = Wire { path: "/bucket/elsewhere", ..wire };
        assert_eq!(verify(&moved, &secret, at).err(), Some(Refusal::SignatureDoesNotMatch));
    }
}

fn signed_by_botocore() -> Vec<Signed> {
    #[allow(clippy::disallowed_methods, reason = "a test may ask where its interpreter is")]
    let python = std::env::var("BRIGADE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/botocore_oracle.py");
    let output =
        Command::new(&python).args([script, &REQUESTS.to_string(), "20130524"]).output().unwrap_or_else(
            |error| panic!("{python} does not run ({error}): install Python 3, or set BRIGADE_PYTHON"),
        );
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "install botocore for {python}, or set BRIGADE_PYTHON:\n{errors}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| read(&serde_json::from_str(line).unwrap())).collect()
}

fn read(line: &serde_json::Value) -> Signed {
    let text = |name: &str| line[name].as_str().unwrap_or_else(|| panic!("{name} in {line}"));
    let mut request = Request::builder().method(text("method")).uri(text("target")).body(()).unwrap();
    for header in line["headers"].as_array().unwrap() {
        let name = HeaderName::from_bytes(header[0].as_str().unwrap().as_bytes()).unwrap();
        let value = HeaderValue::from_bytes(header[1].as_str().unwrap().as_bytes()).unwrap();
        request.headers_mut().append(name, value);
    }
    Signed {
        parts: request.into_parts().0,
        secret: SecretKey::new(text("secret")),
        at: Timestamp::from_unix(line["at"].as_u64().unwrap()),
        presigned: line["presigned"].as_bool().unwrap(),
    }
}
