//! HTTPS: the protocol is chosen by ALPN, and nobody waits for a handshake that does not come.

use std::collections::HashMap;
use std::sync::Arc;

use brigade_gateway::{SendError, Upstream};
use brigade_server::{Body, Limits, Stores, Tls, TlsError};
use http::Request;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::client::Raw;
use crate::support::{Brigade, short};

/// A certificate for `localhost`, its files, and who trusts it.
struct Certificate {
    _home: tempfile::TempDir,
    tls: Result<Tls, TlsError>,
    certificate: CertificateDer<'static>,
}

fn certificate(mangle: impl Fn(String) -> String) -> Certificate {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let home = tempfile::tempdir().unwrap();
    let (cert, key) = (home.path().join("cert.pem"), home.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, mangle(made.signing_key.serialize_pem())).unwrap();
    Certificate { tls: Tls::read(&cert, &key), certificate: made.cert.der().clone(), _home: home }
}

/// Speaks TLS with these protocols offered, sends, and reads all that comes.
async fn exchange(
    brigade: &Brigade,
    certificate: &CertificateDer<'static>,
    alpn: &[&[u8]],
    bytes: &[u8],
) -> Vec<u8> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let tcp = TcpStream::connect(brigade.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), alpn.first().copied());
    stream.write_all(bytes).await.unwrap();
    let mut all = Vec::new();
    let _ = stream.read_to_end(&mut all).await;
    all
}

#[tokio::test]
async fn https_serves_what_the_client_offers() {
    let Certificate { tls, certificate, _home } = certificate(|key| key);
    let nowhere = "127.0.0.1:1".parse().unwrap();
    let brigade = Brigade::encrypted(nowhere, Limits::default(), Some(tls.unwrap())).await;
    let ask = b"GET /.brigade/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for alpn in [&[b"http/1.1".as_slice()][..], &[]] {
        let answer = exchange(&brigade, &certificate, alpn, ask).await;
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&answer));
    }
    // A preface, SETTINGS and GOAWAY: the server answers with its own SETTINGS and ends.
    let mut http2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    http2.extend([0, 0, 0, 4, 0, 0, 0, 0, 0]);
    http2.extend([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let answer = exchange(&brigade, &certificate, &[b"h2"], &http2).await;
    assert_eq!(answer.get(3..9), Some(&[4, 0, 0, 0, 0, 0][..]), "the first frame is SETTINGS");
}

#[tokio::test]
async fn r_dos_03_a_handshake_that_does_not_come_is_cut_off() {
    let Certificate { tls, _home, .. } = certificate(|key| key);
    let limits = Limits { handshake: std::time::Duration::from_millis(300), ..short() };
    let brigade = Brigade::encrypted("127.0.0.1:1".parse().unwrap(), limits, Some(tls.unwrap())).await;
    for part in ["", "\u{16}\u{3}\u{1}", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
        let mut raw = Raw::to(brigade.address).await;
        raw.send(part).await;
        let said = raw.rest().await;
        assert!(!said.starts_with(b"HTTP"), "plain HTTP is not served here");
    }
}

#[test]
fn a_key_that_is_none_is_an_error_that_names_the_file() {
    let error = certificate(|_| "nothing".into()).tls.unwrap_err().to_string();
    assert!(error.contains("key.pem") && error.contains("private key"), "{error}");
    let other = rcgen::generate_simple_self_signed(["other".to_owned()]).unwrap().signing_key.serialize_pem();
    let error = certificate(|_| other.clone()).tls.unwrap_err().to_string();
    assert!(error.contains("cannot be used"), "{error}");
}

#[tokio::test]
async fn the_certificate_of_a_store_is_checked() {
    let Certificate { tls, _home, .. } = certificate(|key| key);
    let nowhere = "127.0.0.1:1".parse().unwrap();
    let store = Brigade::encrypted(nowhere, Limits::default(), Some(tls.unwrap())).await;
    let stores = Stores::new(HashMap::new(), Limits::default().into());
    let target = format!("https://localhost:{}/.brigade/health", store.address.port());
    match stores.send(Request::get(target).body(Body::empty()).unwrap()).await {
        Err(SendError::Connect(why)) => assert!(why.contains("certificate"), "{why}"),
        other => panic!("a certificate that nobody vouches for was believed: {other:?}"),
    }
}

#[tokio::test]
async fn conditions_are_told_of_the_connection_and_not_of_its_headers() {
    const CONFIG: &str = r#"
        [backends.memory]
        type = "embedded"
        path = ":memory:"
        [buckets.secure]
        backend = "memory"
        [buckets.secure.policy]
        Version = "2012-10-17"
        [buckets.secure.policy.Statement]
        Effect = "Allow"
        Principal = "*"
        Action = "s3:ListBucket"
        Resource = "arn:aws:s3:::secure"
        Condition = { Bool = { "aws:SecureTransport" = true }, IpAddress = { "aws:SourceIp" = "127.0.0.0/8" } }
    "#;
    let Certificate { tls, certificate, _home } = certificate(|key| key);
    let ask = b"GET /secure HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n";
    let encrypted = Brigade::configured(CONFIG, Limits::default(), Some(tls.unwrap())).await;
    let answer = exchange(&encrypted, &certificate, &[b"http/1.1"], ask).await;
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&answer));
    let plain = Brigade::configured(CONFIG, Limits::default(), None).await;
    let mut tcp = TcpStream::connect(plain.address).await.unwrap();
    tcp.write_all(ask).await.unwrap();
    let mut answer = Vec::new();
    let _ = tcp.read_to_end(&mut answer).await;
    assert!(answer.starts_with(b"HTTP/1.1 403 "), "{}", String::from_utf8_lossy(&answer));
}
