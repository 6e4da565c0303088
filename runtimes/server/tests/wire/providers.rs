//! R-OIDC: identity providers that lead elsewhere, are elsewhere, or do not answer.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use brigade_identity::Algorithm;
use brigade_server::Limits;
use brigade_testkit::TokenKey;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::client::{Answer, Raw, ask};
use crate::support::{Brigade, HUNG};

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A provider over plain HTTP on this machine, which says what it is told to at each path, and is silent elsewhere.
#[derive(Clone)]
struct Provider {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    pages: Arc<Mutex<Vec<(String, String)>>>,
}

impl Provider {
    async fn start() -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let provider = Self { address, connections: Arc::default(), pages: Arc::default() };
        let serving = provider.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = tcp.accept().await {
                serving.connections.fetch_add(1, Ordering::SeqCst);
                let serving = serving.clone();
                tokio::spawn(async move { serving.serve(connection).await });
            }
        });
        provider
    }

    async fn serve(&self, mut connection: TcpStream) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let Ok(byte) = connection.read_u8().await else { return };
            head.push(byte);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let page =
            self.pages.lock().unwrap().iter().find(|(at, _)| *at == path).map(|(_, page)| page.clone());
        match page {
            Some(page) => drop(connection.write_all(page.as_bytes()).await),
            None => tokio::time::sleep(HUNG).await,
        }
    }

    fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    fn say(&self, path: &str, head: &str, body: &str) {
        let page = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        self.pages.lock().unwrap().push((path.into(), page));
    }

    /// Says where its keys are.
    fn points(&self, jwks_uri: &str) {
        let document = json!({ "issuer": self.issuer(), "jwks_uri": jwks_uri });
        self.say(DISCOVERY, "200 OK", &document.to_string());
    }

    fn keys(&self, key: &TokenKey) {
        self.say("/keys", "200 OK", &json!({ "keys": [key.jwk()] }).to_string());
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// What makes a provider lead elsewhere.
type Points<'a> = Box<dyn Fn(&Provider) + 'a>;

/// A gateway with a role for those of this issuer.
async fn brigade(issuer: &str, more: &str) -> Brigade {
    let text = format!(
        r#"
        [backends.memory]
        type = "embedded"
        path = ":memory:"
        [buckets.local]
        backend = "memory"
        public = ["read", "list"]
        [sessions]
        keys = ["AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="]
        [roles.people]
        trust = [{{ issuer = "{issuer}", audience = ["a"], subject = ["*"] }}]
        grants = [{{ bucket = "local", actions = ["read"] }}]
        {more}
        "#
    );
    let limits = Limits { fetch: Duration::from_millis(500), ..Limits::default() };
    Brigade::configured(&text, limits, None).await
}

fn request(issuer: &str, key: &TokenKey) -> String {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let token = key.token(&json!({ "iss": issuer, "sub": "s", "aud": "a", "exp": now + 300 }));
    let form = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=me&RoleArn=people&WebIdentityToken={token}"
    );
    let length = form.len();
    format!(
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{form}"
    )
}

async fn assume(brigade: &Brigade, issuer: &str, key: &TokenKey) -> Answer {
    ask(brigade.address, request(issuer, key)).await
}

