//! The way to the stores: connections that are kept, and the stores in this process.
//!
//! Redirects are not followed, nothing is decompressed, and every wait is bounded. A request is sent again only if it
//! is a GET or a HEAD without a body whose connection died before any byte of an answer, and then once.

mod connection;
mod dial;
mod exchange;
mod origin;
mod pool;
mod sending;
mod upload;

use std::collections::HashMap;
use std::sync::Arc;

use brigade_gateway::{ENVIRONMENT, SendError, Upstream, exchange_by_sending};
use brigade_identity::Issuer;
use brigade_identity::federation::{ExchangeError, Grant};
use brigade_sigv4::{Credentials, Timestamp};
use brigade_store::{Fault, Store};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header, request};
use tokio::time::timeout;

use crate::body::{Body, Received};
use crate::environment;
use crate::http1::head::Follows;
use crate::http1::turn::turn;
use crate::http1::wire::{Unread, Wire};
use crate::limits::Limits;
use crate::outward::Outward;
use crate::providers::Providers;
use connection::Connection;
use dial::Dialer;
use exchange::{Answered, Exchange, Failure};
use origin::Origin;
use pool::{Pool, Returning};
use sending::Sending;
use upload::Upload;

/// The stores behind Brigade, as this process reaches them. Clones share connections.
#[derive(Clone)]
pub struct Stores {
    dialer: Dialer,
    pool: Pool,
    embedded: Arc<HashMap<Box<str>, Store>>,
    providers: Providers,
    limits: Arc<Limits>,
}

impl Stores {
    /// The way to any store over HTTP, and to these in this process by the names of their backends.
    #[must_use]
    pub fn new(embedded: HashMap<Box<str>, Store>, limits: Arc<Limits>) -> Self {
        Self::with(embedded, limits, Outward::default())
    }

    fn with(embedded: HashMap<Box<str>, Store>, limits: Arc<Limits>, tls: Outward) -> Self {
        let providers = Providers::new(tls.clone(), limits.fetch);
        let dialer = Dialer::new(tls, limits.clone());
        Self { dialer, pool: Pool::new(), embedded: Arc::new(embedded), providers, limits }
    }

    /// Asks a store in this process.
    async fn ask(&self, request: Request<Body>) -> Result<Response<Body>, SendError> {
        let name = request.uri().host().unwrap_or_default().to_owned();
        let store = self
            .embedded
            .get(name.as_str())
            .ok_or_else(|| SendError::Connect(format!("no store is named {name:?}")))?;
        let (mut head, body) = request.into_parts();
        head.uri = head.uri.path_and_query().map_or_else(Uri::default, |path| Uri::from(path.clone()));
        let (sending, failed) = Sending::new(body);
        let answer = store.handle(Request::from_parts(head, sending), crate::clock::system_time()).await;
        match failed.get() {
            Some(error) => Err(SendError::Body(*error)),
            None => {
                if let Some(fault) = answer.extensions().get::<Fault>() {
                    tracing::error!(store = name.as_str(), fault = fault.0, "the embedded store failed");
                }
                Ok(answer.map(Body::store))
            }
        }
    }

    /// Asks a store over HTTP.
    async fn request(&self, request: Request<Body>) -> Result<Response<Body>, SendError> {
        let (mut head, body) = request.into_parts();
        let origin = Origin::of(&head.uri)
            .ok_or_else(|| SendError::Connect("its address is none of the web".into()))?;
        if !head.headers.contains_key(header::HOST)
            && let Ok(host) = HeaderValue::from_str(&origin.named())
        {
            head.headers.insert(header::HOST, host);
        }
        let repeatable =
            matches!(head.method, Method::GET | Method::HEAD) && http_body::Body::is_end_stream(&body);
        let upload = Upload::new(&head, body);
        let answer = match self.once(&head, &origin, upload, repeatable).await {
            Err(Failure { error, died: true }) if repeatable => {
                tracing::debug!(%error, "asking the store once more");
                let connection = Box::pin(self.dialer.dial(&origin)).await?;
                self.over(connection, &head, Upload::new(&head, Body::empty())).await
            }
            answer => answer,
        };
        answer.map_err(|failure| failure.error)
    }

    async fn once(
        &self,
        head: &request::Parts,
        origin: &Origin,
        mut upload: Upload,
        repeatable: bool,
    ) -> Result<Response<Body>, Failure> {
        upload.prime().await.map_err(SendError::Body)?;
        let connection = match self.pool.take(origin, repeatable) {
            Some(connection) => connection,
            // Boxed: it is rare, and would make every request's future larger.
            None => Box::pin(self.dialer.dial(origin)).await?,
        };
        self.over(connection, head, upload).await
    }

