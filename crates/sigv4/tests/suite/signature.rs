//! R-SIG: header authentication.

use brigade_sigv4::{
    ContentSha256, Fault, Place, Presented, Refusal, SecretKey, SigningKeys, Timestamp, Wire,
};
use http::request::Parts;
use http::{HeaderValue, Method};

use crate::draft::{Draft, EMPTY, KEY_ID, NOW, SECRET, reauthorize, retarget, set, verify, verify_at};

#[track_caller]
fn check(parts: &Parts, expect: &Refusal) {
    assert_eq!(verify(parts).err().as_ref(), Some(expect), "{parts:?}");
}

fn header(fault: Fault) -> Refusal {
    Refusal::Malformed { place: Place::Header, fault }
}

fn signed(edit: impl FnOnce(&mut Parts)) -> Parts {
    let mut parts = Draft::get("/key").in_header();
    edit(&mut parts);
    parts
}

#[test]
fn a_request_that_presents_nothing_is_anonymous() {
    for query in ["", "prefix=X-Amz-Signature", "list-type=2&Signature=x&Expires=1"] {
        let parts = Draft::bare("/key").with("x-amz-content-sha256", EMPTY).unsigned_parts(query);
        assert!(matches!(Presented::read(&Wire::from(&parts)), Ok(None)), "{query}");
    }
}

#[test]
fn what_is_verified_is_told() {
    let draft = Draft::get("/key").with("x-amz-security-token", "token");
    let parts = draft.in_header();
    let wire = Wire::from(&parts);
    let presented = Presented::read(&wire).unwrap().unwrap();
    assert_eq!(presented.key_id(), KEY_ID);
    assert_eq!(presented.session_token(), Some("token"));
    assert!(!presented.is_presigned());
    assert_eq!(presented.content_sha256(), ContentSha256::EMPTY);
    let verified = verify(&parts).unwrap();
    assert_eq!(verified.key_id(), KEY_ID);
    assert_eq!(verified.content_sha256(), ContentSha256::EMPTY);
    assert!(!verified.is_presigned());
}

#[test]
fn odd_but_right_requests_verify() {
    let odd = [
        Draft::get("/"),
        Draft::get("/a//b/./../c//"),
        Draft::get("/%C3%A9%20%2B%25%3F"),
        Draft::get("/key").with("x-amz-meta-a", "  two   words  ").with("x-amz-meta-a", "again"),
        Draft::get("/key").with("x-amz-meta-quoted", "\"a   b\""),
        Draft::get("/key").with("x-amz-meta-empty", ""),
        Draft::get("/key").with("x-amz-meta-bytes", "h\u{e9}llo \u{1f600}"),
        Draft::get("/key").without("x-amz-date").with("date", "Fri, 24 May 2013 00:00:00 GMT"),
        Draft::get("/key").without("x-amz-date").with("date", "20130524T000000Z"),
        Draft { query: "a-b=1&a=2&a=1&a&b=%2F%20%2B".to_owned(), ..Draft::get("/key") },
        Draft { unsigned: vec!["content-type", "range"], ..Draft::get("/key") }
            .with("content-type", "text/plain")
            .with("range", "bytes=0-1"),
    ];
    for draft in odd {
        assert!(verify(&draft.in_header()).is_ok(), "{draft:?}");
    }
    let mut latin1 = Draft::get("/key");
    latin1.headers.push(("x-amz-meta-latin1", b"h\xe9llo\xff".to_vec()));
    assert!(verify(&latin1.in_header()).is_ok());
}

/// Equivalent spellings on the wire: the signature covers the one canonical reading.
#[test]
fn a_re_encoded_target_verifies_alike() {
    let draft = Draft { query: "prefix=a%2Fb%20c&x=".to_owned(), ..Draft::get("/a%20b/c~d") };
    for target in
        ["/%61%20b/c%7Ed?prefix=a/b+c&x", "/a%20b/c~d?x=&prefix=%61%2fb%20c", "/a%20b/c~d?&x&&prefix=a/b+c"]
    {
        let mut parts = draft.in_header();
        parts.uri = target.parse().unwrap();
        assert!(verify(&parts).is_ok(), "{target}");
    }
}

#[test]
fn authorization_is_read_with_and_without_spaces() {
    for (from, to) in [(", ", ","), (", ", " , "), ("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256   ")] {
        assert!(verify(&signed(|it| reauthorize(it, from, to))).is_ok(), "{to:?}");
    }
    let reordered = signed(|it| {
        let value = it.headers["authorization"].to_str().unwrap().to_owned();
        let (scheme, rest) = value.split_once(' ').unwrap();
        let parts: Vec<&str> = rest.rsplit(", ").collect();
        set(it, "authorization", &format!("{scheme} {}", parts.join(",")));
    });
    assert!(verify(&reordered).is_ok());
}

