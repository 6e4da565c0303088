//! Upload forms: the worked example of the S3 API reference, each change of it, and where a form's file ends.

use brigade_sigv4::{
    DecodeError, Decoder, Fault, Place, Presented, Refusal, SecretKey, SignedForm, SigningKeys, Timestamp,
    Verified, Wire,
};
use http::Request;
use proptest::prelude::*;

use crate::framing::run;

/// "Example: Browser-Based Upload using HTTP POST (Using AWS Signature Version 4)".
const POLICY: &str = "\
    eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tl\
    dCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAg\
    ICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhh\
    bXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwg\
    IiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAg\
    ICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXot\
    bWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkv\
    dXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwN\
    CiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9";
const SIGNATURE: &str = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// 2015-12-29T00:00:00Z.
const AT: u64 = 1_451_347_200;

const EXAMPLE: SignedForm<'static> = SignedForm {
    algorithm: Some("AWS4-HMAC-SHA256"),
    credential: Some("AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"),
    date: Some("20151229T000000Z"),
    signature: Some(SIGNATURE),
    token: None,
    policy: Some(POLICY),
};

fn verify_at(form: &SignedForm<'_>, region: &str, now: u64) -> Result<Option<Verified>, Refusal> {
    let (head, ()) = Request::post("/").body(()).unwrap().into_parts();
    let Some(presented) = Presented::of_form(form)? else { return Ok(None) };
    let (secret, keys) = (SecretKey::new(SECRET), SigningKeys::default());
    presented.verify(&Wire::from(&head), &secret, region, Timestamp::from_unix(now), &keys).map(Some)
}

fn verify(form: &SignedForm<'_>) -> Result<Option<Verified>, Refusal> {
    verify_at(form, "us-east-1", AT)
}

#[test]
fn the_form_example_verifies() {
    let verified = verify(&EXAMPLE).unwrap().unwrap();
    assert_eq!(verified.key_id(), "AKIAIOSFODNN7EXAMPLE");
    assert!(!verified.is_presigned());
}

#[test]
fn r_sig_01_a_form_changed_in_any_way_is_refused() {
    let malformed = |fault| Refusal::Malformed { place: Place::Form, fault };
    let missing = |name| malformed(Fault::Missing(name));
    let wrong = || Refusal::SignatureDoesNotMatch;
    let region =
        Refusal::WrongRegion { place: Place::Form, given: "eu-west-1".into(), expected: "us-east-1".into() };
    let other_policy = POLICY.replacen('e', "f", 1);
    let flipped = SIGNATURE.replacen('8', "9", 1);
    let upper = SIGNATURE.to_uppercase();
    let e = EXAMPLE;
    for (form, expect) in [
        (SignedForm { policy: Some(&POLICY[..POLICY.len() - 2]), ..e }, wrong()),
        (SignedForm { policy: Some(&other_policy), ..e }, wrong()),
        (SignedForm { policy: Some(""), ..e }, wrong()),
        (SignedForm { signature: Some(&flipped), ..e }, wrong()),
        (SignedForm { signature: Some(&upper), ..e }, wrong()),
        (SignedForm { signature: Some(""), ..e }, wrong()),
        (SignedForm { signature: Some(&SIGNATURE[..63]), ..e }, wrong()),
        (SignedForm { algorithm: None, ..e }, missing("X-Amz-Algorithm")),
        (SignedForm { algorithm: None, credential: None, ..e }, missing("X-Amz-Algorithm")),
        (SignedForm { credential: None, ..e }, missing("X-Amz-Credential")),
        (SignedForm { date: None, ..e }, missing("X-Amz-Date")),
        (SignedForm { signature: None, ..e }, missing("X-Amz-Signature")),
        (SignedForm { policy: None, ..e }, missing("Policy")),
        (SignedForm { algorithm: Some("AWS4-HMAC-SHA1"), ..e }, malformed(Fault::Algorithm)),
        (SignedForm { algorithm: Some("AWS4-ECDSA-P256-SHA256"), ..e }, Refusal::SignatureV4a),
        (SignedForm { date: Some("20151229T000000"), ..e }, malformed(Fault::Date)),
        (SignedForm { date: Some("20151230T000000Z"), ..e }, malformed(Fault::ScopeDate)),
        (
            SignedForm { credential: Some("AKIAIOSFODNN7EXAMPLE/20151230/us-east-1/s3/aws4_request"), ..e },
            malformed(Fault::ScopeDate),
        ),
        (
            SignedForm { credential: Some("AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/sts/aws4_request"), ..e },
            malformed(Fault::ScopeService { expected: "s3" }),
        ),
        (
            SignedForm { credential: Some("AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws5_request"), ..e },
            malformed(Fault::ScopeTerminator),
        ),
        (
            SignedForm { credential: Some("AKIAIOSFODNN7EXAMPLE/20151229/eu-west-1/s3/aws4_request"), ..e },
            region,
        ),
        (
            SignedForm { credential: Some("/20151229/us-east-1/s3/aws4_request"), ..e },
            malformed(Fault::Credential),
        ),
        (SignedForm { credential: Some("AKIAIOSFODNN7EXAMPLE"), ..e }, malformed(Fault::Credential)),
        (SignedForm { token: Some("t"), ..SignedForm::default() }, Refusal::TokenWithoutSignature),
    ] {
        let refusal = verify(&form).unwrap_err();
        assert_eq!(refusal, expect);
        assert!(!refusal.to_string().contains(SIGNATURE));
    }
}

