//! R-DOS: clients that cost more than they should.

use brigade_gateway::Record;
use brigade_s3::Arrival;
use brigade_server::{Answer, Body, Drain, Format, Limits, Listener, Log, Server};
use http::{Request, Response};
use tokio::io::AsyncWriteExt;

use crate::support::client::{Raw, ask, bare, upload};
use crate::support::{Brigade, short};

const HEALTH: &str = "GET /.brigade/health HTTP/1.1\r\nHost: a\r\n\r\n";

fn nowhere() -> std::net::SocketAddr {
    "127.0.0.1:1".parse().unwrap()
}

#[tokio::test]
async fn r_dos_01_heads_targets_and_keys_are_bounded() {
    let brigade = Brigade::alone().await;
    let long = "a".repeat(20_000);
    let key = "k".repeat(1025);
    for (request, expect) in [
        (format!("GET /local/{long} HTTP/1.1\r\nHost: a\r\n\r\n"), "InvalidURI"),
        (format!("GET /local?prefix={long} HTTP/1.1\r\nHost: a\r\n\r\n"), "InvalidURI"),
        (format!("GET / HTTP/1.1\r\nHost: a\r\nx: {long}{long}\r\n\r\n"), "RequestHeaderSectionTooLarge"),
        (
            format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "a: b\r\n".repeat(200)),
            "RequestHeaderSectionTooLarge",
        ),
        (format!("GET /local/{key} HTTP/1.1\r\nHost: a\r\n\r\n"), "KeyTooLongError"),
    ] {
        let answer = ask(brigade.address, &request).await;
        assert!(matches!(answer.status, 400 | 414 | 431), "{answer:?}");
        assert_eq!(answer.code(), expect);
    }
    let answer =
        ask(brigade.address, bare(brigade.address, &format!("GET /local/{}", "k".repeat(1024)))).await;
    assert_eq!(answer.code(), "NoSuchKey", "a key of 1,024 bytes is a key");
}

#[tokio::test]
async fn r_dos_03_heads_that_never_end_delay_nobody_and_are_cut_off() {
    let brigade = Brigade::start(nowhere(), short()).await;
    let mut open = Vec::new();
    for part in ["", "G", "PRI * HTTP/2", "GET / HTTP/1.1\r\nHost: a\r\nx: "].iter().cycle().take(200) {
        let mut raw = Raw::to(brigade.address).await;
        raw.send(part).await;
        open.push(raw);
    }
    assert_eq!(ask(brigade.address, HEALTH).await.status, 200);
    for mut raw in open {
        assert_eq!(raw.rest().await, b"");
    }
    // A client that keeps adding to its head gets no more time for it: one byte for each answer somebody else gets.
    let mut drip = Raw::to(brigade.address).await;
    drip.send("GET / HTTP/1.1\r\nHost: a\r\nx: ").await;
    while drip.tcp.write_all(b"y").await.is_ok() {
        assert_eq!(ask(brigade.address, HEALTH).await.status, 200);
    }
    assert_eq!(drip.rest().await, b"");
}

#[tokio::test]
async fn r_dos_03_an_upload_that_stalls_is_answered_and_cut_off() {
    let brigade = Brigade::start(nowhere(), short()).await;
    let whole = upload(brigade.address, "PUT /local/k", b"never all of it");
    let mut raw = Raw::to(brigade.address).await;
    raw.send(&whole[..whole.len() - 1]).await;
    let answer = raw.answer().await.unwrap();
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (400, "RequestTimeout"),
        "not a 503, which would be tried again"
    );
    assert_eq!(raw.rest().await, b"");
}

#[tokio::test]
async fn r_dos_03_a_reader_that_never_reads_is_cut_off() {
    let mut brigade = Brigade::start(nowhere(), short()).await;
    let object = vec![b'x'; 64 << 20];
    assert_eq!(ask(brigade.address, upload(brigade.address, "PUT /local/big", &object)).await.status, 200);
    assert_eq!(brigade.line().await["status"], 200);
    let mut raw = Raw::to(brigade.address).await;
    raw.send("GET /local/big HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let line = brigade.line().await;
    assert_eq!((&line["aborted"], &line["operation"]), (&true.into(), &"GetObject".into()), "{line}");
    assert!(line["bytes_out"].as_u64().unwrap() < 64 << 20, "{line}");
}

#[tokio::test]
async fn r_dos_05_churn_and_pipelines_leave_the_service_answering() {
    let brigade = Brigade::alone().await;
    for _ in 0..500 {
        drop(Raw::to(brigade.address).await);
    }
    let mut raw = Raw::to(brigade.address).await;
    raw.send(HEALTH.repeat(1000)).await;
    for number in 0..1000 {
        assert_eq!(raw.answer().await.unwrap().status, 200, "answer {number}");
    }
    assert_eq!(ask(brigade.address, HEALTH).await.status, 200);
}

#[tokio::test]
async fn connections_beyond_the_bound_wait_and_are_served_then() {
    let brigade = Brigade::start(nowhere(), Limits { connections: 2, ..Limits::default() }).await;
    let mut first = Raw::to(brigade.address).await;
    let mut second = Raw::to(brigade.address).await;
    assert_eq!(first.ask(HEALTH).await.status, 200);
    assert_eq!(second.ask(HEALTH).await.status, 200);
    let mut third = Raw::to(brigade.address).await;
    third.send(HEALTH).await;
    assert_eq!(second.ask(HEALTH).await.status, 200, "the others are not disturbed");
    drop(first);
    assert_eq!(third.answer().await.unwrap().status, 200);
}

/// Answers nothing: it panics, and it counts how often.
struct Panics(std::sync::atomic::AtomicUsize);

impl Answer for Panics {
    async fn answer(&self, request: Request<Body>, _: Arrival, _: &mut Record) -> Response<Body> {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        panic!("request {number} for {} is one too many", request.uri());
    }
}

#[tokio::test]
async fn r_rob_01_a_panic_ends_its_connection_and_nothing_else() {
    let (log, _writer) = Log::new(Format::Json, std::io::sink()).unwrap();
    let (_starter, drain) = Drain::new();
    let tcp = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let server =
        Server::new(Panics(0.into()), Limits { connections: 2, ..Limits::default() }.into(), log, drain);
    tokio::spawn(server.run(vec![Listener { tcp, tls: None }]));
    // More of them than there are places: each place is given back.
    for _ in 0..5 {
        let mut raw = Raw::to(address).await;
        raw.send("GET /b/k HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(raw.rest().await, b"");
    }
    assert_eq!(ask(address, HEALTH).await.status, 200);
}

#[tokio::test]
async fn r_dos_03_an_idle_connection_is_closed() {
    let brigade = Brigade::start(nowhere(), short()).await;
    let mut raw = Raw::to(brigade.address).await;
    assert_eq!(raw.ask(HEALTH).await.status, 200);
    assert_eq!(raw.rest().await, b"");
}