#[test]
fn r_sig_01_a_signature_wrong_in_any_bit_is_refused() {
    let good = Draft::get("/key").in_header();
    let value = good.headers["authorization"].to_str().unwrap().to_owned();
    let (rest, signature) = value.split_once("Signature=").unwrap();
    let mut wrong: Vec<String> = Vec::new();
    for at in 0..signature.len() {
        let digit = signature.as_bytes()[at];
        let other = if digit == b'0' { "1" } else { "0" };
        wrong.push(format!("{}{other}{}", &signature[..at], &signature[at + 1..]));
    }
    wrong.extend([
        String::new(),
        signature[1..].to_owned(),
        signature[..63].to_owned(),
        format!("{signature}0"),
        format!("{signature}{signature}"),
        signature.to_uppercase(),
        format!(" {}", &signature[1..]),
        "x".repeat(64),
        "0".repeat(64),
    ]);
    for signature in wrong {
        let parts = signed(|it| set(it, "authorization", &format!("{rest}Signature={signature}")));
        check(&parts, &Refusal::SignatureDoesNotMatch);
    }
    let other = Draft { secret: "another".to_owned(), ..Draft::get("/key") };
    check(&other.in_header(), &Refusal::SignatureDoesNotMatch);
}

#[test]
fn r_sig_01_a_refusal_says_nothing_of_the_right_signature() {
    let good = Draft::get("/key");
    let right = good.signature("");
    let parts = Draft { secret: "another".to_owned(), ..good }.in_header();
    let refusal = verify(&parts).unwrap_err();
    assert!(!refusal.to_string().contains(&right) && !format!("{refusal:?}").contains(&right));
}

#[test]
fn r_sig_02_a_malformed_or_over_long_key_id_is_refused() {
    let with_key = |key_id: &str| Draft { key_id: key_id.to_owned(), ..Draft::get("/key") }.in_header();
    check(&with_key(""), &header(Fault::Credential));
    check(&with_key("a/b"), &header(Fault::Credential));
    check(&with_key("a b"), &header(Fault::Credential));
    check(&with_key("é"), &header(Fault::Credential));
    check(&with_key(&"A".repeat(129)), &Refusal::KeyIdTooLong);
    check(&with_key(&"A".repeat(100_000)), &Refusal::KeyIdTooLong);
    assert!(verify(&with_key(&"A".repeat(128))).is_ok());
}

#[test]
fn r_sig_03_changing_anything_signed_breaks_the_signature() {
    let draft = Draft { query: "prefix=a&delimiter=%2F".to_owned(), ..Draft::get("/bucket/key") }
        .with("content-type", "text/plain")
        .with("x-amz-meta-a", "1");
    type Edit = fn(&mut Parts);
    let edits: [Edit; 15] = [
        |it| it.method = Method::PUT,
        |it| it.method = Method::HEAD,
        |it| retarget(it, "/bucket/key", "/bucket/key2"),
        |it| retarget(it, "/bucket/key", "/bucket//key"),
        |it| retarget(it, "/bucket/key", "/bucket/./key"),
        |it| retarget(it, "/bucket/key", "/bucket/%6Bey2"),
        |it| retarget(it, "/bucket/key", "/bucket%252Fkey"),
        |it| retarget(it, "prefix=a", "prefix=b"),
        |it| retarget(it, "prefix=a", "prefix="),
        |it| retarget(it, "prefix=a&", ""),
        |it| retarget(it, "prefix=a&", "prefix=a&prefix=&"),
        |it| set(it, "host", "other.s3.amazonaws.com"),
        |it| set(it, "content-type", "text/html"),
        |it| set(it, "x-amz-meta-a", "2"),
        |it| {
            it.headers.append("x-amz-meta-a", HeaderValue::from_static("1"));
        },
    ];
    assert!(verify(&draft.in_header()).is_ok());
    for (n, edit) in edits.into_iter().enumerate() {
        let mut parts = draft.in_header();
        edit(&mut parts);
        assert_eq!(verify(&parts).err(), Some(Refusal::SignatureDoesNotMatch), "edit {n}");
    }
}

#[test]
fn r_sig_03_a_signed_header_that_was_removed_is_named() {
    let mut parts = Draft::get("/key").with("content-type", "text/plain").in_header();
    parts.headers.remove("content-type");
    check(&parts, &Refusal::SignedHeaderAbsent("content-type".into()));
}