#[test]
fn a_form_that_nobody_signed_is_nobodys_whatever_policy_it_has() {
    assert!(verify(&SignedForm::default()).unwrap().is_none());
    assert!(verify(&SignedForm { policy: Some(POLICY), ..SignedForm::default() }).unwrap().is_none());
}

#[test]
fn a_form_may_be_old_but_not_from_the_future() {
    for (now, expect) in
        [(AT - 15 * 60, None), (AT - 15 * 60 - 1, Some(Refusal::NotYetValid)), (AT + 30 * 86_400, None)]
    {
        assert_eq!(verify_at(&EXAMPLE, "us-east-1", now).err(), expect);
    }
}

#[test]
fn nothing_of_a_presented_form_shows_its_signature_or_policy() {
    let form = SignedForm { token: Some("session token"), ..EXAMPLE };
    let shown = format!("{:?}", Presented::of_form(&form).unwrap().unwrap());
    for hidden in [SIGNATURE, POLICY, "session token", "afdbf400"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

const DELIMITER: &[u8] = b"\r\n--b";

fn ended(file: &[u8], end: &[u8]) -> Vec<u8> {
    [file, end].concat()
}

#[test]
fn a_streamed_form_ends_where_it_must_or_nothing_is_whole() {
    let file = b"a\r\n--\r\r\n-b".repeat(100);
    let length = file.len() as u64;
    let close: &[u8] = b"\r\n--b--\r\n";
    for (body, is_whole) in [
        (ended(&file, close), true),
        (ended(&file, b"\r\n--b--"), false),
        (ended(&file, b"\r\n--b--\r"), false),
        (ended(&file, b"\r\n--b--\r\nx"), false),
        (ended(&file, b"\r\n--b\r\n--"), false),
        (ended(&file, b"\r\n--bb--\r\n"), false),
        (ended(&file, b""), false),
        (ended(&file[1..], close), false),
        (ended(&ended(&file, b"x"), close), false),
        (ended(&file[..file.len() - 6], b"\r\n--b\r\n\r\n\r\n--b--\r\n"), false),
        (ended(&ended(b"\r\n--b--\r\n", &file), close), false),
        (Vec::new(), false),
    ] {
        for size in [1, 2, 3, 7, 100, body.len().max(1)] {
            let (out, result) = run(Decoder::form_file(length, DELIMITER), body.chunks(size));
            if is_whole {
                assert_eq!((out, result), (file.clone(), Ok(None)), "in pieces of {size}");
            } else {
                assert_eq!(result, Err(DecodeError::FormEnd), "{:?}", String::from_utf8_lossy(&body));
                assert!((out.len() as u64) < length, "a store would hold a whole object");
            }
        }
    }
    assert_eq!(run(Decoder::form_file(0, DELIMITER), [close]), (Vec::new(), Ok(None)));
}

proptest! {
    #[test]
    fn however_a_file_is_cut_it_comes_out_the_same(
        parts in prop::collection::vec(prop::sample::select(vec!["\r", "\n", "-", "--", "\r\n--", "c", "\r\n--c", "b"]), 0..60),
        size in 1..40_usize,
    ) {
        let file = parts.concat();
        prop_assume!(!file.contains("\r\n--b"));
        let body = ended(file.as_bytes(), b"\r\n--b--\r\n");
        let (out, result) = run(Decoder::form_file(file.len() as u64, DELIMITER), body.chunks(size));
        prop_assert_eq!(result, Ok(None));
        prop_assert_eq!(out, file.as_bytes());
    }
}
