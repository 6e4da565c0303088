//! R-PRE: presigned URLs.

use brigade_testkit::{Ask, NOW, Signer, keys};

use super::check::{Case, case, failed, operations, refused, served};

const MISMATCH: &str = "403 SignatureDoesNotMatch";
const PARAMETERS: &str = "400 AuthorizationQueryParametersError";
const CHANGED: &str = "403 SignatureDoesNotMatch | 400";

fn get() -> Ask {
    Ask::new("GET", "/private/secret")
}

fn url() -> Ask {
    get().presign(&keys::full(), 600)
}

/// The URL with one parameter's value replaced, encoded or not, as given.
fn with(ask: Ask, name: &str, value: &str) -> Ask {
    ask.retarget(|target| {
        let (path, query) = target.split_once('?').unwrap();
        let pairs: Vec<_> =
            query
                .split('&')
                .map(|pair| {
                    if pair.split('=').next() == Some(name) { format!("{name}={value}") } else { pair.into() }
                })
                .collect();
        format!("{path}?{}", pairs.join("&"))
    })
}

fn without(ask: Ask, name: &str) -> Ask {
    ask.retarget(|target| {
        let (path, query) = target.split_once('?').unwrap();
        let pairs: Vec<_> = query.split('&').filter(|pair| pair.split('=').next() != Some(name)).collect();
        format!("{path}?{}", pairs.join("&"))
    })
}

#[tokio::test]
async fn r_pre_01_a_url_works_until_its_end_and_not_a_second_after() {
    served([
        case("at once", "200", url()),
        case("in its last second", "200", url()).at(NOW + 600),
        case("for a week", "200", get().presign(&keys::full(), 604_800)).at(NOW + 604_800),
    ])
    .await;
    let expired = "403 AccessDenied";
    let answers = refused([
        case("a second after", expired, url()).at(NOW + 601),
        case("one second long", expired, get().presign(&keys::full(), 1)).at(NOW + 2),
        case("a week and a second", expired, get().presign(&keys::full(), 604_800)).at(NOW + 604_801),
        case("a year after", expired, url()).at(NOW + 365 * 86_400),
    ])
    .await;
    for answer in answers {
        assert!(answer.element("Message").starts_with("Request has expired"), "{}", answer.text());
    }
}

#[tokio::test]
async fn r_pre_02_a_url_dated_ahead_is_not_valid_yet() {
    served([case("15 minutes ahead", "200", get().presign(&keys::full().at(NOW + 900), 60))]).await;
    let answers = refused([
        case("a second more", "403 AccessDenied", get().presign(&keys::full().at(NOW + 901), 60)),
        case("a day", "403 AccessDenied", get().presign(&keys::full().at(NOW + 86_400), 604_800)),
    ])
    .await;
    for answer in answers {
        assert!(answer.element("Message").starts_with("Request is not valid yet"), "{}", answer.text());
    }
}

