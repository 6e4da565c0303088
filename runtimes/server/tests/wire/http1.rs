//! HTTP/1 with clients of several kinds: when a connection goes on, and how an answer ends.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use brigade_gateway::Record;
use brigade_s3::Arrival;
use brigade_server::{Answer, Body, Drain, Format, Limits, Listener, Log, Server};
use http::{Request, Response};
use http_body::Body as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::client::{Raw, ask, bare, upload};
use crate::support::faulty::{Act, Faulty, ok};
use crate::support::{Brigade, short};

const HEALTH: &str = "GET /.brigade/health HTTP/1.1\r\nHost: a\r\n\r\n";

/// All that comes on a connection that was sent this.
async fn all(brigade: &Brigade, bytes: impl AsRef<[u8]>) -> String {
    let mut raw = Raw::to(brigade.address).await;
    raw.send(bytes).await;
    String::from_utf8(raw.rest().await).unwrap()
}

#[tokio::test]
async fn a_connection_goes_on_as_long_as_its_client_says() {
    let brigade = Brigade::start("127.0.0.1:1".parse().unwrap(), short()).await;
    for (head, times, said) in [
        ("GET /.brigade/health HTTP/1.1\r\nHost: a\r\n", 2, None),
        ("GET /.brigade/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n", 1, Some("close")),
        ("GET /.brigade/health HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n", 1, Some("close")),
        ("GET /.brigade/health HTTP/1.0\r\nHost: a\r\n", 1, Some("close")),
        ("GET /.brigade/health HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n", 2, Some("keep-alive")),
    ] {
        // Twice in one write: what comes behind the last answer is never read.
        let all = all(&brigade, format!("{head}\r\n{head}\r\n")).await;
        assert_eq!(all.matches("HTTP/1.1 200 OK\r\n").count(), times, "{head}: {all}");
        match said {
            Some(said) => assert_eq!(all.matches(&format!("connection: {said}\r\n")).count(), times, "{all}"),
            None => assert!(!all.contains("connection:"), "{all}"),
        }
    }
}

