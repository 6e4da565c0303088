//! R-PRE: presigned URLs.

use brigade_sigv4::{ContentSha256, Fault, Place, Presented, Refusal, Timestamp, Wire};
use http::request::Parts;
use http::{HeaderValue, Method};

use crate::draft::{Draft, EMPTY, KEY_ID, NOW, retarget, set, verify, verify_at};

#[track_caller]
fn check(parts: &Parts, expect: &Refusal) {
    assert_eq!(verify(parts).err().as_ref(), Some(expect), "{parts:?}");
}

fn query(fault: Fault) -> Refusal {
    Refusal::Malformed { place: Place::Query, fault }
}

fn presigned(edit: impl FnOnce(&mut Parts)) -> Parts {
    let mut parts =
        Draft { query: "response-content-type=text%2Fplain".to_owned(), ..Draft::bare("/bucket/key") }
            .in_query();
    edit(&mut parts);
    parts
}

#[test]
fn a_presigned_url_verifies() {
    let parts = presigned(|_| {});
    let wire = Wire::from(&parts);
    let presented = Presented::read(&wire).unwrap().unwrap();
    assert!(presented.is_presigned());
    assert_eq!(presented.key_id(), KEY_ID);
    assert_eq!(presented.content_sha256(), ContentSha256::Unsigned);
    assert!(verify(&parts).unwrap().is_presigned());
    // A browser adds headers of its own.
    let mut browser = parts;
    set(&mut browser, "range", "bytes=0-1");
    set(&mut browser, "content-type", "text/plain");
    assert!(verify(&browser).is_ok());
}

#[test]
fn r_pre_01_a_presigned_url_works_until_it_expires_and_not_a_second_after() {
    let parts = Draft { expires: "60".to_owned(), ..Draft::bare("/key") }.in_query();
    for now in [NOW, NOW + 60, NOW - 900] {
        assert!(verify_at(&parts, now).is_ok(), "{now}");
    }
    let until = Timestamp::from_unix(NOW + 60);
    for now in [NOW + 61, NOW + 3_600, u64::MAX] {
        let expired = Refusal::Expired { until, now: Timestamp::from_unix(now) };
        assert_eq!(verify_at(&parts, now).err(), Some(expired));
    }
    let week = Draft { expires: "604800".to_owned(), ..Draft::bare("/key") }.in_query();
    assert!(verify_at(&week, NOW + 604_800).is_ok());
    assert!(verify_at(&week, NOW + 604_801).is_err());
}

#[test]
fn r_pre_02_a_url_dated_more_than_15_minutes_ahead_is_not_valid_yet() {
    let parts = presigned(|_| {});
    for now in [NOW - 901, NOW - 3_600, 0] {
        assert_eq!(verify_at(&parts, now).err(), Some(Refusal::NotYetValid), "{now}");
    }
}

#[test]
fn r_pre_03_expires_must_be_1_to_604800_in_plain_digits() {
    for expires in [
        "0",
        "604801",
        "9999999",
        "-1",
        "%2B60",
        "+60",
        "60.0",
        "6e1",
        "0x60",
        "",
        "%2060",
        "60s",
        "18446744073709551617",
        "%D9%A1",
    ] {
        let draft = Draft { expires: expires.to_owned(), ..Draft::bare("/key") };
        check(&draft.in_query(), &query(Fault::Expires));
    }
}

#[test]
fn r_pre_04_every_one_of_the_six_parameters_is_required() {
    let whole = presigned(|_| {});
    let pairs: Vec<&str> = whole.uri.query().unwrap().split('&').collect();
    for name in [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ] {
        let rest: Vec<&str> =
            pairs.iter().copied().filter(|pair| pair.split('=').next() != Some(name)).collect();
        assert_eq!(rest.len(), pairs.len() - 1);
        let parts = presigned(|it| it.uri = format!("/bucket/key?{}", rest.join("&")).parse().unwrap());
        check(&parts, &query(Fault::Missing(name)));
        let alone = Draft::bare("/key").unsigned_parts(&format!("{name}=AWS4-HMAC-SHA256"));
        assert!(Presented::read(&Wire::from(&alone)).is_err(), "{name} alone");
    }
    let token = Draft::bare("/key").unsigned_parts("X-Amz-Security-Token=t");
    check(&token, &query(Fault::Missing("X-Amz-Algorithm")));
}