#[tokio::test]
async fn r_pre_03_the_lifetime_is_plain_digits_up_to_a_week() {
    let mut cases = vec![
        case("a week and a second, signed", PARAMETERS, get().presign(&keys::full(), 604_801)),
        case("nothing, signed", PARAMETERS, get().presign(&keys::full(), 0)),
    ];
    for value in [
        "0",
        "604801",
        "-1",
        "%2B60",
        "+60",
        "60s",
        "1e3",
        "",
        "0x10",
        "60.0",
        "%2060",
        "60%20",
        "nan",
        "9999999",
        "99999999999999999999999",
        "%D9%A6",
        "60,60",
        "60%00",
    ] {
        cases.push(case(format!("{value:?}"), PARAMETERS, with(url(), "X-Amz-Expires", value)));
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_pre_04_a_url_needs_all_six_parameters() {
    let names = [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ];
    let mut cases: Vec<Case> =
        names.iter().map(|name| case(format!("without {name}"), PARAMETERS, without(url(), name))).collect();
    for name in names {
        let alone = get().parameter(name, "AWS4-HMAC-SHA256");
        cases.push(case(format!("{name} alone"), PARAMETERS, alone));
        let public = Ask::new("GET", "/public/public.txt").presign(&keys::full(), 60);
        cases.push(case(format!("public, without {name}"), PARAMETERS, without(public, name)));
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_pre_05_any_change_to_a_url_is_refused() {
    let list = || Ask::new("GET", "/private?list-type=2&prefix=team/").presign(&keys::full(), 600);
    let mut cases = vec![
        case("method", CHANGED, url().remethod("DELETE")),
        case("method to HEAD", CHANGED, url().remethod("HEAD")),
        case("path", CHANGED, url().retarget(|t| t.replace("/secret", "/team"))),
        case("host", CHANGED, url().set("host", "other.test")),
        case("a virtual host", CHANGED, url().set("host", "public.gateway.test")),
        case("another prefix", CHANGED, list().retarget(|t| t.replace("prefix=team/", "prefix="))),
        case("an added parameter", CHANGED, list().parameter("max-keys", "1")),
        case("an added flag", CHANGED, url().retarget(|t| format!("{t}&tagging"))),
        case("response header", CHANGED, url().parameter("response-content-type", "text/html")),
        case("a second prefix", CHANGED, list().retarget(|t| format!("{t}&prefix=secret"))),
        case("a longer life", CHANGED, with(url(), "X-Amz-Expires", "601")),
        case("a day's date", CHANGED, with(url(), "X-Amz-Date", "20261120T120001Z")),
        case("fewer signed headers", CHANGED, with(url(), "X-Amz-SignedHeaders", "host%3Brange")),
    ];
    for name in [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ] {
        let again = url().retarget(|target| {
            let pair = target.split(['?', '&']).find(|pair| pair.starts_with(name)).unwrap().to_owned();
            format!("{target}&{pair}")
        });
        cases.push(case(format!("{name} twice"), CHANGED, again));
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_pre_06_host_must_be_signed() {
    let ask = get().header("range", "bytes=0-1").presign(&keys::full().leaving_out(&["host"]), 60);
    refused([case("without", "403 AccessDenied", ask)]).await;
}

#[tokio::test]
async fn r_pre_07_amz_headers_that_the_url_does_not_sign_are_refused() {
    let put = || Ask::new("PUT", "/private/team/a").body("x").presign(&keys::full(), 60);
    let mut cases = Vec::new();
    for (name, value) in [
        ("x-amz-copy-source", "/private/secret"),
        ("x-amz-acl", "public-read"),
        ("x-amz-meta-a", "1"),
        ("x-amz-tagging", "a=b"),
        ("x-amz-security-token", "t"),
        ("x-amz-date", "20261120T120000Z"),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
        ("x-amz-decoded-content-length", "1"),
    ] {
        cases.push(case(format!("{name}: {value}"), "403 AccessDenied", put().header(name, value)));
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_pre_08_a_credential_without_a_valid_signature_authenticates_nothing() {
    let marks = [
        "UNSIGNED-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ];
    let mut cases = Vec::new();
    for mark in marks {
        for target in ["/private/team/a", "/private/team/a?partNumber=1&uploadId=u", "/public/public.txt"] {
            let put = || {
                let ask = Ask::new("PUT", target).body("test").header("x-amz-content-sha256", mark);
                let ask = ask.header("x-amz-decoded-content-length", "4");
                if mark.ends_with("TRAILER") {
                    ask.header("x-amz-trailer", "x-amz-checksum-crc32")
                } else {
                    ask
                }
            };
            let forged = put().presign(&Signer { secret: "other".into(), ..keys::full() }, 60);
            cases.push(case(format!("{mark} forged"), MISMATCH, forged));
            let bare = put().retarget(|t| {
                let and = if t.contains('?') { '&' } else { '?' };
                format!("{t}{and}X-Amz-Credential=AKIDFULL%2F20261120%2Fus-east-1%2Fs3%2Faws4_request")
            });
            cases.push(case(format!("{mark} bare"), "403 | 400", bare));
            let empty = with(put().presign(&keys::full(), 60), "X-Amz-Signature", "");
            cases.push(case(format!("{mark} empty"), "403 | 400", empty));
        }
    }
    refused(cases).await;
}

#[tokio::test]
async fn r_pre_09_only_signature_version_4_is_accepted() {
    let v2 = |target: &str| Ask::new("GET", target);
    let mut cases = vec![
        case(
            "SigV2",
            "400 InvalidRequest",
            v2("/private/secret?AWSAccessKeyId=AKIDFULL&Expires=1795179600&Signature=abc%3D"),
        ),
        case(
            "SigV2 on a public bucket",
            "400 InvalidRequest",
            v2("/public/public.txt?AWSAccessKeyId=AKIDFULL&Expires=1795179600&Signature=abc%3D"),
        ),
    ];
    for algorithm in ["AWS4-ECDSA-P256-SHA256", "AWS4-HMAC-SHA1", "aws4-hmac-sha256", "none", ""] {
        cases.push(case(algorithm, "400", with(url(), "X-Amz-Algorithm", algorithm)));
    }
    let answers = refused(cases).await;
    assert!(answers[0].text().contains("s3v4"), "it says how to switch: {}", answers[0].text());
}

#[tokio::test]
async fn r_pre_10_the_credential_is_exactly_ours() {
    let mut cases = Vec::new();
    for scope in [
        "AKIDFULL/20261119/us-east-1/s3/aws4_request",
        "AKIDFULL/20261120/eu-west-1/s3/aws4_request",
        "AKIDFULL/20261120/US-EAST-1/s3/aws4_request",
        "AKIDFULL/20261120/us-east-1/ec2/aws4_request",
        "AKIDFULL/20261120/us-east-1/s3/aws4_request2",
        "AKIDFULL/20261120/us-east-1/s3",
        "AKIDFULL/20261120/us-east-1/s3/aws4_request/x",
        "/20261120/us-east-1/s3/aws4_request",
        "AKIDFULL",
        "",
    ] {
        let encoded = brigade_testkit::encode(scope);
        cases.push(case(scope, PARAMETERS, with(url(), "X-Amz-Credential", &encoded)));
    }
    let regional = Signer { region: "eu-west-1".into(), ..keys::full() };
    cases.push(case("signed for another region", PARAMETERS, get().presign(&regional, 60)));
    let service = Signer { service: "execute-api".into(), ..keys::full() };
    cases.push(case("signed for another service", PARAMETERS, get().presign(&service, 60)));
    refused(cases).await;
}

#[tokio::test]
async fn r_pre_11_other_spellings_are_no_authentication_and_unknown_keys_are_refused() {
    refused([
        case("lower case", "403", url().retarget(|t| t.replace("X-Amz-", "x-amz-"))),
        case("upper case", "403", url().retarget(|t| t.replace("X-Amz-", "X-AMZ-"))),
        case("unknown key", "403 InvalidAccessKeyId", get().presign(&keys::unknown(), 60)),
        case("disabled key", "403 InvalidAccessKeyId", get().presign(&keys::disabled(), 60)),
    ])
    .await;
}

#[tokio::test]
async fn r_pre_12_a_url_grants_no_more_than_its_signer_has() {
    let mut cases = Vec::new();
    for (name, ask) in operations("private", "team/a") {
        cases.push(case(name, "403 AccessDenied", ask.presign(&keys::nobody(), 60)));
    }
    for (name, ask) in operations("private", "team2/x") {
        cases.push(case(format!("team: {name}"), "403 AccessDenied", ask.presign(&keys::team(), 60)));
    }
    for (name, ask) in operations("private", "team/a") {
        if ["PUT", "POST", "DELETE"].contains(&ask.method()) {
            cases.push(case(format!("reader: {name}"), "403 AccessDenied", ask.presign(&keys::reader(), 60)));
        }
    }
    // A key limited to a prefix may ask for the bucket itself, and of a batch delete it hears key by key.
    cases.retain(|case| {
        !["team: HeadBucket", "team: GetBucketLocation", "team: DeleteObjects"].contains(&case.what())
    });
    refused(cases).await;
}

#[tokio::test]
async fn r_pre_13_aliases_of_the_signed_key_are_refused() {
    let alias = |path: &str| url().retarget(|t| t.replace("/private/secret", path));
    refused([
        case("//", "400 | 403 | 404", alias("/private//secret")),
        case("/./", "400 | 403 | 404", alias("/private/./secret")),
        case("/x/../", "400 | 403 | 404", alias("/private/x/../secret")),
        case("NUL", "400 | 403 | 404", alias("/private/secret%00")),
        case("a final slash", "400 | 403 | 404", alias("/private/secret/")),
        case("encoded slash", "400 | 403 | 404", alias("/private%2Fsecret")),
        case("encoded twice", "400 | 403 | 404", alias("/private/%2573ecret")),
        case("a double slash before", "400 | 403 | 404", alias("//private/secret")),
    ])
    .await;
}

#[tokio::test]
async fn r_pre_14_a_payload_hash_in_the_url_is_enforced() {
    let hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"; // of `test`
    let header = || {
        let ask = Ask::new("PUT", "/private/team/a").header("x-amz-content-sha256", hash);
        [ask.clone().presign(&keys::full(), 60), ask.presign(&keys::full().mark(hash), 60)]
    };
    let parameter = || {
        let ask = Ask::new("PUT", "/private/team/a").parameter("X-Amz-Content-Sha256", hash);
        [ask.clone().presign(&keys::full(), 60), ask.presign(&keys::full().mark(hash), 60)]
    };
    let expect = "400 XAmzContentSHA256Mismatch";
    let mut right = Vec::new();
    let mut wrong = Vec::new();
    for ask in header().into_iter().chain(parameter()) {
        wrong.push(case(ask.target(), expect, ask.clone().body("tset")));
        wrong.push(case(ask.target(), expect, ask.clone().body("")));
        right.push(case(ask.target(), "200", ask.clone().body("test")));
    }
    failed(wrong).await;
    served(right).await;
}
