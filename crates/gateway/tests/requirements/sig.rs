//! R-SIG: signatures in the `Authorization` header.

use brigade_testkit::{Ask, NOW, Signer, amz_date, keys};

use super::check::{case, operations, refused, served};

const MISMATCH: &str = "403 SignatureDoesNotMatch";
const MALFORMED: &str = "400 AuthorizationHeaderMalformed";
const REPEATED: &str = "400 InvalidArgument | 400 InvalidRequest";
const UNREADABLE: &str = "400 InvalidArgument | 400 AuthorizationHeaderMalformed | 400 InvalidRequest";

fn get() -> Ask {
    Ask::new("GET", "/private/secret")
}

fn put() -> Ask {
    Ask::new("PUT", "/private/secret").body("new")
}

/// Every operation, signed by someone who may.
fn signed(signer: &Signer) -> Vec<(&'static str, Ask)> {
    operations("private", "team/a").into_iter().map(|(name, ask)| (name, ask.sign(signer))).collect()
}

#[tokio::test]
async fn r_sig_01_a_signature_wrong_in_any_bit_is_refused_and_the_right_one_is_not_told() {
    let right = get().sign(&keys::full());
    let signature = right.value("authorization").rsplit_once('=').unwrap().1.to_owned();
    let with = |signature: &str| {
        right
            .clone()
            .change("authorization", |value| format!("{}={signature}", value.rsplit_once('=').unwrap().0))
    };
    let mut cases = Vec::new();
    for at in 0..64 {
        for bit in [1, 2, 4, 8] {
            let mut wrong = signature.clone().into_bytes();
            let digit = char::from(wrong[at]).to_digit(16).unwrap() ^ bit;
            wrong[at] = char::from_digit(digit, 16).unwrap() as u8;
            cases.push(case(
                format!("bit {bit} of digit {at}"),
                MISMATCH,
                with(std::str::from_utf8(&wrong).unwrap()),
            ));
        }
    }
    cases.push(case("upper case", MISMATCH, with(&signature.to_uppercase())));
    cases.push(case("truncated", MISMATCH, with(&signature[..63])));
    cases.push(case("extended", MISMATCH, with(&format!("{signature}0"))));
    cases.push(case("empty", MISMATCH, with("")));
    let other = Signer { secret: "other".into(), ..keys::full() };
    for (name, ask) in signed(&other) {
        cases.push(case(format!("{name} with another secret"), MISMATCH, ask));
    }
    for answer in refused(cases).await {
        assert!(!answer.everything().contains(&signature));
        assert!(!answer.record.refused.unwrap().contains(&signature));
    }
}

#[tokio::test]
async fn r_sig_02_an_unknown_or_malformed_key_id_is_refused_and_told_no_more() {
    let of = |id: &str| get().sign(&Signer { key_id: id.into(), ..keys::full() });
    let expect = "403 InvalidAccessKeyId | 400";
    let mut cases = vec![case("unknown", "403 InvalidAccessKeyId", get().sign(&keys::unknown()))];
    let (long, longer) = ("A".repeat(129), "A".repeat(5000));
    for id in
        ["", "*", "akidfull", "AKIDFULL ", "AKID FULL", "AKIDFULL\u{1}", "../AKIDFULL", "é", &long, &longer]
    {
        let written = format!("Credential={id}/20261120/us-east-1/s3/aws4_request");
        let ask = if id.is_ascii() && !id.contains(['\u{1}', '/']) {
            of(id)
        } else {
            get().sign(&keys::full()).change("authorization", |value| {
                value.replace("Credential=AKIDFULL/20261120/us-east-1/s3/aws4_request", &written)
            })
        };
        if !ask.value("authorization").contains('\u{1}') {
            cases.push(case(format!("{:.20}", id), expect, ask));
        }
    }
    refused(cases).await;

    // Whether a key was never there, was switched off or has ended is nobody's business.
    let same = [keys::unknown(), keys::disabled(), keys::expired()]
        .map(|signer| case(&signer.key_id, "403 InvalidAccessKeyId", get().sign(&signer)));
    let answers = refused(same).await;
    assert!(answers.windows(2).all(|pair| pair[0].body == pair[1].body), "{answers:?}");
}