#[test]
fn r_pre_05_any_change_to_a_presigned_url_is_refused() {
    type Edit = fn(&mut Parts);
    let edits: [Edit; 10] = [
        |it| it.method = Method::PUT,
        |it| it.method = Method::HEAD,
        |it| retarget(it, "/bucket/key", "/bucket/other"),
        |it| retarget(it, "text%2Fplain", "text%2Fhtml"),
        |it| retarget(it, "X-Amz-Expires=86400", "X-Amz-Expires=86401"),
        |it| retarget(it, "X-Amz-Signature", "versionId=1&X-Amz-Signature"),
        |it| retarget(it, "X-Amz-Signature", "tagging&X-Amz-Signature"),
        |it| retarget(it, "&response-content-type=text%2Fplain", ""),
        |it| retarget(it, "response-content-type", "x-id=GetObject&response-content-type"),
        |it| set(it, "host", "elsewhere"),
    ];
    for (n, edit) in edits.into_iter().enumerate() {
        assert_eq!(verify(&presigned(edit)).err(), Some(Refusal::SignatureDoesNotMatch), "edit {n}");
    }
    let after = presigned(|it| {
        let target = format!("{}&versionId=1", it.uri);
        it.uri = target.parse().unwrap();
    });
    check(&after, &Refusal::SignatureDoesNotMatch);
}

#[test]
fn r_pre_05_a_repeated_authentication_parameter_is_refused() {
    let whole = presigned(|_| {});
    for pair in whole.uri.query().unwrap().split('&').filter(|pair| pair.starts_with("X-Amz-")) {
        let (name, value) = pair.split_once('=').unwrap();
        for again in
            [format!("{name}={value}"), format!("{name}="), format!("{}={value}", name.replace('X', "%58"))]
        {
            let parts = presigned(|it| it.uri = format!("{}&{again}", it.uri).parse().unwrap());
            assert!(matches!(verify(&parts), Err(Refusal::Repeated(it)) if it == name), "{again}");
        }
    }
}

#[test]
fn r_pre_06_host_must_be_signed() {
    let draft = Draft { unsigned: vec!["host"], ..Draft::bare("/key") }.with("range", "bytes=0-1");
    check(&draft.in_query(), &Refusal::HeaderNotSigned("host".into()));
    check(
        &presigned(|it| retarget(it, "SignedHeaders=host", "SignedHeaders=Host")),
        &query(Fault::SignedHeaders),
    );
}

#[test]
fn r_pre_07_amz_headers_not_signed_into_the_url_are_refused() {
    for (name, value) in [
        ("x-amz-copy-source", "/other/key"),
        ("x-amz-acl", "public-read"),
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-security-token", "token"),
    ] {
        check(&presigned(|it| set(it, name, value)), &Refusal::HeaderNotSigned(name.into()));
    }
    let signed = Draft::bare("/key").with("x-amz-acl", "private");
    assert!(verify(&signed.in_query()).is_ok());
}

#[test]
fn r_pre_08_a_credential_without_a_valid_signature_authenticates_nothing() {
    for payload in [None, Some("UNSIGNED-PAYLOAD"), Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), Some(EMPTY)] {
        let mut draft = Draft { secret: "another".to_owned(), ..Draft::bare("/key") };
        if let Some(payload) = payload {
            payload.clone_into(&mut draft.payload);
            draft = draft.with("x-amz-content-sha256", payload);
        }
        check(&draft.in_query(), &Refusal::SignatureDoesNotMatch);
    }
    check(
        &presigned(|it| {
            let target = it.uri.to_string();
            let (rest, _) = target.split_once("X-Amz-Signature=").unwrap();
            it.uri = format!("{rest}X-Amz-Signature=").parse().unwrap();
        }),
        &Refusal::SignatureDoesNotMatch,
    );
}

#[test]
fn r_pre_09_only_aws4_hmac_sha256_is_accepted() {
    for query in [
        "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=c2ln&Expires=1369440000",
        "awsaccesskeyid=a",
        "%41WSAccessKeyId=a&Expires=1&Signature=b",
    ] {
        check(&Draft::bare("/key").unsigned_parts(query), &Refusal::SignatureV2);
    }
    check(
        &presigned(|it| retarget(it, "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")),
        &Refusal::SignatureV4a,
    );
    for algorithm in ["", "aws4-hmac-sha256", "AWS4-HMAC-SHA1", "none"] {
        check(&presigned(|it| retarget(it, "AWS4-HMAC-SHA256", algorithm)), &query(Fault::Algorithm));
    }
}

