//! R-LOG: one line per request, and nothing in it that was not meant for it.

use brigade_sigv4::ContentSha256;

use crate::support::client::{Raw, ask, bare, signed, upload};
use crate::support::{Brigade, KEY_ID, SECRET};

#[tokio::test]
async fn each_request_has_one_line_that_says_what_happened() {
    let mut brigade = Brigade::alone().await;
    let address = brigade.address;
    ask(address, upload(address, "PUT /local/a%20key", b"hello")).await;
    let line = brigade.line().await;
    for (field, expect) in [
        ("method", "PUT".into()),
        ("caller", KEY_ID.into()),
        ("operation", "PutObject".into()),
        ("bucket", "local".into()),
        ("key", "a key".into()),
        ("status", 200.into()),
        ("bytes_in", 5.into()),
        ("bytes_out", serde_json::Value::from(0)),
    ] {
        assert_eq!(line[field], expect, "{field} in {line}");
    }
    assert!(line["client"].as_str().unwrap().starts_with("127.0.0.1:"), "{line}");
    assert!(line.get("aborted").is_none() && line.get("refused").is_none(), "{line}");

    let answer = ask(address, "GET /local/a%20key HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let line = brigade.line().await;
    assert_eq!((&line["caller"], &line["bytes_out"]), (&"anonymous".into(), &5.into()), "{line}");
    assert_eq!(line["request_id"], answer.header("x-amz-request-id").unwrap());

    let answer = ask(address, "GET /remote/k HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let line = brigade.line().await;
    assert_eq!((answer.status, &line["status"]), (403, &403.into()));
    assert!(line["refused"].as_str().unwrap().starts_with("AccessDenied"), "{line}");

    ask(address, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(brigade.line().await["refused"].as_str().unwrap().starts_with("MethodNotAllowed"));
    ask(address, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").await;
    assert!(brigade.line().await["refused"].as_str().unwrap().starts_with("InvalidRequest"));
}

#[tokio::test]
async fn a_client_that_leaves_before_the_answer_has_a_line_too() {
    let mut brigade = Brigade::alone().await;
    let whole = upload(brigade.address, "PUT /local/k", b"cut short");
    let mut raw = Raw::to(brigade.address).await;
    raw.send(&whole[..whole.len() - 2]).await;
    drop(raw);
    let line = brigade.line().await;
    assert_eq!(line["method"], "PUT");
    assert!(line["aborted"] == true || line["status"] == 400, "{line}");
}

#[tokio::test]
async fn r_met_01_what_was_read_of_a_document_that_was_cut_is_counted() {
    let mut brigade = Brigade::alone().await;
    let whole = upload(brigade.address, "POST /local?delete", &[b' '; 100]);
    let mut raw = Raw::to(brigade.address).await;
    raw.send(&whole[..whole.len() - 2]).await;
    drop(raw);
    let line = brigade.line().await;
    assert_eq!((&line["method"], &line["bytes_in"]), (&"POST".into(), &98.into()), "{line}");
}

#[tokio::test]
async fn r_log_01_no_secret_or_signature_is_in_the_log() {
    let mut brigade = Brigade::alone().await;
    let address = brigade.address;
    let good = bare(address, "GET /remote/k");
    let signature = good.split_once("Signature=").unwrap().1.lines().next().unwrap().to_owned();
    let requests = [
        good.clone(),
        good.replace("Signature=", "Signature=f"),
        good.replace("AWS4-HMAC-SHA256", "AWS4-CANARY-SHA256"),
        signed(address, "GET /remote/k", &["x-amz-security-token: canary"], ContentSha256::EMPTY),
        signed(
            address,
            "GET /local/k",
            &["x-amz-server-side-encryption-customer-key: canary"],
            ContentSha256::EMPTY,
        ),
        format!(
            "GET /local/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={KEY_ID}%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=canary HTTP/1.1\r\nHost: a\r\n\r\n"
        ),
        "GET /local/k?AWSAccessKeyId=a&Signature=canary&Expires=1 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET /local/k HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer canary\r\n\r\n".to_owned(),
        "GET /local/k?unknown=canary HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET /local/k HTTP/1.1\r\nHost: a\r\nAuthorization: canary\r\nAuthorization: canary\r\n\r\n"
            .to_owned(),
    ];
    for request in requests {
        ask(address, &request).await;
        let line = brigade.line().await.to_string();
        for secret in [SECRET, "canary", "CANARY", "X-Amz", signature.as_str()] {
            assert!(!line.contains(secret), "{secret} in {line}, after {request}");
        }
    }
}

#[tokio::test]
async fn r_log_02_client_text_cannot_start_a_line() {
    let mut brigade = Brigade::alone().await;
    for key in ["a%0A%7B%22status%22:200%7D", "%1B%5B2J", "%C2%9B2J", "%E2%80%AEx", "%0D"] {
        ask(brigade.address, format!("GET /local/{key} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        let line = brigade.line().await;
        assert_eq!(line["operation"], "GetObject", "{line}");
        let key = brigade_sigv4::percent_decode(key).unwrap();
        assert_eq!(line["key"].as_str().unwrap().as_bytes(), key, "one line, from which the key can be read");
    }
}