#[tokio::test]
async fn heads_say_how_long_an_answer_is_and_when_it_was_made() {
    let brigade = Brigade::alone().await;
    assert_eq!(ask(brigade.address, upload(brigade.address, "PUT /local/k", b"hello")).await.status, 200);
    let mut raw = Raw::to(brigade.address).await;
    raw.send("HEAD /local/k HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let head = raw.answer_to("HEAD").await.unwrap();
    assert_eq!((head.status, head.header("content-length")), (200, Some("5")));
    assert!(head.header("date").unwrap().ends_with(" GMT"), "{head:?}");
    // Nothing followed it.
    assert_eq!(raw.ask("GET /local/k HTTP/1.1\r\nHost: a\r\n\r\n").await.text(), "hello");
    raw.send(bare(brigade.address, "DELETE /local/k")).await;
    let gone = raw.answer().await.unwrap();
    assert_eq!(
        (gone.status, gone.header("content-length"), gone.header("transfer-encoding")),
        (204, None, None)
    );
    assert_eq!(raw.ask(HEALTH).await.status, 200);
}

#[tokio::test]
async fn an_answer_of_unknown_length_comes_in_chunks_or_ends_with_the_connection() {
    let chunks =
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6;x\r\n world\r\n0\r\n\r\n";
    let store = Faulty::start(&[Act::Answer(chunks.to_vec())]).await;
    let brigade = Brigade::start(store.address, Limits::default()).await;
    let mut raw = Raw::to(brigade.address).await;
    raw.send("GET /open/k HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let answer = raw.answer().await.unwrap();
    assert_eq!((answer.header("transfer-encoding"), answer.whole), (Some("chunked"), true));
    assert!(answer.text().ends_with("world\r\n0\r\n\r\n"), "{answer:?}");
    assert_eq!(raw.ask(HEALTH).await.status, 200, "the connection stays");
    let old = all(&brigade, "GET /open/k HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n").await;
    assert!(old.contains("connection: close\r\n") && old.ends_with("\r\n\r\nhello world"), "{old}");
    assert!(!old.contains("transfer-encoding"), "{old}");

    // R-REL-01: where the connection's end is the answer's, a cut one ends in a reset.
    store.now(&[Act::Close(chunks[..chunks.len() - 12].to_vec())]);
    let mut raw = Raw::to(brigade.address).await;
    raw.send("GET /open/k HTTP/1.0\r\nHost: a\r\n\r\n").await;
    let mut got = Vec::new();
    let end = raw.tcp.read_to_end(&mut got).await;
    assert_eq!(
        end.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionReset,
        "{}",
        String::from_utf8_lossy(&got)
    );
}

#[tokio::test]
async fn r_rel_06_a_client_that_leaves_is_noticed_while_its_store_thinks() {
    let mut store = Faulty::start(&[Act::Stall(Vec::new())]).await;
    let mut brigade = Brigade::start(store.address, Limits::default()).await;
    for (operation, request) in [
        ("GetObject", bare(brigade.address, "GET /remote/k").into_bytes()),
        ("PutObject", upload(brigade.address, "PUT /remote/k", b"all of it")),
    ] {
        let mut raw = Raw::to(brigade.address).await;
        raw.send(request).await;
        store.next().await;
        drop(raw);
        let line = brigade.line().await;
        assert_eq!((&line["aborted"], line.get("status")), (&true.into(), None), "{line}");
        assert!(line["duration_ms"].as_u64().unwrap() < 30_000, "{line}");
        // It says what was asked for, too.
        assert_eq!([&line["operation"], &line["bucket"], &line["key"]], [operation, "remote", "k"], "{line}");
        assert!(line["caller"].is_string(), "{line}");
    }
}

/// Asks for a request's body, and notes how often it was woken.
struct Asking(Arc<AtomicUsize>);

impl Answer for Asking {
    async fn answer(&self, request: Request<Body>, _: Arrival, _: &mut Record) -> Response<Body> {
        let mut body = request.into_body();
        poll_fn(|cx| {
            self.0.fetch_add(1, Ordering::Relaxed);
            while let Poll::Ready(Some(Ok(_))) = Pin::new(&mut body).poll_frame(cx) {}
            Poll::Pending
        })
        .await
    }
}

#[tokio::test]
async fn an_upload_that_is_waited_for_costs_nothing_meanwhile() {
    for expects in ["", "Expect: 100-continue\r\n"] {
        let polls = Arc::new(AtomicUsize::new(0));
        let (log, _) = Log::new(Format::Json, std::io::LineWriter::new(std::io::sink())).unwrap();
        let (_starter, drain) = Drain::new();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let server = Server::new(Asking(polls.clone()), Arc::new(Limits::default()), log, drain);
        let running = tokio::spawn(server.run(vec![Listener { tcp, tls: None }]));
        let mut raw = Raw::to(address).await;
        raw.send(format!("PUT /b/k HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n{expects}\r\n")).await;
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            raw.send("x").await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        let polls = polls.load(Ordering::Relaxed);
        assert!((2..30).contains(&polls), "polled {polls} times for five things to do: {expects}");
        running.abort();
    }
}

#[tokio::test]
async fn heads_in_pieces_and_behind_bodies_are_read() {
    let store = Faulty::start(&[Act::Answer(ok("kept"))]).await;
    let brigade = Brigade::start(store.address, Limits::default()).await;
    let mut bytes = b"\r\n".to_vec();
    bytes.extend(upload(brigade.address, "PUT /local/k", b"hello"));
    bytes.extend_from_slice(
        b"GET /local/k HTTP/1.1\r\nHost: a\r\n\r\nGET /open/k HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    for piece in [1, 7, 100] {
        let mut raw = Raw::to(brigade.address).await;
        raw.tcp.set_nodelay(true).unwrap();
        for piece in bytes.chunks(piece) {
            raw.tcp.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert_eq!(raw.answer().await.unwrap().status, 200);
        assert_eq!(raw.answer().await.unwrap().text(), "hello");
        assert_eq!(raw.answer().await.unwrap().text(), "kept");
    }
}