#[test]
fn r_pre_10_the_credential_is_checked_like_the_headers() {
    let region =
        Refusal::WrongRegion { place: Place::Query, given: "eu-west-1".into(), expected: "us-east-1".into() };
    let table = [
        ("20130523/us-east-1/s3/aws4_request", query(Fault::ScopeDate)),
        ("20130524/eu-west-1/s3/aws4_request", region),
        ("20130524/us-east-1/sts/aws4_request", query(Fault::ScopeService { expected: "s3" })),
        ("20130524/us-east-1/s3/aws3_request", query(Fault::ScopeTerminator)),
        ("us-east-1/s3/aws4_request", query(Fault::Credential)),
        ("extra/20130524/us-east-1/s3/aws4_request", query(Fault::Credential)),
    ];
    for (scope, refusal) in table {
        check(&Draft { scope: scope.to_owned(), ..Draft::bare("/key") }.in_query(), &refusal);
    }
    for date in ["", "20130524", "20130524T000000", "2013-05-24T00:00:00Z"] {
        let parts =
            presigned(|it| retarget(it, "X-Amz-Date=20130524T000000Z", &format!("X-Amz-Date={date}")));
        check(&parts, &query(Fault::Date));
    }
}

#[test]
fn r_pre_11_parameter_names_in_another_case_are_refused() {
    for name in [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ] {
        check(&presigned(|it| retarget(it, name, &name.to_lowercase())), &Refusal::MiscasedParameter(name));
        check(&presigned(|it| retarget(it, name, &name.to_uppercase())), &Refusal::MiscasedParameter(name));
    }
    let lower = Draft::bare("/key").unsigned_parts("x-amz-security-token=t");
    check(&lower, &Refusal::MiscasedParameter("X-Amz-Security-Token"));
}

#[test]
fn r_pre_13_aliases_of_the_signed_path_are_refused() {
    for alias in [
        "//bucket/key",
        "/bucket/./key",
        "/bucket/x/../key",
        "/bucket/key%00",
        "/bucket/key/",
        "/bucket/key%20",
    ] {
        check(&presigned(|it| retarget(it, "/bucket/key", alias)), &Refusal::SignatureDoesNotMatch);
    }
}

#[test]
fn r_pre_14_a_payload_hash_signed_into_the_url_is_told() {
    let hash = ContentSha256::parse(EMPTY).unwrap();
    // Both spellings of the canonical request's last line, the hash in a header or in the query.
    for payload in [EMPTY, "UNSIGNED-PAYLOAD"] {
        let base = Draft { method: "PUT", payload: payload.to_owned(), ..Draft::bare("/key") };
        let header = base.clone().with("x-amz-content-sha256", EMPTY);
        assert_eq!(verify(&header.in_query()).unwrap().content_sha256(), hash);
        let parameter = Draft { query: format!("X-Amz-Content-Sha256={EMPTY}"), ..base };
        assert_eq!(verify(&parameter.in_query()).unwrap().content_sha256(), hash);
    }
    let both = Draft { query: "X-Amz-Content-Sha256=UNSIGNED-PAYLOAD".to_owned(), ..Draft::bare("/key") };
    check(
        &both.clone().with("x-amz-content-sha256", EMPTY).in_query(),
        &Refusal::Repeated("x-amz-content-sha256"),
    );
    assert_eq!(verify(&both.in_query()).unwrap().content_sha256(), ContentSha256::Unsigned);
    let twice = Draft {
        query: format!("X-Amz-Content-Sha256={EMPTY}&x-amz-content-sha256={EMPTY}"),
        ..Draft::bare("/key")
    };
    check(&twice.in_query(), &Refusal::Repeated("X-Amz-Content-Sha256"));
    let unknown = Draft { query: "X-Amz-Content-Sha256=maybe".to_owned(), ..Draft::bare("/key") };
    check(&unknown.in_query(), &Refusal::ContentSha256Malformed);
}

#[test]
fn r_tok_02_a_session_token_is_signed_and_comes_once() {
    let draft = Draft { query: "X-Amz-Security-Token=a%2Bb%2F%3D".to_owned(), ..Draft::bare("/key") };
    let parts = draft.in_query();
    let presented = Presented::read(&Wire::from(&parts)).unwrap().unwrap();
    assert_eq!(presented.session_token(), Some("a+b/="));
    assert!(verify(&parts).is_ok());
    check(
        &draft.clone().with("x-amz-security-token", "a+b/=").in_query(),
        &Refusal::Repeated("x-amz-security-token"),
    );
    let mut other = draft.in_query();
    retarget(&mut other, "a%2Bb", "a%2Bc");
    check(&other, &Refusal::SignatureDoesNotMatch);
    let mut stripped = draft.in_query();
    retarget(&mut stripped, "&X-Amz-Security-Token=a%2Bb%2F%3D", "");
    check(&stripped, &Refusal::SignatureDoesNotMatch);
    let mut twice = draft.in_query();
    twice.headers.append("x-amz-security-token", HeaderValue::from_static("t"));
    check(&twice, &Refusal::Repeated("x-amz-security-token"));
}
