//! The way to the stores: one pooled HTTP client, and the stores in this process.
//!
//! Redirects are not followed, nothing is decompressed, and every wait is bounded. A request is sent again only if it
//! is a GET or a HEAD without a body whose connection died before any byte of an answer, and then once.

mod flow;
mod sending;

use std::collections::HashMap;
use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use brigade_gateway::{ENVIRONMENT, SendError, Upstream, exchange_by_sending};
use brigade_identity::Issuer;
use brigade_identity::federation::{ExchangeError, Grant};
use brigade_sigv4::{Credentials, Timestamp};
use brigade_store::{Fault, Store};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, header};
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use tokio::time::{Instant, sleep_until, timeout};

use crate::body::{Body, Received};
use crate::environment;
use crate::limits::Limits;
use crate::providers::Providers;
use flow::Flow;
use sending::Sending;

/// How long a connection to a store is kept unused: less than the stores themselves keep theirs.
const POOL_IDLE: Duration = Duration::from_secs(15);

/// Connections kept unused per store.
const POOL_SIZE: usize = 256;

/// The stores behind Brigade, as this process reaches them. Clones share connections.
#[derive(Clone)]
pub struct Stores {
    client: Client<HttpsConnector<HttpConnector>, Sending>,
    embedded: Arc<HashMap<Box<str>, Store>>,
    providers: Providers,
    limits: Arc<Limits>,
}

impl Stores {
    /// The way to any store over HTTP, and to these in this process by the names of their backends.
    ///
    /// # Errors
    /// When the TLS library refuses its own defaults.
    pub fn new(embedded: HashMap<Box<str>, Store>, limits: Arc<Limits>) -> io::Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(limits.connect));
        tcp.set_keepalive(Some(Duration::from_secs(60)));
        let roots = roots()?;
        let providers = Providers::new(Arc::new(roots.clone()), limits.fetch);
        let tls = HttpsConnectorBuilder::new().with_tls_config(roots);
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .pool_max_idle_per_host(POOL_SIZE)
            .http1_max_buf_size(limits.buffer)
            .build(tls.https_or_http().enable_http1().wrap_connector(tcp));
        Ok(Self { client, embedded: Arc::new(embedded), providers, limits })
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
        let (sending, flow) = Sending::new(body);
        let answer = store.handle(Request::from_parts(head, sending), crate::clock::system_time()).await;
        match flow.failed() {
            Some(error) => Err(SendError::Body(error)),
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
        let repeatable = matches!(*request.method(), Method::GET | Method::HEAD)
            && http_body::Body::is_end_stream(request.body());
        if !repeatable {
            return self.once(request).await.map_err(|failure| failure.error);
        }
        let (head, _) = request.into_parts();
        match self.once(Request::from_parts(head.clone(), Body::empty())).await {
            Err(Failure { error, died: true }) => {
                tracing::debug!(%error, "asking the store once more");
                let again = self.once(Request::from_parts(head, Body::empty())).await;
                again.map_err(|failure| failure.error)
            }
            answer => answer.map_err(|failure| failure.error),
        }
    }

    async fn once(&self, request: Request<Body>) -> Result<Response<Body>, Failure> {
        let (head, body) = request.into_parts();
        let bodiless = head.method == Method::HEAD;
        let (mut sending, flow) = Sending::new(body);
        sending.prime().await.map_err(SendError::Body)?;
        let answer = self.await_head(Request::from_parts(head, sending), &flow).await;
        // Whatever the store or hyper made of it: an upload that failed on its sender's side is the sender's failure.
        if let Some(error) = flow.failed() {
            return Err(SendError::Body(error).into());
        }
        let answer = answer?;
        if answer.status().is_success() && !flow.is_over() {
            return Err(SendError::Reset("it confirmed an upload that it had not read".into()).into());
        }
        let ends = |name| answer.headers().contains_key(name);
        let framed = bodiless
            || http_body::Body::is_end_stream(answer.body())
            || ends(header::CONTENT_LENGTH)
            || is_chunked(answer.headers());
        if answer.status().is_success() && !framed {
            // Its end would be the connection's end, which a cut looks like too.
            return Err(SendError::Reset("it did not say how long its answer is".into()).into());
        }
        Ok(answer.map(|incoming| Body::received(Received::answer(incoming, &self.limits))))
    }

    /// Sends, and watches that something moves: a store that neither reads nor answers is given up.
    async fn await_head(
        &self,
        request: Request<Sending>,
        flow: &Flow,
    ) -> Result<Response<Incoming>, Failure> {
        let mut answer = std::pin::pin!(self.client.request(request));
        loop {
            let now = Instant::now();
            let end = flow.deadline(now, &self.limits);
            if end <= now {
                return Err(SendError::TimedOut.into());
            }
            tokio::select! {
                answer = &mut answer => return answer.map_err(|error| Failure::of(&error)),
                () = sleep_until(end) => {}
            }
        }
    }
}

/// TLS towards others, whose certificates the system's roots vouch for (or `SSL_CERT_FILE`'s), or the built-in ones.
fn roots() -> io::Result<ClientConfig> {
    let begin = || {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()
    };
    let roots = match begin().map_err(io::Error::other)?.with_native_roots() {
        Ok(native) => native,
        Err(error) => {
            tracing::debug!(%error, "no certificates in the system's store: using the built-in ones");
            begin().map_err(io::Error::other)?.with_webpki_roots()
        }
    };
    Ok(roots.with_no_client_auth())
}

/// Whether chunks frame an answer. Any other coding ends with the connection, and so would a cut one.
fn is_chunked(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let first = codings.next().is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    first && codings.next().is_none()
}

impl Upstream for Stores {
    type Body = Body;

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, SendError> {
        match request.uri().scheme_str() {
            Some("embedded") => self.ask(request).await,
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

struct Failure {
    error: SendError,
    /// The connection ended before any byte of an answer.
    died: bool,
}

impl Failure {
    fn of(error: &hyper_util::client::legacy::Error) -> Self {
        let mut text = error.to_string();
        let mut died = false;
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            died |= cause
                .downcast_ref()
                .is_some_and(|e: &hyper::Error| e.is_incomplete_message() || e.is_canceled());
            died |= cause.downcast_ref().is_some_and(|e: &io::Error| {
                matches!(e.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
            });
            source = cause.source();
        }
        match error.is_connect() {
            true => Self { error: SendError::Connect(text), died: false },
            false => Self { error: SendError::Reset(text), died },
        }
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        Self { error, died: false }
    }
}
