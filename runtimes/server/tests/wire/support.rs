//! A Brigade in this process, raw clients, and a store that misbehaves on demand.

pub mod client;
pub mod faulty;

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use brigade_config::{Config, Sources};
use brigade_server::{Drain, DrainStarter, Format, Limits, Listener, Log, Server, Threads, Tls, gateway};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

pub const KEY_ID: &str = "AKIDFULL";
pub const SECRET: &str = "s3cr3t/of+the=full-key";
pub const UPSTREAM_SECRET: &str = "up/secret+that=never-leaves";

/// Whatever waits longer than this has hung; the number is no claim about speed.
pub const HUNG: Duration = Duration::from_secs(60);

/// A running Brigade with the buckets `local` (embedded, public) and, before a store over HTTP, `remote` (private,
/// in it `hidden-bucket` under `hidden-prefix/`) and `open` (the same, public).
pub struct Brigade {
    pub address: SocketAddr,
    pub drain: DrainStarter,
    pub running: JoinHandle<bool>,
    lines: UnboundedReceiver<String>,
}

struct Nothing;

impl Sources for Nothing {
    fn env(&self, _: &str) -> Option<String> {
        None
    }
    fn file(&self, _: &Path) -> std::io::Result<String> {
        Err(std::io::ErrorKind::NotFound.into())
    }
}

struct Lines(UnboundedSender<String>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        for line in std::str::from_utf8(bytes).unwrap().lines() {
            let _ = self.0.send(line.to_owned());
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Limits short enough for tests of what happens after them.
pub fn short() -> Limits {
    Limits {
        head_time: Duration::from_millis(300),
        stall: Duration::from_millis(300),
        answer: Duration::from_millis(300),
        connect: Duration::from_millis(300),
        ..Limits::default()
    }
}

impl Brigade {
    pub async fn start(store: SocketAddr, limits: Limits) -> Self {
        Self::encrypted(store, limits, None).await
    }

    pub async fn encrypted(store: SocketAddr, limits: Limits, tls: Option<Tls>) -> Self {
        let text = format!(
            r#"
            [backends.memory]
            type = "embedded"
            path = ":memory:"
            [backends.far]
            type = "s3"
            endpoint = "http://{store}"
            region = "us-east-1"
            exact_keys = true
            auth = {{ access_key_id = "UPSTREAMKEY", secret_access_key = "{UPSTREAM_SECRET}" }}
            [buckets.local]
            backend = "memory"
            public = ["read", "list"]
            [buckets.remote]
            backend = "far"
            bucket = "hidden-bucket"
            prefix = "hidden-prefix/"
            [buckets.open]
            backend = "far"
            bucket = "hidden-bucket"
            prefix = "hidden-prefix/"
            public = ["read", "list"]
            [keys.{KEY_ID}]
            secret = "{SECRET}"
            grants = [{{ bucket = "*", actions = ["read", "list", "write", "delete"] }}]
            "#
        );
        Self::configured(&text, limits, tls).await
    }

    /// A Brigade of this configuration.
    pub async fn configured(text: &str, limits: Limits, tls: Option<Tls>) -> Self {
        let config = Config::load(text, "test.toml", &Nothing).unwrap_or_else(|wrong| panic!("{wrong}"));
        let limits = Arc::new(limits);
        let version = config.version.clone();
        let gateway = gateway(config, limits.clone()).unwrap();
        let (sender, lines) = unbounded_channel();
        let (log, _) = Log::new(Format::Json, std::io::LineWriter::new(Lines(sender))).unwrap();
        let (starter, drain) = Drain::new();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = tcp.local_addr().unwrap();
        let threads = Arc::new(Threads::start(2).unwrap());
        let server = Server::new(gateway, limits, log, drain).configured(&version).on(threads);
        let running = tokio::spawn(server.run(vec![Listener { tcp, tls }]));
        Self { address, drain: starter, running, lines }
    }

    /// A Brigade in front of a store that nobody listens at.
    pub async fn alone() -> Self {
        Self::start("127.0.0.1:1".parse().unwrap(), Limits::default()).await
    }

    /// The next line of the log.
    pub async fn line(&mut self) -> serde_json::Value {
        let line = tokio::time::timeout(HUNG, self.lines.recv()).await.expect("no line in the log").unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }
}