#[test]
fn r_sig_05_a_missing_or_unknown_payload_hash_is_refused() {
    check(&Draft::get("/key").without("x-amz-content-sha256").in_header(), &Refusal::ContentSha256Missing);
    let unknown = [
        "",
        "unsigned-payload",
        "UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-EVENTS",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD",
        "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85g",
        "\u{e9}",
    ];
    for value in unknown {
        let mut draft = Draft::get("/key").set("x-amz-content-sha256", value);
        draft.payload = value.to_owned();
        check(&draft.in_header(), &Refusal::ContentSha256Malformed);
    }
    for value in [
        "UNSIGNED-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    ] {
        let mut draft = Draft::get("/key").set("x-amz-content-sha256", value);
        draft.payload = value.to_owned();
        let payload = verify(&draft.in_header()).unwrap().content_sha256();
        assert_eq!(payload.header_value(), value);
        assert_eq!(payload.header(), value);
        assert_eq!(payload.is_streaming(), value.starts_with("STREAMING"));
    }
    // The header's value is what is signed: another payload line does not match.
    let draft = Draft { payload: "UNSIGNED-PAYLOAD".to_owned(), ..Draft::get("/key") };
    check(&draft.in_header(), &Refusal::SignatureDoesNotMatch);
}

#[test]
fn r_sig_06_a_request_dated_16_minutes_ago_is_skewed() {
    let parts = Draft::get("/key").in_header();
    let skewed = |now| Refusal::Skewed { at: Timestamp::from_unix(NOW), now: Timestamp::from_unix(now) };
    for now in [NOW + 900, NOW - 900, NOW] {
        assert!(verify_at(&parts, now).is_ok(), "{now}");
    }
    for now in [NOW + 901, NOW - 901, NOW + 960, NOW + 86_400, NOW + 604_800, 0, u64::MAX] {
        assert_eq!(verify_at(&parts, now).err(), Some(skewed(now)));
    }
}

#[test]
fn r_sig_06_a_request_without_a_date_or_with_a_malformed_one_is_refused() {
    let undated = Draft::get("/key").without("x-amz-date");
    check(&undated.in_header(), &Refusal::DateMissing);
    for date in
        ["", "20130524T000000", "20130524T000000z", "Fri, 24 May 2013 00:00:00 GMT", "1369353600", "\u{e9}"]
    {
        check(&undated.clone().with("x-amz-date", date).in_header(), &Refusal::DateMalformed);
    }
    for date in ["", "yesterday", "Thu, 24 May 2013 00:00:00 GMT"] {
        check(&undated.clone().with("date", date).in_header(), &Refusal::DateMalformed);
    }
}

#[test]
fn r_sig_06_an_unsigned_or_second_date_does_not_count() {
    let undated = Draft::get("/key").without("x-amz-date");
    let mut unsigned = undated.in_header();
    set(&mut unsigned, "date", "Fri, 24 May 2013 00:00:00 GMT");
    check(&unsigned, &Refusal::DateNotSigned);
    let old = Draft { at: "20130524T000000Z".to_owned(), ..Draft::get("/key") };
    let mut freshened = old.in_header();
    set(&mut freshened, "date", "Fri, 24 May 2013 01:00:00 GMT");
    assert!(matches!(verify_at(&freshened, NOW + 3_600), Err(Refusal::Skewed { .. })));
}

#[test]
fn r_sig_07_the_credential_scope_must_be_ours_exactly() {
    let scoped = |scope: &str| Draft { scope: scope.to_owned(), ..Draft::get("/key") }.in_header();
    let wrong_region = |given: &str| Refusal::WrongRegion {
        place: Place::Header,
        given: given.into(),
        expected: "us-east-1".into(),
    };
    let table = [
        ("20130523/us-east-1/s3/aws4_request", header(Fault::ScopeDate)),
        ("20130525/us-east-1/s3/aws4_request", header(Fault::ScopeDate)),
        ("2013052/us-east-1/s3/aws4_request", header(Fault::Credential)),
        ("201305240/us-east-1/s3/aws4_request", header(Fault::Credential)),
        ("x0130524/us-east-1/s3/aws4_request", header(Fault::Credential)),
        ("20130524/us-west-2/s3/aws4_request", wrong_region("us-west-2")),
        ("20130524/US-EAST-1/s3/aws4_request", wrong_region("US-EAST-1")),
        ("20130524//s3/aws4_request", wrong_region("")),
        ("20130524/us-east-1/s3express/aws4_request", header(Fault::ScopeService { expected: "s3" })),
        ("20130524/us-east-1/S3/aws4_request", header(Fault::ScopeService { expected: "s3" })),
        ("20130524/us-east-1/s3/aws4_requests", header(Fault::ScopeTerminator)),
        ("20130524/us-east-1/s3", header(Fault::Credential)),
        ("20130524/us-east-1/s3/aws4_request/", header(Fault::Credential)),
        ("x/20130524/us-east-1/s3/aws4_request", header(Fault::Credential)),
    ];
    for (scope, refusal) in table {
        check(&scoped(scope), &refusal);
    }
}

