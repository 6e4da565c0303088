//! Providers on this machine: what a request to one reaches, and what it bears.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use brigade_gateway::{Body as _, SendError};
use brigade_identity::{Fetch, Issuer, IssuerUrl};
use http::{Request, Response};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};
use tokio_rustls::TlsAcceptor;

use super::Providers;
use crate::Body;
use crate::outward::Outward;

/// A server that says one thing on every connection, and counts them.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    providers: Providers,
}

/// A certificate for `localhost` and 127.0.0.1, and who trusts it.
fn certificate() -> (TlsAcceptor, ClientConfig) {
    let names = vec!["localhost".into(), "127.0.0.1".into()];
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = signing_key.serialize_der().try_into().unwrap();
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server).into(), client)
}

async fn serve<C: AsyncRead + AsyncWrite + Unpin>(mut connection: C, says: &[u8]) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = connection.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("GET /keys?x=1 HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("host: "), "{head}");
    let _ = connection.write_all(says).await;
    let _ = connection.flush().await;
    // Some keep their side open.
    sleep(Duration::from_secs(60)).await;
}

impl Server {
    async fn start(says: impl Into<Vec<u8>>, encrypted: bool) -> Self {
        let says = says.into();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let (acceptor, client) = certificate();
        let count = connections.clone();
        tokio::spawn(async move {
            loop {
                let (connection, _) = tcp.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let (says, acceptor) = (says.clone(), acceptor.clone());
                tokio::spawn(async move {
                    if !encrypted {
                        serve(connection, &says).await;
                    } else if let Ok(connection) = acceptor.accept(connection).await {
                        serve(connection, &says).await;
                    }
                });
            }
        });
        let providers = Providers::new(Outward::with(client), Duration::from_secs(20));
        Self { address, connections, providers }
    }

    async fn fetch(&self, host: &str, issuer: &Issuer) -> Result<Response<Body>, SendError> {
        let scheme = if issuer.url.is_local() { "http" } else { "https" };
        let url = format!("{scheme}://{host}:{}/keys?x=1", self.address.port());
        let (head, ()) = Request::get(url).body(()).unwrap().into_parts();
        self.providers.fetch(head, issuer).await
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn issuer(url: &str, private: bool) -> Issuer {
    Issuer { private, ..Issuer::new(IssuerUrl::parse(url).unwrap()) }
}

fn answer(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn a_document_is_fetched_over_tls_from_whom_the_name_says() {
    let server = Server::start(answer("{}"), true).await;
    for host in ["localhost", "127.0.0.1"] {
        let answer = server.fetch(host, &issuer("https://idp.example", true)).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.into_body().collect(10).await.unwrap(), "{}");
    }
    // A certificate that nobody trusts.
    let other = Server::start(answer("{}"), true).await;
    let stranger = Server { providers: server.providers.clone(), ..other };
    let refused = stranger.fetch("localhost", &issuer("https://idp.example", true)).await;
    assert!(matches!(refused, Err(SendError::Connect(_))), "{refused:?}");
    // One of another name.
    let refused = server.fetch("127.0.0.2", &issuer("https://idp.example", true)).await;
    assert!(matches!(refused, Err(SendError::Connect(_))), "{refused:?}");
}

#[tokio::test]
async fn r_oidc_05_private_addresses_are_not_connected_to_by_number_or_by_name() {
    let server = Server::start(answer("{}"), true).await;
    for host in ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"] {
        let refused = server.fetch(host, &issuer("https://idp.example", false)).await;
        assert!(matches!(refused, Err(SendError::Connect(_))), "{host}: {refused:?}");
    }
    assert_eq!(server.connections(), 0);
    let started = Instant::now();
    let private =
        ["10.0.0.1", "192.168.0.1", "100.64.0.1", "169.254.169.254", "[fd00:ec2::254]", "[fe80::1]"];
    for host in private {
        let refused = server.fetch(host, &issuer("https://idp.example", false)).await;
        let Err(SendError::Connect(why)) = refused else { panic!("{host}: {refused:?}") };
        assert!(why.contains("private = true"), "{why}");
    }
    // A cloud's metadata is no provider's, whatever the configuration allows.
    for host in ["169.254.169.254", "[fd00:ec2::254]"] {
        assert!(server.fetch(host, &issuer("https://idp.example", true)).await.is_err());
    }
    assert!(started.elapsed() < Duration::from_secs(5), "something was connected to");
}

#[tokio::test]
async fn plain_http_reaches_this_machine_for_an_issuer_of_it() {
    let server = Server::start(answer("{}"), false).await;
    let local = issuer("http://127.0.0.1:8080", false);
    assert_eq!(server.fetch("127.0.0.1", &local).await.unwrap().status(), 200);
    assert_eq!(server.fetch("localhost", &local).await.unwrap().status(), 200);
    assert_eq!(server.connections(), 2);
    assert!(server.fetch("10.0.0.1", &local).await.is_err());
}

#[tokio::test]
async fn r_jwk_01_redirects_are_not_followed_and_large_broken_or_slow_answers_are_refused() {
    let aim = Server::start(answer("{}"), false).await;
    let redirect = format!(
        "HTTP/1.1 302 Found\r\nlocation: http://{}/keys?x=1\r\ncontent-length: 0\r\n\r\n",
        aim.address
    );
    let large = "x".repeat(Fetch::LIMIT + 1);
    let local = issuer("http://127.0.0.1:8080", false);
    let check = async |says: String, expect: Result<u16, &str>| {
        let mut server = Server::start(says.clone(), false).await;
        if expect == Err("time") {
            server.providers.time = Duration::from_millis(300);
        }
        let found = server.fetch("127.0.0.1", &local).await;
        let found = found.map(|answer| answer.status().as_u16()).map_err(|why| match why {
            SendError::TimedOut => "time",
            SendError::Reset(_) => "reset",
            SendError::Connect(_) | SendError::Unsendable(_) | SendError::Body(_) => "other",
        });
        assert_eq!(found, expect, "{}", says.get(..60).unwrap_or(&says));
    };
    check(redirect, Ok(302)).await;
    assert_eq!(aim.connections(), 0);
    check(answer(large.get(1..).unwrap()), Ok(200)).await;
    check(answer(&large), Err("reset")).await;
    check(
        format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10001\r\n{large}\r\n0\r\n\r\n"),
        Err("reset"),
    )
    .await;
    check("HTTP/1.1 200 OK\r\nx: y".into(), Err("time")).await;
    check("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nx".into(), Err("time")).await;
    check("SSH-2.0-x\r\n\r\n".into(), Err("reset")).await;
    check(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(100_000)), Err("reset")).await;
}