#[tokio::test]
async fn a_provider_on_this_machine_vouches_over_plain_http() {
    let key = TokenKey::new("k", Algorithm::Rs256);
    let provider = Provider::start().await;
    provider.points(&format!("{}/keys", provider.issuer()));
    provider.keys(&key);
    let brigade = brigade(&provider.issuer(), "").await;
    for _ in 0..3 {
        let answer = assume(&brigade, &provider.issuer(), &key).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    assert_eq!(provider.connections(), 2, "discovery and keys, once");
}

#[tokio::test]
async fn r_oidc_05_a_provider_that_leads_elsewhere_is_not_followed() {
    let key = TokenKey::new("k", Algorithm::Es256);
    let aim = Provider::start().await;
    aim.points(&format!("{}/keys", aim.issuer()));
    aim.keys(&key);
    let port = aim.address.port();
    let redirect = |path: &str| format!("302 Found\r\nlocation: {}{path}", aim.issuer());
    let pointing: [(&str, &str, Points<'_>); 9] = [
        ("discovery redirects", "answered 302", Box::new(|it| it.say(DISCOVERY, &redirect(DISCOVERY), ""))),
        (
            "keys redirect",
            "answered 302",
            Box::new(|it| {
                it.points(&format!("{}/keys", it.issuer()));
                it.say("/keys", &redirect("/keys"), "");
            }),
        ),
        (
            "another's discovery document",
            "of the issuer",
            Box::new(|it| {
                let document =
                    json!({ "issuer": aim.issuer(), "jwks_uri": format!("{}/keys", aim.issuer()) });
                it.say(DISCOVERY, "200 OK", &document.to_string());
            }),
        ),
        (
            "metadata",
            "no address to fetch keys from",
            Box::new(|it| it.points("http://169.254.169.254/latest/meta-data/iam")),
        ),
        ("metadata over TLS", "not public", Box::new(|it| it.points("https://169.254.169.254/keys"))),
        ("a private address", "not public", Box::new(|it| it.points("https://10.0.0.1/keys"))),
        (
            "this machine over TLS",
            "not public",
            Box::new(|it| it.points(&format!("https://127.0.0.1:{port}/keys"))),
        ),
        (
            "a name of this machine",
            "not public",
            Box::new(|it| it.points(&format!("https://localhost:{port}/keys"))),
        ),
        (
            "a number of this machine",
            "not public",
            Box::new(|it| it.points(&format!("https://2130706433:{port}/keys"))),
        ),
    ];
    for (what, why, points) in pointing {
        let provider = Provider::start().await;
        points(&provider);
        let mut brigade = brigade(&provider.issuer(), "").await;
        let answer = assume(&brigade, &provider.issuer(), &key).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "IDPCommunicationError"), "{what}");
        let line = brigade.line().await.to_string();
        assert!(line.contains(why), "{what}: {line}");
        assert!(!answer.text().contains(&provider.address.to_string()), "{answer:?}");
    }
    assert_eq!(aim.connections(), 0);
}

#[tokio::test]
async fn r_oidc_05_an_issuer_at_a_private_address_is_asked_only_if_it_may_be_there() {
    let key = TokenKey::new("k", Algorithm::Es256);
    let aim = Provider::start().await;
    for host in ["localhost", "127.0.0.1"] {
        let issuer = format!("https://{host}:{}", aim.address.port());
        let closed = brigade(&issuer, "").await;
        let answer = assume(&closed, &issuer, &key).await;
        assert_eq!(answer.code(), "IDPCommunicationError");
        assert_eq!(aim.connections(), 0);
    }
    // It is asked where the configuration lets it be; that it speaks no TLS is another matter.
    let issuer = format!("https://localhost:{}", aim.address.port());
    let open = brigade(&issuer, &format!("[issuers.\"{issuer}\"]\nprivate = true")).await;
    assert_eq!(assume(&open, &issuer, &key).await.code(), "IDPCommunicationError");
    assert!(aim.connections() > 0);
}

#[tokio::test]
async fn r_jwk_01_a_silent_provider_is_given_up_and_delays_nobody_else() {
    let key = TokenKey::new("k", Algorithm::Es256);
    let provider = Provider::start().await;
    let brigade = brigade(&provider.issuer(), "").await;
    let mut waiting = Raw::to(brigade.address).await;
    waiting.send(request(&provider.issuer(), &key)).await;
    while provider.connections() == 0 {
        tokio::task::yield_now().await;
    }
    // The first request waits for the provider; others are served, and those of the same issuer wait for nobody but themselves.
    let health = ask(brigade.address, "GET /local?list-type=2 HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(health.status, 200);
    let answer = waiting.answer().await.unwrap();
    assert_eq!(answer.code(), "IDPCommunicationError");
    // It is left alone for a while: nobody connects.
    let before = provider.connections();
    assert_eq!(assume(&brigade, &provider.issuer(), &key).await.code(), "IDPCommunicationError");
    assert_eq!(provider.connections(), before);
}
