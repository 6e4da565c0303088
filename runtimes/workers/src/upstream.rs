//! The way to the stores: the platform's `fetch`.
//!
//! Redirects are not followed, nothing is decompressed or cached, and every wait is bounded.

use std::fmt::Write as _;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use brigade_gateway::{Body as _, BodyError, ENVIRONMENT, EXCHANGE_LIMIT, SendError, Upstream};
use brigade_identity::federation::{ExchangeError, Grant};
use brigade_identity::{Fetch, Issuer};
use brigade_s3::{Arrival, Caller};
use brigade_sigv4::{Credentials, SecretKey, Timestamp};
use bytes::Bytes;
use http::{Request, Response, header};
use wasm_bindgen::JsValue;

use crate::body::{Body, Sending, Stream};
use crate::host::{self, Exchange, settle, settled, words};
use crate::{scope, wire};

/// From the last byte of a request to the head of its answer, in milliseconds: as the server's.
const ANSWER: u32 = 100_000;
/// An exchange for credentials, to the last byte of the answer.
const CREDENTIALS: u32 = 10_000;
/// A document of an identity provider, to its last byte.
const DOCUMENT: u32 = 5_000;
/// When a caller that was limited may ask again, in seconds; the limiter of the platform does not say.
const RETRY_AFTER: u64 = 10;
/// How long the word of an upload's end may come after that of its success.
const END: u32 = 1_000;

/// The stores behind Brigade, as a Worker reaches them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stores;

/// A request on its way, which is taken back when nobody waits for its answer any more.
struct Asked(Exchange);

impl Drop for Asked {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Upstream for Stores {
    type Body = Body;

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, SendError> {
        let (asked, response) = self.ask(request, ANSWER, false).await?;
        asked.0.answered();
        Ok(response)
    }

    async fn admits(&self, caller: &Caller, arrival: &Arrival) -> Result<(), u64> {
        let Some(scope) = scope::current().filter(|scope| scope.bindings.limits) else { return Ok(()) };
        let key = match (caller, arrival.from) {
            (Caller::Anonymous, Some(address)) => address.to_string(),
            (Caller::Anonymous, None) => "anonymous".to_owned(),
            (known, _) => known.name().to_owned(),
        };
        let limited = settle(&host::limited(&scope.env, &key)).await;
        // A limiter that fails limits nobody: it is there against too much, not against everything.
        if limited.is_ok_and(|limited| limited.is_truthy()) { Err(RETRY_AFTER) } else { Ok(()) }
    }

    /// A Worker's surroundings are its secrets. Whoever replaces one deploys the Worker anew, so they need no looking after.
    async fn environment(&self, now: Timestamp) -> Result<Grant<Credentials>, ExchangeError> {
        let scope = scope::current();
        let secret = |name| {
            let value = scope.as_ref().and_then(|scope| host::variable(&scope.env, name));
            value.filter(|value| !value.is_empty())
        };
        let (Some(key_id), Some(key)) = (secret("AWS_ACCESS_KEY_ID"), secret("AWS_SECRET_ACCESS_KEY")) else {
            let why = "the secrets AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set".into();
            return Err(ExchangeError::Unable { exchange: ENVIRONMENT, why });
        };
        let session_token = secret("AWS_SESSION_TOKEN").map(String::into_boxed_str);
        let granted = Credentials { key_id: key_id.into(), secret: SecretKey::new(key), session_token };
        Ok(Grant { granted, expires: Timestamp::from_unix(now.as_unix() + 3600) })
    }