#[test]
fn r_sig_08_a_malformed_authorization_or_another_scheme_is_refused() {
    let table = [
        ("", header(Fault::Syntax)),
        ("AWS AKIAIOSFODNN7EXAMPLE:c2lnbmF0dXJl", Refusal::SignatureV2),
        ("AWS4-ECDSA-P256-SHA256 Credential=a/b", Refusal::SignatureV4a),
        ("Basic dXNlcjpwYXNz", Refusal::UnsupportedScheme),
        ("Bearer token", Refusal::UnsupportedScheme),
        ("aws4-hmac-sha256 Credential=a", Refusal::UnsupportedScheme),
        ("AWS4-HMAC-SHA512 Credential=a", Refusal::UnsupportedScheme),
        ("AWS4-HMAC-SHA256", header(Fault::Syntax)),
        ("AWS4-HMAC-SHA256 ", header(Fault::Syntax)),
        ("AWS4-HMAC-SHA256 nonsense", header(Fault::Syntax)),
        ("AWS4-HMAC-SHA256 \u{e9}", header(Fault::Syntax)),
        ("AWS4-HMAC-SHA256 credential=a", header(Fault::UnknownPart)),
        ("AWS4-HMAC-SHA256 Signature=a", header(Fault::Missing("Credential"))),
        ("AWS4-HMAC-SHA256 Credential=a, Signature=a", header(Fault::Missing("SignedHeaders"))),
        ("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host", header(Fault::Missing("Signature"))),
        ("AWS4-HMAC-SHA256 Credential=a, Credential=b", header(Fault::Repeated("Credential"))),
    ];
    for (value, refusal) in table {
        check(&signed(|it| set(it, "authorization", value)), &refusal);
    }
    check(&signed(|it| reauthorize(it, ", ", ",, ")), &header(Fault::Syntax));
    check(&signed(|it| reauthorize(it, "Signature=", "Extra=1, Signature=")), &header(Fault::UnknownPart));
}

#[test]
fn r_sig_08_signed_headers_must_be_lower_case_sorted_and_distinct() {
    let list = "host;x-amz-content-sha256;x-amz-date";
    for wrong in [
        "",
        ";",
        "Host;x-amz-content-sha256;x-amz-date",
        "x-amz-date;host;x-amz-content-sha256",
        "host;host;x-amz-content-sha256;x-amz-date",
        "host;;x-amz-content-sha256;x-amz-date",
        ";host;x-amz-content-sha256;x-amz-date",
        "host;x-amz-content-sha256;x-amz-date;",
        "host;x-amz-content-sha256;x-amz-date;z y",
        "host x-amz-content-sha256 x-amz-date",
    ] {
        check(&signed(|it| reauthorize(it, list, wrong)), &header(Fault::SignedHeaders));
    }
}

#[test]
fn r_sig_09_what_may_come_once_may_not_come_twice() {
    let table = [
        ("authorization", "Authorization"),
        ("host", "Host"),
        ("x-amz-date", "x-amz-date"),
        ("x-amz-content-sha256", "x-amz-content-sha256"),
        ("x-amz-security-token", "x-amz-security-token"),
    ];
    let draft = Draft::get("/key").with("x-amz-security-token", "token");
    for (name, title) in table {
        // The same value again, and the signature made over both.
        let mut parts = draft.in_header();
        let value = parts.headers[name].clone();
        parts.headers.append(name, value.clone());
        check(&parts, &Refusal::Repeated(title));
        if name != "authorization" {
            let doubled = draft.clone().with(name, value.to_str().unwrap());
            check(&doubled.in_header(), &Refusal::Repeated(title));
        }
    }
}

