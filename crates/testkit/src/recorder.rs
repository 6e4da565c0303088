//! An upstream that keeps what it was sent and says what it was told to say.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use brigade_gateway::{BodyError, SendError, Upstream};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Uri};

use crate::{Body, Mark, Signer};

/// An upstream of any scheme; clones share what was sent and what is to be said.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    sent: Vec<Sent>,
    script: VecDeque<Said>,
}

/// A request, as a store received it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its method.
    pub method: String,
    /// Its address.
    pub uri: Uri,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as far as it came.
    pub body: Bytes,
    /// Whether the body ended as it should; if not, no store takes it for whole.
    pub ended: Result<(), BodyError>,
}

/// What a store says.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body's frames.
    pub frames: Vec<Bytes>,
    /// How its body ends.
    pub ends: Result<(), BodyError>,
    /// Whether it says so without having read the request's body.
    pub early: bool,
    /// What happens instead of an answer.
    pub instead: Option<SendError>,
}

impl Said {
    /// An answer with this body and its length; a plain 200 has an ETag, as that of a store which took an upload.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut headers = vec![("content-length".into(), body.len().to_string())];
        if status == 200 && body.is_empty() {
            headers.push(("etag".into(), "\"e\"".into()));
        }
        Self { status, headers, frames: vec![body], ends: Ok(()), early: false, instead: None }
    }

    /// No answer.
    #[must_use]
    pub fn nothing(why: SendError) -> Self {
        Self { instead: Some(why), ..Self::new(200, "") }
    }

    /// An S3 error document of this code.
    #[must_use]
    pub fn error(status: u16, code: &str) -> Self {
        let document = format!("<Error><Code>{code}</Code><Message>No.</Message></Error>");
        Self::new(status, document).header("content-type", "application/xml")
    }

    /// The same with another header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same with its body breaking off.
    #[must_use]
    pub fn cut(self) -> Self {
        Self { ends: Err(BodyError::Cut), ..self }
    }

    /// The same, said without reading the request's body.
    #[must_use]
    pub fn early(self) -> Self {
        Self { early: true, ..self }
    }
}

impl Recorder {
    /// Tells it what to say next, behind what it has been told before. Without a script it says 200 and nothing.
    pub fn say(&self, said: Said) {
        self.inner.lock().unwrap().script.push_back(said);
    }

    /// What it was sent since it was last asked.
    #[must_use]
    pub fn sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.inner.lock().unwrap().sent)
    }
}

impl Upstream for Recorder {
    type Body = Body;

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, SendError> {
        let mut inner = self.inner.lock().unwrap();
        let said = inner.script.pop_front().unwrap_or_else(|| Said::new(200, ""));
        let (head, body) = request.into_parts();
        let (body, ended) = if said.early { (Bytes::new(), Ok(())) } else { body.drain() };
        inner.sent.push(Sent {
            method: head.method.to_string(),
            uri: head.uri,
            headers: head.headers,
            body,
            ended,
        });
        if let Some(why) = said.instead {
            return Err(why);
        }
        let body = Body::frames(said.frames);
        let body = match said.ends {
            Ok(()) => body,
            Err(why) => body.failing(why),
        };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(said.status).unwrap();
        for (name, value) in &said.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            response.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        Ok(response)
    }
}

impl Sent {
    /// A header's value, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap_or("(not ASCII)"))
    }

    /// Path and query.
    #[must_use]
    pub fn target(&self) -> &str {
        self.uri.path_and_query().map_or("", |target| target.as_str())
    }

    /// Whether the signature is the one that `aws-sigv4` makes of the same request, over every header that has a meaning,
    /// and the payload hash it declares is its body's.
    ///
    /// # Errors
    /// What is wrong.
    pub fn verify(&self, signer: &Signer) -> Result<(), String> {
        let authorization = self.header("authorization");
        let signed = authorization
            .split_once("SignedHeaders=")
            .and_then(|(_, rest)| rest.split_once(','))
            .map(|(names, _)| names.split(';').collect::<Vec<_>>())
            .ok_or_else(|| format!("no signature: {authorization:?}"))?;
        let unsigned: Vec<_> = self
            .headers
            .keys()
            .map(HeaderName::as_str)
            .filter(|name| *name == "host" || name.starts_with("x-amz-"))
            .filter(|name| !signed.contains(name))
            .collect();
        if !unsigned.is_empty() {
            return Err(format!("{unsigned:?} are not signed"));
        }
        let mark = self.header("x-amz-content-sha256");
        let hashes = mark.len() == 64;
        if hashes && mark != crate::chunked::sha256(&self.body) && self.ended.is_ok() {
            return Err("the body is not the one that is signed".into());
        }
        let mut ask = crate::Ask::new(&self.method, self.target()).without("host");
        for name in signed.iter().filter(|name| !matches!(**name, "x-amz-date" | "x-amz-content-sha256")) {
            for value in self.headers.get_all(*name) {
                ask = ask.header(name, std::str::from_utf8(value.as_bytes()).map_err(|e| e.to_string())?);
            }
        }
        let signer = Signer { mark: Mark::Text(mark.into()), ..signer.clone() };
        let ours = signer.sign(ask);
        if ours.value("authorization") == authorization {
            Ok(())
        } else {
            Err(format!("{authorization} should be {}", ours.value("authorization")))
        }
    }
}