    async fn fetch(&self, request: Request<Body>, _: &Issuer) -> Result<Response<Body>, SendError> {
        let url = request.uri().to_string();
        let answer = self.whole(request, DOCUMENT, Fetch::LIMIT).await;
        match &answer {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => host::complain(&format!(
                "an identity provider does not answer well: {url}: {}",
                answer.status().as_u16()
            )),
            Err(why) => host::complain(&format!("cannot ask an identity provider: {url}: {why}")),
        }
        Ok(answer?.map(Body::from))
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, SendError> {
        let asked = request.uri().host().unwrap_or_default().to_owned();
        let answer = self.whole(request.map(Body::from), CREDENTIALS, EXCHANGE_LIMIT).await;
        match &answer {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => host::complain(&format!(
                "an exchange for credentials failed: {asked}: {}",
                answer.status().as_u16()
            )),
            Err(why) => host::complain(&format!("an exchange for credentials failed: {asked}: {why}")),
        }
        answer
    }
}

impl Stores {
    /// Asks, and reads all of the answer, within one bound of time.
    async fn whole(
        &self,
        request: Request<Body>,
        wait: u32,
        limit: usize,
    ) -> Result<Response<Bytes>, SendError> {
        let (asked, response) = self.ask(request, wait, true).await?;
        let (head, body) = response.into_parts();
        let body = body.collect(limit).await.map_err(|why| match asked.0.timed() {
            true => SendError::TimedOut,
            false => SendError::Reset(format!("its answer cannot be read: {why}")),
        })?;
        Ok(Response::from_parts(head, body))
    }

    async fn ask(
        &self,
        request: Request<Body>,
        wait: u32,
        whole: bool,
    ) -> Result<(Asked, Response<Body>), SendError> {
        let (head, body) = request.into_parts();
        if head.uri.scheme_str() == Some("embedded") {
            return Err(SendError::Connect("a Worker keeps no store: serve it with `brigade serve`".into()));
        }
        if !wire::arrives(head.uri.path()) {
            return Err(SendError::Unsendable(
                "Workers take `.` and `..` segments out of every address, so this key cannot be asked for here. \
                 Use the gateway on a server, or another key.",
            ));
        }
        let mut text = String::with_capacity(1024);
        // A `String` takes whatever it is given.
        let _ = write!(text, "{}\n{}\n", head.method, head.uri);
        wire::lines(&mut text, &head.headers, wire::hop);
        let sending = body.sending().await?;
        let (body, mut pump, upload) = match sending {
            Sending::Whole(body) => (body, None, None),
            Sending::Handed(body, upload) => (body, None, upload),
            Sending::Pumped(body, pump) => (body, Some(pump), None),
        };
        let streamed = pump.is_some() || upload.is_some();
        let exchange = Exchange::new(&text, &body, wait, streamed, whole);
        if let Some(upload) = &upload {
            exchange.begin_after(&upload.all());
        }
        let asked = Asked(exchange);
        let answer = match &mut pump {
            None => asked.0.settled().await,
            Some(pump) => {
                let mut answer = pin!(asked.0.settled());
                let mut run = Some(Box::pin(pump.run()));
                let mut failed = None;
                let answer = poll_fn(|cx| {
                    if let Some(running) = &mut run
                        && let Poll::Ready(ran) = running.as_mut().poll(cx)
                    {
                        run = None;
                        asked.0.begin();
                        if let Err(why) = ran {
                            failed = Some(why);
                        }
                    }
                    match failed {
                        Some(_) => Poll::Ready(Err(JsValue::UNDEFINED)),
                        None => answer.as_mut().poll(cx),
                    }
                })
                .await;
                drop(run);
                if let Some(why) = failed {
                    return Err(SendError::Body(why));
                }
                answer
            }
        };
        if upload.as_ref().is_some_and(host::Upload::failed) {
            return Err(SendError::Body(BodyError::Cut));
        }
        answer.map_err(|why| match asked.0.timed() {
            true => SendError::TimedOut,
            false => SendError::Reset(words(&why)),
        })?;
        let parts = wire::response(&asked.0.head())
            .ok_or_else(|| SendError::Reset("its answer is none".to_owned()))?;
        if parts.status.is_success() {
            if let Some(upload) = &upload
                && !upload.over()
            {
                let _ = settle(&settled(&upload.all(), END)).await;
            }
            let read = upload.as_ref().is_none_or(host::Upload::over)
                && pump.as_ref().is_none_or(|pump| pump.is_over());
            if !read {
                return Err(SendError::Reset("it confirmed an upload that it had not read".into()));
            }
        }
        let length = parts.headers.get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let body = match asked.0.body() {
            Some(readable) => Body::stream(Stream::answer(readable, length)),
            None => Body::from(Bytes::new()),
        };
        Ok((asked, Response::from_parts(parts, body)))
    }
}