#[test]
fn r_sig_09_header_and_query_authentication_together_are_refused() {
    for parameter in
        ["X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Signature=0", "X-Amz-Expires=1", "X-Amz-Security-Token=t"]
    {
        let draft = Draft { query: parameter.to_owned(), ..Draft::get("/key") };
        check(&draft.in_header(), &Refusal::HeaderAndQuery);
    }
    let mut both = Draft::bare("/key").in_query();
    set(&mut both, "authorization", "Basic dXNlcjpwYXNz");
    check(&both, &Refusal::HeaderAndQuery);
    let v2 = Draft { query: "AWSAccessKeyId=a&Signature=b&Expires=1".to_owned(), ..Draft::get("/key") };
    check(&v2.in_header(), &Refusal::SignatureV2);
}

#[test]
fn r_sig_10_an_unsigned_host_or_amz_header_is_refused() {
    for name in ["host", "x-amz-date", "x-amz-content-sha256"] {
        let draft = Draft { unsigned: vec![name], ..Draft::get("/key") };
        check(&draft.in_header(), &Refusal::HeaderNotSigned(name.into()));
    }
    for name in
        ["x-amz-copy-source", "x-amz-acl", "x-amz-meta-a", "x-amz-security-token", "x-amz-tagging", "x-amz-"]
    {
        check(&signed(|it| set(it, name, "v")), &Refusal::HeaderNotSigned(name.into()));
    }
    // A load balancer adds this one.
    assert!(verify(&signed(|it| set(it, "x-amzn-trace-id", "Root=1"))).is_ok());
}

#[test]
fn r_sig_11_a_session_token_alone_is_not_anonymous() {
    let parts = Draft::bare("/key").with("x-amz-security-token", "token").unsigned_parts("");
    assert_eq!(Presented::read(&Wire::from(&parts)).unwrap_err(), Refusal::TokenWithoutSignature);
}

#[test]
fn r_sig_13_forwarding_headers_change_nothing() {
    for name in ["x-forwarded-host", "forwarded", "x-original-url", "x-rewrite-url", "x-http-method-override"]
    {
        assert!(verify(&signed(|it| set(it, name, "evil"))).is_ok());
        let mut moved = signed(|it| set(it, "host", "other"));
        set(&mut moved, name, "examplebucket.s3.amazonaws.com");
        check(&moved, &Refusal::SignatureDoesNotMatch);
    }
}

#[test]
fn r_sig_14_headers_named_in_connection_are_verified() {
    let draft = Draft::get("/key").with("connection", "x-amz-meta-a, host").with("x-amz-meta-a", "1");
    assert!(verify(&draft.in_header()).is_ok());
    let mut parts = draft.in_header();
    set(&mut parts, "x-amz-meta-a", "2");
    check(&parts, &Refusal::SignatureDoesNotMatch);
    check(
        &signed(|it| {
            set(it, "connection", "x-amz-acl");
            set(it, "x-amz-acl", "v")
        }),
        &Refusal::HeaderNotSigned("x-amz-acl".into()),
    );
}

#[test]
fn r_rob_01_a_malformed_escape_is_refused() {
    for target in ["/key%", "/%zz", "/key?a=%", "/key?%g0=1", "/key?a=%FF"] {
        let parts = signed(|it| it.uri = target.parse().unwrap());
        assert_eq!(verify(&parts).err(), Some(Refusal::MalformedUri), "{target}");
    }
}

#[test]
fn r_log_01_debug_shows_neither_signature_nor_token() {
    let parts = Draft::get("/key").with("x-amz-security-token", "sealed-token").in_header();
    let wire = Wire::from(&parts);
    let presented = Presented::read(&wire).unwrap().unwrap();
    let signature = Draft::get("/key").with("x-amz-security-token", "sealed-token").signature("");
    let shown = format!("{presented:?}");
    assert!(
        shown.contains(KEY_ID) && !shown.contains(&signature) && !shown.contains("sealed-token"),
        "{shown}"
    );
    let keys = SigningKeys::default();
    let now = Timestamp::from_unix(NOW);
    let verified = presented.verify(&wire, &SecretKey::new(SECRET), "us-east-1", now, &keys).unwrap();
    let shown = format!("{verified:?}");
    assert!(shown.contains(KEY_ID) && !shown.contains(&signature[..8]) && !shown.contains(SECRET), "{shown}");
}

#[test]
fn every_refusal_says_what_to_do() {
    let parts = Draft::get("/key").in_header();
    let wire = Wire::from(&parts);
    let presented = Presented::read(&wire).unwrap().unwrap();
    let keys = SigningKeys::default();
    let refusal = presented
        .verify(&wire, &SecretKey::new(SECRET), "eu-central-1", Timestamp::from_unix(NOW), &keys)
        .unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'. \
         Set the client's region to 'eu-central-1'."
    );
    assert!(Refusal::SignatureV2.to_string().contains("signature_version=\"s3v4\""));
}