#[tokio::test]
async fn r_sig_03_a_change_after_signing_is_refused() {
    let signer = keys::full();
    let list = || Ask::new("GET", "/private?list-type=2&prefix=team/&max-keys=5").sign(&signer);
    let meta = || put().header("x-amz-meta-a", "1").header("content-type", "text/plain").sign(&signer);
    refused([
        case("method", MISMATCH, get().sign(&signer).remethod("HEAD")),
        case("method to one that deletes", MISMATCH, get().sign(&signer).remethod("DELETE")),
        case("path", MISMATCH, get().sign(&signer).retarget(|_| "/private/team".into())),
        case("bucket", MISMATCH, get().sign(&signer).retarget(|_| "/public/secret".into())),
        case("path, by an encoding", MISMATCH, get().sign(&signer).retarget(|_| "/private/secret%20".into())),
        case("query added", MISMATCH, get().sign(&signer).parameter("versionId", "null")),
        case("query value", MISMATCH, list().retarget(|t| t.replace("team/", "team2/"))),
        case("query removed", MISMATCH, list().retarget(|t| t.replace("&max-keys=5", ""))),
        case("query flag", MISMATCH, list().retarget(|t| format!("{t}&fetch-owner=true"))),
        case("host", MISMATCH, get().sign(&signer).set("host", "other.test")),
        case("port", MISMATCH, get().sign(&signer).set("host", "gateway.test:81")),
        case("metadata", MISMATCH, meta().set("x-amz-meta-a", "2")),
        case("metadata twice", MISMATCH, meta().header("x-amz-meta-a", "2")),
        case("content type", MISMATCH, meta().set("content-type", "text/html")),
        case("header removed", MISMATCH, meta().without("x-amz-meta-a")),
        case("time", MISMATCH, put().sign(&signer).set("x-amz-date", &amz_date(NOW + 1))),
    ])
    .await;
}

#[tokio::test]
async fn r_sig_03_an_equal_spelling_is_no_change() {
    let signer = keys::full();
    served([
        case("as signed", "200", get().sign(&signer)),
        case("a letter encoded", "200", get().sign(&signer).retarget(|_| "/private/%73ecret".into())),
        case(
            "query in another order",
            "200",
            Ask::new("GET", "/private?prefix=team%2F&list-type=2")
                .sign(&signer)
                .retarget(|_| "/private?list-type=2&prefix=team/".into()),
        ),
        case(
            "spaces around and within a header",
            "200",
            put().header("x-amz-meta-a", "a  b").sign(&signer).set("x-amz-meta-a", "  a b "),
        ),
    ])
    .await;
}

#[tokio::test]
async fn r_sig_04_a_body_that_is_not_the_signed_one_is_refused_and_the_object_stays() {
    let mismatch = "400 XAmzContentSHA256Mismatch";
    let signer = keys::full();
    let mut large = vec![b'x'; 3 << 20];
    let whole = Ask::new("PUT", "/private/secret").body(large.clone()).sign(&signer);
    *large.last_mut().unwrap() = b'y';
    let delete = |key: &str| format!("<Delete><Object><Key>{key}</Key></Object></Delete>");
    super::check::failed([
        case("swapped", mismatch, put().sign(&signer).body("new2")),
        case("same length", mismatch, put().sign(&signer).body("wen")),
        case("emptied", mismatch, put().sign(&signer).body("")),
        case("where nothing was signed", mismatch, put().body("").sign(&signer).body("new")),
        case("to a new key", mismatch, Ask::new("PUT", "/private/fresh").body("a").sign(&signer).body("b")),
        case("the last byte of megabytes", mismatch, whole.clone().body(large.clone())),
        case("the last byte, in frames", mismatch, whole.frames(large.chunks(10_000).map(<[u8]>::to_vec))),
        case(
            "a batch delete",
            mismatch,
            Ask::new("POST", "/private?delete").body(delete("team/a")).sign(&signer).body(delete("secret")),
        ),
        case("under a prefix", mismatch, Ask::new("PUT", "/mapped/secret").body("a").sign(&signer).body("b")),
    ])
    .await;
}

