//! R-HTTP: one request is read in one way.

use brigade_sigv4::ContentSha256;

use crate::support::Brigade;
use crate::support::client::{Raw, ask, bare, signed, upload};
use crate::support::faulty::{Act, Faulty, ok};

/// The request, and behind it one that would be answered with 200 if it were ever read.
const SMUGGLED: &str = "GET /.brigade/health HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn r_http_01_ambiguous_framing_is_refused_and_the_connection_closed() {
    let mut store = Faulty::start(&[Act::Answer(ok(""))]).await;
    let brigade = Brigade::start(store.address, Default::default()).await;
    for lines in [
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: x\nTransfer-Encoding: chunked",
        "X: y\r\n Transfer-Encoding: chunked",
        "Content-Length: 4\r\nContent-Length: 4",
        "Content-Length: 4, 4",
        "Content-Length: +4",
        "Content-Length: 4\r\nContent-Length: 40",
        "Content-Length: -1",
        "Content-Length: 99999999999999999999",
    ] {
        for host in ["Host: a\r\n", ""] {
            let request = format!("PUT /open/k HTTP/1.1\r\n{host}{lines}\r\n\r\n0\r\n\r\n{SMUGGLED}");
            let mut raw = Raw::to(brigade.address).await;
            let answer = raw.ask(&request).await;
            assert_eq!(
                (answer.status, answer.header("connection")),
                (400, Some("close")),
                "{request:?}: {answer:?}"
            );
            assert_eq!(answer.code(), "InvalidRequest");
            assert_eq!(raw.rest().await, b"", "{request:?}");
        }
    }
    assert!(store.seen.try_recv().is_err(), "nothing reached the store");
}

#[tokio::test]
async fn r_http_01_a_request_with_transfer_encoding_never_leaves_the_connection_open() {
    let mut store = Faulty::start(&[Act::Answer(ok(""))]).await;
    let brigade = Brigade::start(store.address, Default::default()).await;
    let payload = ContentSha256::Unsigned;
    let target = "PUT /local/chunked";
    let head = signed(brigade.address, target, &["transfer-encoding: chunked"], payload);
    for body in [
        "5\r\nhello\r\n0\r\n\r\n",
        "zz\r\nhello\r\n0\r\n\r\n",
        "5\r\nhelloX0\r\n\r\n",
        "-5\r\nhello",
        "0x5\r\nhello\r\n0\r\n\r\n",
    ] {
        let mut raw = Raw::to(brigade.address).await;
        let answer = raw.ask(format!("{head}{body}{SMUGGLED}")).await;
        assert_eq!(answer.header("connection"), Some("close"), "{body:?}: {answer:?}");
        assert!(answer.status < 500, "{body:?}: {answer:?}");
        assert_eq!(raw.rest().await, b"", "{body:?}");
    }
    assert!(store.seen.try_recv().is_err());
}

#[tokio::test]
async fn r_http_01_no_byte_of_a_body_is_read_as_a_request() {
    let mut store = Faulty::start(&[Act::Answer(ok(""))]).await;
    let brigade = Brigade::start(store.address, Default::default()).await;
    let mut raw = Raw::to(brigade.address).await;
    for _ in 0..3 {
        let answer = raw.ask(upload(brigade.address, "PUT /remote/k", SMUGGLED.as_bytes())).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let seen = store.next().await;
        assert_eq!(seen.body, SMUGGLED.as_bytes());
    }
    assert_eq!(store.waiting(), 0);
    // Pipelined, in one write, with a body between the heads.
    let mut both = upload(brigade.address, "PUT /remote/k", SMUGGLED.as_bytes());
    both.extend(upload(brigade.address, "PUT /remote/k", b"second"));
    assert_eq!(raw.ask(both).await.status, 200);
    assert_eq!(raw.answer().await.unwrap().status, 200);
    assert_eq!(store.next().await.body, SMUGGLED.as_bytes());
    assert_eq!(store.next().await.body, b"second");
}

#[tokio::test]
async fn r_http_02_line_ends_never_become_header_lines_at_the_store() {
    let mut store = Faulty::start(&[Act::Answer(ok(""))]).await;
    let brigade = Brigade::start(store.address, Default::default()).await;
    for line in [
        "GET /remote/a%0d%0aX-Evil:%201",
        "GET /remote/a%0aX-Evil:1",
        "GET /remote/a%00b",
        "GET /remote/k?response-content-type=a%0d%0aX-Evil:%201",
        "GET /remote/k?versionId=a%0d%0aX-Evil:%201",
    ] {
        let answer = ask(brigade.address, bare(brigade.address, line)).await;
        assert!(answer.status < 500, "{line}: {answer:?}");
        assert!(answer.header("x-evil").is_none(), "R-ERR-04: {line}: {answer:?}");
    }
    for value in ["a\r\n X-Evil: 1", "a\nX-Evil: 1", "a\rX-Evil: 1", "a\0b"] {
        let request = format!("GET /open/k HTTP/1.1\r\nHost: a\r\nx-amz-meta-a: {value}\r\n\r\n");
        assert_eq!(ask(brigade.address, request).await.status, 400, "{value:?}");
    }
    while let Ok(seen) = store.seen.try_recv() {
        assert!(
            !seen.head.lines().any(|line| line.to_ascii_lowercase().starts_with("x-evil")),
            "{}",
            seen.head
        );
        assert!(!seen.head.contains('\0'));
    }
}

