//! What a store may do to a connection, and what becomes of the next request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use brigade_gateway::{Body as _, SendError, Upstream as _};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::Stores;
use crate::outward::Outward;
use crate::{Body, Limits};

/// A test does not wait longer than this.
const HUNG: Duration = Duration::from_secs(20);

/// A store that gives one answer after another, one for each request, on as many connections as it is asked.
struct Store {
    base: String,
    stores: Stores,
    connections: Arc<AtomicUsize>,
    uploads: tokio::sync::mpsc::UnboundedReceiver<Vec<u8>>,
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

impl Store {
    async fn start(secure: bool, answers: Vec<Vec<u8>>) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls_pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let server = rustls::ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let client = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stores = Stores::with(Default::default(), Arc::new(Limits::default()), Outward::with(client));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let scheme = if secure { "https" } else { "http" };
        let (tell, uploads) = tokio::sync::mpsc::unbounded_channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let (accepted, tls) = (connections.clone(), TlsAcceptor::from(Arc::new(server)));
        let answers = Arc::new((AtomicUsize::new(0), answers));
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::Relaxed);
                let (tls, answers, tell) = (tls.clone(), answers.clone(), tell.clone());
                tokio::spawn(async move {
                    match secure {
                        true => serve(tls.accept(tcp).await.unwrap(), answers, tell).await,
                        false => serve(tcp, answers, tell).await,
                    }
                });
            }
        });
        Self { base: format!("{scheme}://localhost:{port}"), stores, connections, uploads }
    }

    async fn ask(&self, method: Method, body: Body) -> Result<Response<Body>, SendError> {
        let request = Request::builder().method(method).uri(format!("{}/b/k", self.base)).body(body).unwrap();
        timeout(HUNG, self.stores.send(request)).await.expect("no answer")
    }

    async fn get(&self) -> Result<(StatusCode, Bytes), SendError> {
        let answer = self.ask(Method::GET, Body::empty()).await?;
        let status = answer.status();
        let body = timeout(HUNG, answer.into_body().collect(64 << 20)).await.expect("the body hangs");
        Ok((status, body.map_err(SendError::Body)?))
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn serve<C: AsyncRead + AsyncWrite + Unpin>(
    mut connection: C,
    answers: Arc<(AtomicUsize, Vec<Vec<u8>>)>,
    tell: tokio::sync::mpsc::UnboundedSender<Vec<u8>>,
) {
    let mut held = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = held.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if connection.read_buf(&mut held).await.unwrap_or(0) == 0 {
                return;
            }
        };
        let head = String::from_utf8(held.drain(..end).collect()).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        match length {
            Some(length) => {
                while held.len() < length {
                    if connection.read_buf(&mut held).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                let _ = tell.send(held.drain(..length).collect());
            }
            None => assert!(head.starts_with("GET ") || head.starts_with("HEAD "), "{head}"),
        }
        let (next, answers) = &*answers;
        let answer = &answers[next.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1)];
        connection.write_all(answer).await.unwrap();
        connection.flush().await.unwrap();
        if answer.starts_with(b"HTTP/1.0") || answer.windows(5).any(|five| five == b"close") {
            let _ = connection.shutdown().await;
            return;
        }
    }
}

fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes(), body].concat()
}

