//! The way to identity providers: one request per connection, to an address that was looked at.
//!
//! ```text
//! https://host/… ─ resolve ─► addresses ─ Reach::takes ─► connect to that very one ─ TLS, its name checked ─► answer, whole
//! ```
//!
//! A provider's discovery document says where its keys are, and a name says where a machine is; either may lead to a place
//! that only this machine can reach. So a name is resolved once, and what was judged is what is connected to. Requests are
//! rare, a few in a quarter of an hour: nothing is pooled. Redirects are answers like any other.

mod reach;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use brigade_gateway::SendError;
use brigade_identity::{Fetch, Issuer};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, Uri, header, request};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::body::Body;
use crate::outward::Outward;
use reach::Reach;

/// Addresses of one name that are tried.
const ADDRESSES: usize = 4;

/// Bytes of an answer's head.
const HEAD: usize = 32 << 10;

/// The way to identity providers. Clones share what they know of TLS sessions.
#[derive(Clone)]
pub(crate) struct Providers {
    tls: Outward,
    time: Duration,
}

impl Providers {
    /// With these roots, and so long for a request from its beginning to the end of its answer.
    pub(crate) fn new(tls: Outward, time: Duration) -> Self {
        Self { tls, time }
    }

    /// Sends a request without a body for a document of the issuer's, and reads all of the answer.
    pub(crate) async fn fetch(
        &self,
        head: request::Parts,
        issuer: &Issuer,
    ) -> Result<Response<Body>, SendError> {
        let reach = Reach::of(&head.uri, issuer).map_err(|why| SendError::Connect(why.to_owned()))?;
        match timeout(self.time, self.ask(head, reach)).await {
            Ok(answer) => answer,
            Err(_) => Err(SendError::TimedOut),
        }
    }

    async fn ask(&self, mut head: request::Parts, reach: Reach) -> Result<Response<Body>, SendError> {
        let failed = |why: &dyn std::fmt::Display| SendError::Connect(why.to_string());
        let uri = std::mem::take(&mut head.uri);
        let (host, authority) =
            uri.host().zip(uri.authority()).ok_or_else(|| failed(&"the address has no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let authority = HeaderValue::from_str(authority.as_str()).map_err(|why| failed(&why))?;
        head.headers.insert(header::HOST, authority);
        head.uri = uri.path_and_query().map_or_else(Uri::default, |path| Uri::from(path.clone()));
        let request = Request::from_parts(head, Empty::<Bytes>::new());
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let tcp = self.connect(host, port, reach).await.map_err(|why| failed(&why))?;
        if !secure {
            return exchange(tcp, request).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|why| failed(&why))?;
        let connector = self.tls.connector().await.map_err(|why| failed(&why))?;
        let tls = connector.connect(name, tcp).await.map_err(|why| failed(&why))?;
        exchange(tls, request).await
    }

    /// Connects to the first of the host's addresses that may be reached and answers.
    async fn connect(&self, host: &str, port: u16, reach: Reach) -> io::Result<TcpStream> {
        let all: Vec<SocketAddr> = lookup_host((host, port)).await?.collect();
        let mut failure = match all.is_empty() {
            true => io::Error::other(format!("{host} has no address")),
            false => io::Error::other(format!(
                "{host} has none but addresses that are not public; if it is yours, set private = true for this issuer"
            )),
        };
        for address in all.into_iter().filter(|address| reach.takes(address.ip())).take(ADDRESSES) {
            match timeout(self.time / 2, TcpStream::connect(address)).await {
                Ok(Ok(tcp)) => return Ok(tcp),
                Ok(Err(error)) => failure = error,
                Err(_) => failure = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(failure)
    }
}

/// One request and its whole answer.
async fn exchange<C>(connection: C, request: Request<Empty<Bytes>>) -> Result<Response<Body>, SendError>
where
    C: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let reset = |why: &dyn std::fmt::Display| SendError::Reset(why.to_string());
    let builder = {
        let mut builder = hyper::client::conn::http1::Builder::new();
        builder.max_buf_size(HEAD);
        builder
    };
    let (mut sender, driver) =
        builder.handshake(TokioIo::new(connection)).await.map_err(|why| reset(&why))?;
    let answer = async move {
        let (head, body) = sender.send_request(request).await.map_err(|why| reset(&why))?.into_parts();
        let body = Limited::new(body, Fetch::LIMIT).collect().await.map_err(|why| reset(&why))?;
        Ok(Response::from_parts(head, Body::from(body.to_bytes())))
    };
    driven(answer, driver).await
}

/// What comes of `answer` while `driver` moves its bytes. Neither outlives the request.
async fn driven<T>(answer: impl Future<Output = T>, driver: impl Future) -> T {
    let (mut answer, driver) = (pin!(answer), pin!(driver));
    tokio::select! {
        biased;
        done = &mut answer => return done,
        _ = driver => {}
    }
    // The connection has ended; what came over it is still to be read.
    answer.await
}

impl std::fmt::Debug for Providers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Providers").field("time", &self.time).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
