//! The store: S3 as far as the load asks, so cheap that it is never what is measured. `brigade-bench store ADDRESS [TLS-ADDRESS]`.
//!
//! ```text
//! GET /bucket/…/SIZE       so many bytes of the pattern, by sendfile; Range
//! PUT                      forgotten in the kernel as it comes, or chunk by chunk
//! GET /bucket?list-type=2  1,000 keys under the prefix
//! ```
//! A thread for each connection: what it costs is nobody's whose figures are read.

mod answer;
mod connection;
mod listing;

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use connection::{Connection, Stream};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::certificate::Certificate;
use crate::pattern::Pattern;

/// Serves until the process is ended.
pub(crate) fn run(plain: &str, secure: Option<(&str, &Certificate)>) {
    let pattern = Pattern::new();
    let secure = secure.map(|(address, certificate)| {
        let (tls, pattern) = (Arc::new(certificate.server()), pattern.clone());
        let listener = TcpListener::bind(address).unwrap();
        thread::spawn(move || accept(&listener, &pattern, Some(&tls)))
    });
    accept(&TcpListener::bind(plain).unwrap(), &pattern, None);
    drop(secure);
}

fn accept(listener: &TcpListener, pattern: &Pattern, tls: Option<&Arc<ServerConfig>>) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        let (pattern, tls) = (pattern.clone(), tls.cloned());
        let serve = move || {
            // What a client does to its connection is its own affair.
            let _ = Connection::new(begin(stream, tls), pattern).serve();
        };
        thread::Builder::new().stack_size(256 << 10).spawn(serve).unwrap();
    }
}

fn begin(stream: TcpStream, tls: Option<Arc<ServerConfig>>) -> Stream {
    stream.set_nodelay(true).unwrap();
    match tls {
        None => Stream::Plain(stream),
        Some(tls) => Stream::Tls(Box::new(StreamOwned::new(ServerConnection::new(tls).unwrap(), stream))),
    }
}