/// Bytes that repeat nowhere near.
fn bytes(length: usize) -> Vec<u8> {
    (0..length as u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u8).collect()
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let large = bytes(3 << 20);
    let length = format!("content-length: {}\r\n", large.len());
    for secure in [false, true] {
        for (answer, expect) in [
            (ok("content-length: 4\r\n", b"body"), Ok(&b"body"[..])),
            (ok("content-length: 0\r\n", b""), Ok(b"")),
            (ok(&length, &large), Ok(&large)),
            (
                ok("transfer-encoding: chunked\r\n", b"4\r\nbody\r\n2;x=y\r\n!!\r\n0\r\nx-t: 1\r\n\r\n"),
                Ok(b"body!!"),
            ),
            (b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(), Ok(b"")),
            (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n".to_vec(), Ok(b"")),
            // Interim answers come and go.
            (
                [
                    &b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"[..],
                    &ok("content-length: 1\r\n", b"x"),
                ]
                .concat(),
                Ok(b"x"),
            ),
        ] {
            let store = Store::start(secure, vec![answer]).await;
            for _ in 0..3 {
                let got = store.get().await.map(|(_, body)| body);
                assert_eq!(got.as_deref(), expect.as_ref().copied());
            }
            assert_eq!(store.connections(), 1, "{secure} {expect:?}");
        }
    }
}

#[tokio::test]
async fn a_connection_that_is_not_clean_is_not_used_again() {
    for answer in [
        ok("connection: close\r\ncontent-length: 4\r\n", b"body"),
        ok("connection: foo, Close\r\ncontent-length: 4\r\n", b"body"),
        b"HTTP/1.0 200 OK\r\ncontent-length: 4\r\n\r\nbody".to_vec(),
        ok("content-length: 4\r\n", b"bodyHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"),
        ok("transfer-encoding: chunked\r\n", b"4\r\nbody\r\n0\r\n\r\n!"),
    ] {
        for secure in [false, true] {
            let store = Store::start(secure, vec![answer.clone()]).await;
            for count in 1..=3 {
                assert_eq!(store.get().await.unwrap().1, "body");
                assert_eq!(store.connections(), count, "{answer:?}");
            }
        }
    }
    // What comes behind an answer is not read with it where that is large, and may still be on its way.
    for length in [20_000, 300_000] {
        let body = [&bytes(length)[..], b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"].concat();
        for secure in [false, true] {
            let store = Store::start(secure, vec![ok(&format!("content-length: {length}\r\n"), &body)]).await;
            for count in 1..=3 {
                assert_eq!(store.get().await.unwrap().1.len(), length, "{secure}");
                assert_eq!(store.connections(), count, "{secure} {length}");
            }
        }
    }
    // An answer that nobody reads to its end.
    let store = Store::start(false, vec![ok("content-length: 300000\r\n", &bytes(300_000))]).await;
    drop(store.ask(Method::GET, Body::empty()).await.unwrap());
    assert_eq!(store.get().await.unwrap().1.len(), 300_000);
    assert_eq!(store.connections(), 2);
}

#[tokio::test]
async fn what_two_readers_could_read_in_two_ways_is_no_answer() {
    let long = format!("x-long: {}\r\ncontent-length: 0\r\n", "x".repeat(40_000));
    let many = "x-y: z\r\n".repeat(200) + "content-length: 0\r\n";
    for answer in [
        ok("content-length: 4\r\ncontent-length: 5\r\n", b"parts"),
        ok("content-length: +4\r\n", b"part"),
        ok("content-length: 4, 4\r\n", b"part"),
        ok("content-length: 4\r\ntransfer-encoding: chunked\r\n", b"0\r\n\r\n"),
        ok("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", b"0\r\n\r\n"),
        ok("transfer-encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
        ok("content-length : 4\r\n", b"part"),
        ok("x: 1\r\n folded\r\ncontent-length: 4\r\n", b"part"),
        ok("no colon\r\ncontent-length: 4\r\n", b"part"),
        ok(&long, b""),
        ok(&many, b""),
        ok("connection: close\r\n", b"its end is the connection's"),
        b"HTTP/1.1 200 OK\ncontent-length: 4\n\nbody".to_vec(),
        b"HTTP/2 200\r\ncontent-length: 4\r\n\r\nbody".to_vec(),
        b"HTTP/1.1 2000 OK\r\ncontent-length: 4\r\n\r\nbody".to_vec(),
        b"garbage\r\n\r\n".to_vec(),
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n".to_vec(),
        b"HTTP/1.1 100 Continue\r\n\r\n".repeat(20),
    ] {
        let store = Store::start(false, vec![answer.clone()]).await;
        let error = store.get().await.unwrap_err();
        assert!(matches!(error, SendError::Reset(_)), "{:?}: {error:?}", String::from_utf8_lossy(&answer));
        assert_eq!(store.connections(), 1, "it was asked again");
    }
    for chunks in
        ["zz\r\n", "4\r\nbodyX\r\n0\r\n\r\n", "-1\r\n", "ffffffffffffffff\r\nx", "4 4\r\nbody\r\n0\r\n\r\n"]
    {
        let store = Store::start(false, vec![ok("transfer-encoding: chunked\r\n", chunks.as_bytes())]).await;
        let error = store.get().await.unwrap_err();
        assert!(matches!(error, SendError::Body(_)), "{chunks}: {error:?}");
    }
}

#[tokio::test]
async fn uploads_arrive_as_they_are() {
    for secure in [false, true] {
        let mut store = Store::start(secure, vec![ok("content-length: 0\r\n", b"")]).await;
        for length in [0, 1, 100, 70_000, 5 << 20] {
            let sent = bytes(length);
            let answer = store.ask(Method::PUT, Body::from(Bytes::from(sent.clone()))).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            assert!(store.uploads.recv().await.unwrap() == sent, "{secure} {length}");
        }
        assert_eq!(store.connections(), 1);
    }
}

/// The answer may be there at the very moment at which the last byte is sent and others have their turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r_rel_03_an_upload_that_was_read_is_confirmed() {
    let store = Store::start(false, vec![ok("content-length: 0\r\n", b"")]).await;
    let sent = Bytes::from(bytes(1 << 20));
    for round in 0..300 {
        let answer = store.ask(Method::PUT, Body::from(sent.clone())).await;
        assert_eq!(answer.map(|answer| answer.status()), Ok(StatusCode::OK), "{round}");
    }
}

#[tokio::test]
async fn a_connection_the_store_has_ended_is_noticed_before_an_upload() {
    // It answers well, without a word of closing, and closes.
    let store = Store::start(false, vec![ok("x-then: close\r\ncontent-length: 0\r\n", b"")]).await;
    for count in 1..=3 {
        let answer = store.ask(Method::PUT, Body::from(Bytes::from_static(b"body"))).await;
        assert_eq!(answer.unwrap().status(), StatusCode::OK);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(store.connections(), count);
    }
}

#[tokio::test]
async fn certificates_are_held_against_the_roots_and_the_name() {
    let store = Store::start(true, vec![ok("content-length: 0\r\n", b"")]).await;
    assert!(store.get().await.is_ok());
    let other = Store::start(true, Vec::new()).await;
    let stranger = Store { stores: other.stores.clone(), base: store.base.clone(), ..other };
    assert!(matches!(stranger.get().await.unwrap_err(), SendError::Connect(_)));
    let misnamed = Store { base: store.base.replace("localhost", "127.0.0.1"), ..store };
    assert!(matches!(misnamed.get().await.unwrap_err(), SendError::Connect(_)));
}
