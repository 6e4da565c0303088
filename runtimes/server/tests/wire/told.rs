//! R-ERR: what clients are told when things go wrong.

use crate::support::Brigade;
use crate::support::client::{Raw, ask, bare};
use crate::support::faulty::{Act, Faulty, ok};
use brigade_server::Limits;

#[tokio::test]
async fn r_err_01_every_error_has_a_code_and_a_request_id() {
    let brigade = Brigade::alone().await;
    let address = brigade.address;
    for request in [
        "GET /local/none HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET /none HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET /UPPER_case!/k HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET /.brigade/unknown HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET /.brigade/refused HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET /local?acl HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "PUT /local/k HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "POST / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "OPTIONS /local/k HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "nonsense\r\n\r\n".to_owned(),
        bare(address, "GET /remote/k"),
        bare(address, "GET /local/none"),
    ] {
        let answer = ask(address, &request).await;
        assert!(answer.status >= 400, "{request}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/xml"), "R-ERR-03: {answer:?}");
        let id = answer.header("x-amz-request-id").unwrap();
        assert!(answer.text().contains(&format!("<RequestId>{id}</RequestId>")), "{answer:?}");
        assert!(!answer.code().is_empty());
    }
    let mut raw = Raw::to(address).await;
    raw.send("HEAD /local/none HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let answer = raw.answer_to("HEAD").await.unwrap();
    assert_eq!(answer.status, 404);
    assert!(answer.header("x-amz-request-id").is_some());
    let next = raw.ask("GET /.brigade/health HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(next.text().starts_with("ok\n"), "no body was sent with the answer to HEAD: {next:?}");
}

#[tokio::test]
async fn r_err_02_nothing_of_the_store_is_told() {
    let error = |status: u16, code: &str| {
        let xml = format!(
            "<Error><Code>{code}</Code><Message>hidden-bucket UPSTREAMKEY</Message><BucketName>hidden-bucket</BucketName>\
             <Key>hidden-prefix/k</Key><AWSAccessKeyId>UPSTREAMKEY</AWSAccessKeyId><HostId>hidden-host</HostId></Error>"
        );
        let length = xml.len();
        Act::Answer(
            format!(
                "HTTP/1.1 {status} X\r\nserver: hidden-server\r\nx-amz-id-2: hidden-host\r\nx-amz-request-id: hidden-id\r\n\
                 x-amz-bucket-region: hidden\r\nset-cookie: hidden\r\nvia: hidden\r\ncontent-length: {length}\r\n\r\n{xml}"
            )
            .into_bytes(),
        )
    };
    for (status, code) in [
        (403, "SignatureDoesNotMatch"),
        (403, "InvalidAccessKeyId"),
        (404, "NoSuchBucket"),
        (404, "NoSuchKey"),
        (400, "Odd"),
        (500, "InternalError"),
        (503, "SlowDown"),
    ] {
        let store = Faulty::start(&[error(status, code)]).await;
        let brigade = Brigade::start(store.address, Default::default()).await;
        for line in ["GET /remote/k", "GET /remote?list-type=2", "DELETE /remote/k"] {
            let answer = ask(brigade.address, bare(brigade.address, line)).await;
            let told = format!("{:?}{}", answer.headers, answer.text());
            assert!(answer.status >= 400, "{line}: {answer:?}");
            for secret in ["hidden", "UPSTREAMKEY", "src/", "panicked", &store.address.to_string()] {
                assert!(
                    !told.contains(secret),
                    "{secret} in the answer to {line} when the store says {code}: {told}"
                );
            }
        }
    }
    // A store that cannot be reached is not named either.
    let brigade = Brigade::alone().await;
    let answer = ask(brigade.address, bare(brigade.address, "GET /remote/k")).await;
    assert_eq!(answer.status, 503);
    assert!(!format!("{answer:?}{}", answer.text()).contains("127.0.0.1"), "{answer:?}");
}

#[tokio::test]
async fn r_err_03_request_text_is_escaped_and_nothing_redirects() {
    let brigade = Brigade::alone().await;
    for target in [
        "/local/%3Cscript%3Ealert(1)%3C/script%3E",
        "//evil.example/%2e%2e",
        "/%5Cevil.example",
        "/local/?%3Cb%3E=1",
    ] {
        for host in ["a", "evil.example"] {
            let answer = ask(brigade.address, format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
            assert!(answer.status >= 400, "{target}: {answer:?}");
            assert!(
                !answer.text().contains("<script>") && !answer.text().contains("<b>"),
                "{}",
                answer.text()
            );
            assert_eq!(answer.header("content-type"), Some("application/xml"));
            assert!(answer.header("location").is_none());
        }
    }
}

#[tokio::test]
async fn r_err_04_overrides_cannot_inject_header_lines() {
    let store = Faulty::start(&[Act::Answer(ok("x"))]).await;
    let brigade = Brigade::start(store.address, Default::default()).await;
    for bucket in ["local", "remote"] {
        let put = crate::support::client::upload(brigade.address, &format!("PUT /{bucket}/k"), b"x");
        assert_eq!(ask(brigade.address, put).await.status, 200);
        for value in ["a%0D%0AX-Evil:%201", "a%0AX-Evil:1", "a%00", "%C4%8D%C4%8A"] {
            for name in [
                "response-content-type",
                "response-content-disposition",
                "response-cache-control",
                "response-expires",
            ] {
                let line = format!("GET /{bucket}/k?{name}={value}");
                let answer = ask(brigade.address, bare(brigade.address, &line)).await;
                assert!(answer.header("x-evil").is_none(), "{line}: {answer:?}");
                assert!(answer.status < 500, "{line}: {answer:?}");
            }
        }
    }
}

#[tokio::test]
async fn health_and_readiness_are_answered_without_a_key() {
    let text = "[server]\nregion = \"eu-north-1\"\n";
    let brigade = Brigade::configured(text, Limits::default(), None).await;
    let health = format!("ok\nconfig {}\n", brigade_config::version(text));
    for (path, expect) in [("/.brigade/health", health.as_str()), ("/.brigade/ready", "ready\n")] {
        let answer = ask(brigade.address, format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, expect));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}