    /// Asks over this connection.
    async fn over(
        &self,
        mut connection: Connection,
        head: &request::Parts,
        upload: Upload,
    ) -> Result<Response<Body>, Failure> {
        turn().await;
        let Answered { parts, follows, over } =
            Exchange::new(&mut connection, head, upload, &self.limits).await?;
        if parts.status.is_success() && !over {
            return Err(SendError::Reset("it confirmed an upload that it had not read".into()).into());
        }
        if parts.status.is_success() && follows == Follows::UntilClose {
            // Its end would be the connection's end, which a cut looks like too.
            return Err(SendError::Reset("it did not say how long its answer is".into()).into());
        }
        let ends = follows == Follows::UntilClose || closes(&parts.headers);
        let reusable = over && parts.version == Version::HTTP_11 && !ends;
        let body = self.body(connection, follows, reusable);
        Ok(Response::from_parts(parts, body))
    }

    /// The body of an answer: at hand if all of it came with its head, else still in its socket.
    fn body(&self, mut connection: Connection, follows: Follows, reusable: bool) -> Body {
        if let Follows::Length(length) = follows
            && let Ok(length) = usize::try_from(length)
            && length <= connection.buffer.len()
        {
            let bytes = connection.buffer.split_to(length).freeze();
            if reusable && connection.buffer.is_empty() {
                self.pool.put(connection);
            }
            return Body::from(bytes);
        }
        let Connection { reader, buffer, tools } = connection;
        let unread = Unread { reader, buffer, framing: follows.into() };
        let home = Box::new(Returning { pool: self.pool.clone(), tools, reusable });
        let wire = Wire::new(unread, Some(home), self.limits.buffer);
        Body::received(Received::answer(wire, &self.limits))
    }
}

/// Whether an answer is the connection's last (RFC 9112, 9.6).
fn closes(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(header::CONNECTION).iter();
    lines.any(|line| {
        line.as_bytes().split(|&b| b == b',').any(|word| word.trim_ascii().eq_ignore_ascii_case(b"close"))
    })
}

impl Upstream for Stores {
    type Body = Body;

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, SendError> {
        match request.uri().scheme_str() {
            // Boxed: it is much larger than a request to others.
            Some("embedded") => Box::pin(self.ask(request)).await,
            _ => self.request(request).await,
        }
    }

    /// What goes wrong is in the log here, as a request that renews ahead goes on with what is held.
    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let asking = async {
            match exchange_by_sending(self, request.clone()).await {
                // A connection that was kept may have ended meanwhile; an exchange may be asked for twice.
                Err(SendError::Reset(_)) => exchange_by_sending(self, request).await,
                answer => answer,
            }
        };
        let answer = timeout(self.limits.exchange, asking).await.unwrap_or(Err(SendError::TimedOut));
        match &answer {
            Ok(answer) if answer.status().is_success() => {
                tracing::debug!(%host, "an exchange for credentials")
            }
            Ok(answer) => {
                tracing::warn!(%host, status = answer.status().as_u16(), "an exchange for credentials failed")
            }
            Err(error) => tracing::warn!(%host, %error, "an exchange for credentials failed"),
        }
        answer
    }

    /// What goes wrong is in the log here, as a request that refreshes keys goes on with those that are held.
    async fn fetch(&self, request: Request<Body>, issuer: &Issuer) -> Result<Response<Body>, SendError> {
        let url = request.uri().to_string();
        let answer = self.providers.fetch(request.into_parts().0, issuer).await;
        match &answer {
            Ok(answer) if answer.status() == StatusCode::OK => {
                tracing::debug!(%url, "asked an identity provider")
            }
            Ok(answer) => {
                tracing::warn!(%url, status = answer.status().as_u16(), "an identity provider does not answer well")
            }
            Err(error) => tracing::warn!(%url, ?error, "cannot ask an identity provider"),
        }
        answer
    }

    async fn environment(&self, now: Timestamp) -> Result<Grant<Credentials>, ExchangeError> {
        // Boxed: it is rare, and large.
        let looking = Box::pin(environment::credentials(now));
        let found = timeout(self.limits.exchange, looking).await;
        let found = found.unwrap_or_else(|_| Err(ExchangeError::unreachable(ENVIRONMENT, "nothing in time")));
        if let Err(error) = &found {
            tracing::warn!(%error, "no credentials in the environment");
        }
        found
    }
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stores").field("embedded", &self.embedded.keys()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