#[tokio::test]
async fn r_sig_05_a_missing_or_unknown_payload_hash_is_never_read_as_unsigned() {
    let silent = Signer { declares: false, ..keys::full() };
    let mut cases = Vec::new();
    for (name, ask) in operations("private", "team/a") {
        cases.push(case(format!("{name} without"), "400 InvalidRequest", ask.clone().sign(&silent)));
        let unsigned = silent.clone().mark("UNSIGNED-PAYLOAD");
        cases.push(case(format!("{name} unsigned, unsaid"), "400 InvalidRequest", ask.sign(&unsigned)));
    }
    let digits = "0".repeat(63);
    let upper = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
    for mark in [
        "UNSIGNED",
        "unsigned-payload",
        "UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING",
        "STREAMING-AWS4-HMAC-SHA512-PAYLOAD",
        "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        "streaming-unsigned-payload-trailer",
        "e3b0c44298fc1c149afbf4c8996fb924",
        "-",
        &digits,
        upper,
        &format!("{digits}g"),
    ] {
        cases.push(case(mark, "400 InvalidArgument", put().sign(&keys::full().mark(mark))));
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_sig_06_a_request_dated_16_minutes_ago_is_skewed() {
    let cases = signed(&keys::full().at(NOW - 16 * 60))
        .into_iter()
        .map(|(name, ask)| case(name, "403 RequestTimeTooSkewed", ask));
    refused(cases).await;
}

#[tokio::test]
async fn r_sig_06_fifteen_minutes_are_the_limit_either_way() {
    let skewed = "403 RequestTimeTooSkewed";
    refused([
        case("past", skewed, get().sign(&keys::full().at(NOW - 901))),
        case("future", skewed, get().sign(&keys::full().at(NOW + 901))),
        case("a year", skewed, get().sign(&keys::full().at(NOW - 365 * 86_400))),
        case("1970", skewed, get().sign(&keys::full().at(0))),
        case("replayed", skewed, get().sign(&keys::full())).at(NOW + 901),
        case(
            "with a fresh Date beside",
            skewed,
            get().sign(&keys::full().at(NOW - 901)).header("date", "Fri, 20 Nov 2026 12:00:00 GMT"),
        ),
        case(
            "with a fresh, signed Date beside",
            skewed,
            get().header("date", "Fri, 20 Nov 2026 12:00:00 GMT").sign(&keys::full().at(NOW - 901)),
        ),
    ])
    .await;
    served([
        case("900 s ago", "200", get().sign(&keys::full().at(NOW - 900))),
        case("900 s ahead", "200", get().sign(&keys::full().at(NOW + 900))),
    ])
    .await;
}

#[tokio::test]
async fn r_sig_06_a_missing_or_malformed_date_is_refused() {
    let denied = "403 AccessDenied";
    let dateless = || get().sign(&keys::full()).without("x-amz-date");
    let mut cases = vec![
        case("none", denied, dateless()),
        case("an unsigned one", denied, dateless().header("date", "Fri, 20 Nov 2026 12:00:00 GMT")),
    ];
    for date in [
        "",
        "20261120",
        "20261120T120000",
        "20261120t120000z",
        "20261120T120000Z ",
        "2026-11-20T12:00:00Z",
        "20261120T126000Z",
        "20261120T240000Z",
        "20261320T120000Z",
        "20260231T120000Z",
        "+0261120T120000Z",
        "20261120T120000+0000",
        "Fri, 20 Nov 2026 12:00:00 GMT",
        "1795176000",
    ] {
        // Surrounding space is no part of a header's value: the HTTP layer takes it off.
        if date.trim() == date {
            cases.push(case(format!("{date:?}"), denied, get().sign(&keys::full()).set("x-amz-date", date)));
        }
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_sig_07_the_scope_is_exactly_ours() {
    let rescoped = |scope: &str| {
        get().sign(&keys::full()).change("authorization", |value| {
            value.replace("AKIDFULL/20261120/us-east-1/s3/aws4_request", scope)
        })
    };
    let regional = |region: &str| get().sign(&Signer { region: region.into(), ..keys::full() });
    let mut cases = vec![
        case("service", MALFORMED, get().sign(&Signer { service: "ec2".into(), ..keys::full() })),
        case("service case", MALFORMED, get().sign(&Signer { service: "S3".into(), ..keys::full() })),
    ];
    for scope in [
        "AKIDFULL/20261119/us-east-1/s3/aws4_request",
        "AKIDFULL/20261121/us-east-1/s3/aws4_request",
        "AKIDFULL/20261120/us-east-1/s3/aws4_request2",
        "AKIDFULL/20261120/us-east-1/s3/AWS4_REQUEST",
        "AKIDFULL/20261120/us-east-1/s3/",
        "AKIDFULL/20261120/us-east-1/s3",
        "AKIDFULL/20261120/us-east-1/aws4_request",
        "AKIDFULL/us-east-1/s3/aws4_request",
        "AKIDFULL/20261120/us-east-1/s3/aws4_request/x",
        "AKIDFULL/20261120//s3/aws4_request",
        "AKIDFULL//us-east-1/s3/aws4_request",
        "AKIDFULL/2026112/us-east-1/s3/aws4_request",
        "AKIDFULL/20261120T/us-east-1/s3/aws4_request",
        "AKIDFULL",
        "/20261120/us-east-1/s3/aws4_request",
        "",
    ] {
        cases.push(case(scope, MALFORMED, rescoped(scope)));
    }
    refused(cases).await;
    let regions = ["eu-west-1", "US-EAST-1", "us-east-1a", "aws-global", "*"];
    let answers = refused(regions.map(|region| case(region, MALFORMED, regional(region)))).await;
    for answer in answers {
        assert_eq!(answer.element("Region"), "us-east-1", "SDKs recover by it: {}", answer.text());
    }
}

#[tokio::test]
async fn r_sig_08_any_other_or_malformed_authorization_is_refused() {
    let right = get().sign(&keys::full()).value("authorization").to_owned();
    let part = |from: &str, to: &str| right.replace(from, to);
    let mut cases = Vec::new();
    for value in [
        String::new(),
        "AWS4-HMAC-SHA256".into(),
        "AWS4-HMAC-SHA256 ".into(),
        "AWS AKIDFULL:frJIUN8DYpKDtOLCwo//yllqDzg=".into(),
        "Basic QUtJREZVTEw6c2VjcmV0".into(),
        "Bearer eyJhbGciOiJub25lIn0.e30.".into(),
        part("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        part("AWS4-HMAC-SHA256", "aws4-hmac-sha256"),
        part("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        part("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256"),
        part("Credential=", "Credentials="),
        part("SignedHeaders=", "Signedheaders="),
        part("Signature=", "X="),
        part("SignedHeaders=host;", "SignedHeaders=;host;"),
        part("SignedHeaders=host;", "SignedHeaders=Host;"),
        part("SignedHeaders=host;", "SignedHeaders=host;host;"),
        part("SignedHeaders=host;x-amz-content-sha256;x-amz-date", "SignedHeaders=x-amz-date;host"),
        part("SignedHeaders=host;x-amz-content-sha256;x-amz-date", "SignedHeaders="),
        part("SignedHeaders=host;", "SignedHeaders=host,"),
        format!("{right}, Signature=0"),
        format!("{right}, Extra=1"),
        format!("{right},"),
        right.split(", Signature").next().unwrap().to_owned(),
        right.replace(", ", "; "),
    ] {
        cases.push(case(&*value, UNREADABLE, get().sign(&keys::full()).set("authorization", &value)));
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_sig_08_the_forms_clients_write_are_read() {
    let ask = || get().sign(&keys::full());
    served([
        case("without spaces", "200", ask().change("authorization", |value| value.replace(", ", ","))),
        case("with more", "200", ask().change("authorization", |value| value.replace(", ", " ,  "))),
    ])
    .await;
}

#[tokio::test]
async fn r_sig_09_a_repeated_identity_is_refused() {
    let ask = || get().sign(&keys::full());
    let twice = |name: &str| {
        let value = ask().value(name).to_owned();
        ask().header(name, &value)
    };
    let mut cases: Vec<_> = ["authorization", "host", "x-amz-date", "x-amz-content-sha256"]
        .into_iter()
        .map(|name| case(format!("{name} twice"), REPEATED, twice(name)))
        .collect();
    let token = Signer { token: Some("t".into()), ..keys::full() };
    cases.push(case("a token twice", REPEATED, get().sign(&token).header("x-amz-security-token", "u")));
    cases.push(case("another host", REPEATED, ask().header("host", "evil.test")));
    cases.push(case("a fresh date", REPEATED, ask().header("x-amz-date", &amz_date(NOW))));
    cases.push(case("header and query", REPEATED, get().presign(&keys::full(), 60).sign(&keys::full())));
    cases.push(case("header and part of a query", REPEATED, ask().parameter("X-Amz-Signature", "0")));
    cases.push(case("header and SigV2 query", "400", ask().parameter("AWSAccessKeyId", "AKIDFULL")));
    refused(cases).await;
}

#[tokio::test]
async fn r_sig_10_every_amz_header_present_must_be_signed() {
    let mut cases = Vec::new();
    for (name, value) in [
        ("x-amz-copy-source", "/private/secret"),
        ("x-amz-acl", "public-read"),
        ("x-amz-meta-a", "1"),
        ("x-amz-tagging", "a=b"),
        ("x-amz-storage-class", "STANDARD"),
        ("x-amz-website-redirect-location", "http://evil.test/"),
        ("x-amz-server-side-encryption-customer-key", "AAAA"),
        ("x-amz-security-token", "t"),
        ("x-amz-unheard-of", "1"),
    ] {
        let ask = Ask::new("PUT", "/private/team/a").body("").sign(&keys::full());
        cases.push(case(name, "403 AccessDenied", ask.header(name, value)));
    }
    for name in ["host", "x-amz-date", "x-amz-content-sha256"] {
        let ask = get().header("range", "bytes=0-1");
        cases.push(case(name, "403 AccessDenied", ask.sign(&keys::full().leaving_out(&[name]))));
    }
    for answer in refused(cases).await {
        let message = answer.element("Message");
        assert!(
            message.starts_with("There were headers present in the request which were not signed"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn r_sig_10_an_unsigned_copy_source_reads_nothing() {
    let ask = Ask::new("PUT", "/private/team/a").body("").sign(&keys::team());
    refused([case("copy", "403 AccessDenied", ask.header("x-amz-copy-source", "/private/secret"))]).await;
}

#[tokio::test]
async fn r_sig_11_a_failing_identity_is_refused_on_a_public_bucket_too() {
    let other = Signer { secret: "other".into(), ..keys::full() };
    let skewed = keys::full().at(NOW - 1000);
    let mut cases = Vec::new();
    for target in ["/public/public.txt", "/public?list-type=2", "/open/public.txt"] {
        let get = || Ask::new("GET", target);
        cases.push(case("another secret", MISMATCH, get().sign(&other)));
        cases.push(case("unknown", "403 InvalidAccessKeyId", get().sign(&keys::unknown())));
        cases.push(case("disabled", "403 InvalidAccessKeyId", get().sign(&keys::disabled())));
        cases.push(case("skewed", "403 RequestTimeTooSkewed", get().sign(&skewed)));
        cases.push(case("presigned, expired", "403 AccessDenied", get().presign(&skewed, 60)));
        cases.push(case("presigned, another secret", MISMATCH, get().presign(&other, 60)));
        cases.push(case("a token alone", "403 AccessDenied", get().header("x-amz-security-token", "t")));
        cases.push(case("basic", UNREADABLE, get().header("authorization", "Basic YTpi")));
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_sig_12_disabled_and_expired_keys_are_refused() {
    let mut cases = Vec::new();
    for signer in [keys::disabled(), keys::expired()] {
        for (name, ask) in operations("private", "team/a") {
            let what = format!("{} {name}", signer.key_id);
            cases.push(case(&what, "403 InvalidAccessKeyId", ask.clone().sign(&signer)));
            cases.push(case(&what, "403 InvalidAccessKeyId", ask.presign(&signer, 60)));
        }
    }
    refused(cases).await;
    let earlier = NOW - 10;
    served([case("before its end", "200", get().sign(&keys::expired().at(earlier))).at(earlier)]).await;
}

#[tokio::test]
async fn r_sig_13_forwarding_headers_change_neither_verification_nor_routing() {
    let hints = [
        ("x-forwarded-host", "other.gateway.test"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-prefix", "/private"),
        ("x-forwarded-port", "443"),
        ("forwarded", "host=private.gateway.test;for=127.0.0.1"),
        ("x-original-url", "/private/secret"),
        ("x-rewrite-url", "/private/secret"),
        ("x-original-host", "private.gateway.test"),
        ("x-http-method-override", "DELETE"),
        ("x-http-method", "DELETE"),
        ("x-method-override", "DELETE"),
        ("x-real-ip", "127.0.0.1"),
        ("via", "1.1 edge"),
    ];
    let mut allowed = Vec::new();
    let mut denied = Vec::new();
    for (name, value) in hints {
        let public = Ask::new("GET", "/public/public.txt").header(name, value);
        allowed.push(case(name, "200", public));
        allowed.push(case(name, "200", get().sign(&keys::full()).header(name, value)));
        denied.push(case(name, "403 AccessDenied", get().header(name, value)));
        denied.push(case(
            name,
            MISMATCH,
            get().sign(&keys::full()).set("host", "a.test").header(name, value),
        ));
    }
    let answers = served(allowed).await;
    for pair in answers.chunks(2) {
        assert_eq!(pair[0].text(), "store-public holds public.txt");
        assert_eq!(pair[1].text(), "store-private holds secret");
    }
    refused(denied).await;
}

#[tokio::test]
async fn r_sig_14_headers_named_in_connection_are_verified_all_the_same() {
    let named = |ask: Ask| {
        ask.header("connection", "close, authorization, x-amz-date, x-amz-content-sha256, host, x-amz-meta-a")
    };
    let meta = || put().header("x-amz-meta-a", "1").sign(&keys::full());
    refused([
        case("a changed one", MISMATCH, named(meta()).set("x-amz-meta-a", "2")),
        case(
            "an unsigned one",
            "403 AccessDenied",
            named(put().sign(&keys::full())).header("x-amz-meta-a", "1"),
        ),
        case("a stale date", "403 RequestTimeTooSkewed", named(put().sign(&keys::full().at(NOW - 1000)))),
        case("no identity", "403 AccessDenied", named(put())),
        case(
            "a hidden copy source",
            "403 AccessDenied",
            put()
                .body("")
                .sign(&keys::full())
                .header("x-amz-copy-source", "/private/team")
                .header("connection", "x-amz-copy-source"),
        ),
    ])
    .await;
    served([case("nothing wrong", "200", named(meta()))]).await;
}
