//! R-ERR: what errors say, and what they do not.

use brigade_testkit::{Ask, World, keys};

use super::check::{case, served, served_by};

#[tokio::test]
async fn r_err_01_every_error_is_an_s3_document_under_a_request_id() {
    // `check::speaks_s3` holds every answer of every test here to it; these come from every stage.
    let answers = served([
        case("credentials", "400", Ask::new("GET", "/private/secret").header("authorization", "x")),
        case("signature", "403", Ask::new("GET", "/private/secret").sign(&keys::unknown())),
        case("addressing", "400 InvalidBucketName", Ask::new("GET", "/A/b")),
        case("operation", "501 NotImplemented", Ask::new("GET", "/private?session").sign(&keys::full())),
        case("argument", "400 InvalidArgument", Ask::new("GET", "/private?max-keys=x").sign(&keys::full())),
        case("authorization", "403 AccessDenied", Ask::new("GET", "/private/secret")),
        case(
            "document",
            "400 MalformedXML",
            Ask::new("POST", "/private?delete").body("x").sign(&keys::full()),
        ),
        case("store", "404 NoSuchKey", Ask::new("GET", "/private/absent").sign(&keys::full())),
        case("head", "404", Ask::new("HEAD", "/private/absent").sign(&keys::full())),
        case("no such bucket", "403 AccessDenied", Ask::new("GET", "/absent/x").sign(&keys::full())),
    ])
    .await;
    for answer in answers {
        assert!(answer.record.refused.is_some(), "the log says why: {answer:?}");
    }
}

#[tokio::test]
async fn r_err_03_request_text_in_errors_is_escaped_and_nothing_redirects() {
    let hostile = "%3Cscript%3Ealert(1)%3C/script%3E%0d%0aLocation:%20http://evil.test/";
    let world = World::embedded().await;
    let mut cases = Vec::new();
    for target in [
        format!("/{hostile}"),
        format!("/private/{hostile}"),
        format!("/private/secret?{hostile}"),
        format!("/private?prefix={hostile}"),
        format!("/private?delimiter={hostile}&prefix=nothing"),
        format!("/private?max-keys={hostile}"),
        format!("/private/secret?versionId={hostile}"),
        "//evil.test/%2e%2e".to_owned(),
        "/%5cevil.test".to_owned(),
        "/http://evil.test/".to_owned(),
    ] {
        let ask = Ask::new("GET", &target);
        cases.push(case(
            format!("{target} signed"),
            "200 | 400 | 403 | 404 | 501",
            ask.clone().sign(&keys::full()),
        ));
        cases.push(case(format!("{target} anonymous"), "400 | 403 | 404 | 501", ask));
    }
    for host in ["evil.test", "gateway.test.evil.test", "<script>.gateway.test", "evil.test/private"] {
        cases.push(case(host, "400 | 403 | 404", Ask::new("GET", "/absent/x").set("host", host)));
    }
    for answer in served_by(&world, cases).await {
        assert_eq!(answer.header("location"), "");
        assert!(!answer.text().to_lowercase().contains("<script"), "{}", answer.text());
        assert_eq!(answer.header("content-type"), "application/xml");
    }
}

#[tokio::test]
async fn r_err_04_response_overrides_cannot_inject_header_lines() {
    let world = World::embedded().await;
    for value in [
        "a%0d%0aSet-Cookie:%20x=1",
        "a%0aX:%20y",
        "a%0d",
        "a%00b",
        "%0d%0a%0d%0a%3Chtml%3E",
        "a%7f",
        "a%1b[31m",
    ] {
        for name in [
            "content-type",
            "content-disposition",
            "cache-control",
            "content-language",
            "content-encoding",
            "expires",
        ] {
            let target = format!("/private/secret?response-{name}={value}");
            for ask in [
                Ask::new("GET", &target).sign(&keys::full()),
                Ask::new("GET", &target).presign(&keys::full(), 60),
            ] {
                let answer = served_by(&world, [case(&target, "400", ask)]).await.remove(0);
                assert!(!answer.headers.contains_key("set-cookie") && !answer.headers.contains_key("x"));
            }
        }
    }
}

#[tokio::test]
async fn r_log_01_the_record_holds_no_secret() {
    let world = World::embedded().await;
    for ask in [
        Ask::new("GET", "/private/secret").sign(&keys::full()),
        Ask::new("GET", "/private/secret").presign(&keys::full(), 60),
        Ask::new("GET", "/private/secret").presign(&keys::unknown(), 60),
        Ask::new("PUT", "/private/secret")
            .header("x-amz-server-side-encryption-customer-key", "c3NlLWMta2V5")
            .body("x")
            .sign(&keys::nobody()),
    ] {
        let signature = [ask.value("authorization"), ask.target()]
            .iter()
            .find_map(|text| text.rsplit_once("Signature=").map(|(_, s)| s[..64].to_owned()))
            .unwrap();
        let target = ask.target().to_owned();
        let answer = world.send(ask).await;
        let record = format!("{:?}", answer.record);
        for secret in [signature.as_str(), "full secret", "c3NlLWMta2V5", "X-Amz-"] {
            assert!(!record.contains(secret), "{target}: {record}");
        }
    }
}

#[tokio::test]
async fn r_cache_01_an_authorized_answer_is_for_no_one_else() {
    let world = World::embedded().await;
    for _ in 0..2 {
        served_by(
            &world,
            [
                case("authorized", "200", Ask::new("GET", "/private/secret").sign(&keys::full())),
                case("anonymous", "403 AccessDenied", Ask::new("GET", "/private/secret")),
                case("another", "403 AccessDenied", Ask::new("GET", "/private/secret").sign(&keys::team())),
            ],
        )
        .await;
    }
    let answer = world.send(Ask::new("GET", "/private/secret").sign(&keys::full())).await;
    assert!(!answer.header("cache-control").contains("public"));
}

#[tokio::test]
async fn r_cache_02_reads_see_the_writes_before_them() {
    let world = World::embedded().await;
    for number in 0..5 {
        let text = format!("version {number}");
        let put = Ask::new("PUT", "/private/seen").body(text.clone()).sign(&keys::full());
        served_by(&world, [case("put", "200", put)]).await;
        let get = Ask::new("GET", "/private/seen").sign(&keys::full());
        assert_eq!(served_by(&world, [case("get", "200", get.clone())]).await[0].text(), text);
        let delete = Ask::new("DELETE", "/private/seen").sign(&keys::full());
        served_by(&world, [case("delete", "204", delete), case("gone", "404 NoSuchKey", get)]).await;
    }
}