#[tokio::test]
async fn r_http_03_malformed_heads_are_400_and_absolute_targets_are_not_fetched() {
    let mut elsewhere = Faulty::start(&[Act::Answer(ok("stolen"))]).await;
    let mut store = Faulty::start(&[Act::Answer(ok("mine"))]).await;
    let brigade = Brigade::start(store.address, Default::default()).await;
    for request in [
        "GET /\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: user@a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        "GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
        "G\u{1}T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\u{16}\u{3}\u{1}\0\u{5}hello\r\n\r\n",
    ] {
        let mut raw = Raw::to(brigade.address).await;
        let answer = raw.ask(request).await;
        assert_eq!(answer.status, 400, "{request:?}: {answer:?}");
    }
    let target =
        format!("GET http://{}/open/k HTTP/1.1\r\nHost: {}\r\n\r\n", elsewhere.address, brigade.address);
    assert_eq!(ask(brigade.address, target).await.text(), "mine");
    assert!(store.next().await.head.starts_with("GET /hidden-bucket/hidden-prefix/k "));
    assert!(elsewhere.seen.try_recv().is_err());
}

#[tokio::test]
async fn r_http_04_unknown_methods_are_refused_and_trace_echoes_nothing() {
    let mut store = Faulty::start(&[Act::Answer(ok(""))]).await;
    let brigade = Brigade::start(store.address, Default::default()).await;
    for method in ["TRACE", "PATCH", "PROPFIND", "BREW", "get", "CONNECT"] {
        let target = if method == "CONNECT" { "a:443" } else { "/open/k" };
        let request = format!("{method} {target} HTTP/1.1\r\nHost: a\r\nx-echo: canary\r\n\r\n");
        let answer = ask(brigade.address, request).await;
        assert!(matches!(answer.status, 400 | 405), "{method}: {answer:?}");
        assert!(!format!("{answer:?}").contains("canary"), "{method}: {answer:?}");
    }
    assert!(store.seen.try_recv().is_err());
}

#[tokio::test]
async fn r_http_05_an_expectation_other_than_continue_is_417() {
    let brigade = Brigade::alone().await;
    let head = signed(
        brigade.address,
        "PUT /local/k",
        &["expect: 200-ok", "content-length: 5"],
        ContentSha256::Unsigned,
    );
    assert_eq!(ask(brigade.address, head).await.status, 417);
}

#[tokio::test]
async fn r_dos_02_a_refused_upload_gets_no_continue_and_is_cut_off() {
    let brigade = Brigade::alone().await;
    let unsigned =
        "PUT /local/k HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\nExpect: 100-continue\r\n\r\n";
    let mut raw = Raw::to(brigade.address).await;
    raw.send(unsigned).await;
    let all = String::from_utf8(raw.rest().await).unwrap();
    assert!(all.starts_with("HTTP/1.1 403"), "no 100 Continue before it: {all}");
    assert!(all.contains("connection: close"), "{all}");

    // Without an expectation, the answer comes although the body does not.
    let mut raw = Raw::to(brigade.address).await;
    raw.send("PUT /local/k HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n").await;
    let answer = raw.answer().await.unwrap();
    assert_eq!((answer.status, answer.header("connection")), (403, Some("close")));
    // And whoever goes on sending is cut off, long before the end.
    let megabyte = vec![0; 1 << 20];
    let mut sent = 0;
    while sent < 100 && tokio::io::AsyncWriteExt::write_all(&mut raw.tcp, &megabyte).await.is_ok() {
        sent += 1;
    }
    assert!(sent < 100, "all of a refused upload was swallowed");
}

#[tokio::test]
async fn r_dos_02_an_accepted_upload_gets_its_continue() {
    let brigade = Brigade::alone().await;
    let head = signed(
        brigade.address,
        "PUT /local/k",
        &["expect: 100-continue", "content-length: 5"],
        ContentSha256::Unsigned,
    );
    let mut raw = Raw::to(brigade.address).await;
    raw.send(head).await;
    let mut first = [0; 25];
    tokio::io::AsyncReadExt::read_exact(&mut raw.tcp, &mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(raw.ask("hello").await.status, 200);
    assert_eq!(
        raw.ask("GET /local/k HTTP/1.1\r\nHost: a\r\n\r\n").await.text(),
        "hello",
        "the connection stays"
    );
}

#[tokio::test]
async fn r_int_02_an_upload_whose_client_leaves_or_half_closes_stores_nothing() {
    let brigade = Brigade::alone().await;
    assert_eq!(ask(brigade.address, upload(brigade.address, "PUT /local/k", b"old")).await.status, 200);
    for leave in [false, true] {
        let whole = upload(brigade.address, "PUT /local/k", b"new and cut");
        let mut raw = Raw::to(brigade.address).await;
        raw.send(&whole[..whole.len() - 3]).await;
        if leave {
            drop(raw);
        } else {
            tokio::io::AsyncWriteExt::shutdown(&mut raw.tcp).await.unwrap();
            let all = String::from_utf8(raw.rest().await).unwrap();
            assert!(!all.starts_with("HTTP/1.1 2"), "{all}");
        }
        let answer = ask(brigade.address, "GET /local/k HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(answer.text(), "old");
    }
}

#[tokio::test]
async fn r_err_01_a_target_that_must_be_encoded_is_refused_in_words() {
    let brigade = Brigade::alone().await;
    for target in ["/open/a<b", "/open/a>b", "/open/a`b", "/open/a#b"] {
        let answer = ask(brigade.address, format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "InvalidURI"), "{target}: {answer:?}");
        assert!(answer.header("x-amz-request-id").is_some(), "{target}");
    }
    let long = format!("PUT /open/a HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", u64::MAX - 1);
    assert_eq!(ask(brigade.address, long).await.code(), "InvalidRequest");
}
