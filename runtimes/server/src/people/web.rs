//! Requests to the provider and to the gateway: bounded in time and size, redirects not followed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use brigade_gateway::{Body as _, Upstream};
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};

use super::address::{Address, form};
use super::secret::Secret;
use super::trouble::Trouble;
use crate::{Body, Limits, Stores};

/// From the first byte to the last.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of an answer.
const ANSWER: usize = 1 << 20;

/// This machine's way out.
#[derive(Debug)]
pub(super) struct Web(Stores);

/// A whole answer.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

impl Web {
    pub(super) fn new() -> Self {
        Self(Stores::new(HashMap::new(), Arc::new(Limits::default())))
    }

    pub(super) async fn get(&self, address: &Address) -> Result<Reply, Trouble> {
        self.send(address, Request::builder().method(Method::GET), Body::empty()).await
    }

    /// Posts a form; `basic` is a client's id and secret for its header.
    pub(super) async fn post(
        &self,
        address: &Address,
        fields: &[(&str, &str)],
        basic: Option<(&str, &Secret)>,
    ) -> Result<Reply, Trouble> {
        let mut request = Request::builder()
            .method(Method::POST)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some((id, secret)) = basic {
            // RFC 6749, section 2.3.1: each is encoded as in a form first.
            let encode = |text: &str| brigade_sigv4::percent_encode(text.as_bytes());
            let pair = format!("{}:{}", encode(id), encode(secret.expose()));
            let pair = base64::engine::general_purpose::STANDARD.encode(pair);
            request = request.header(header::AUTHORIZATION, format!("Basic {pair}"));
        }
        self.send(address, request, Body::from(Bytes::from(form(fields)))).await
    }

    async fn send(
        &self,
        address: &Address,
        request: http::request::Builder,
        body: Body,
    ) -> Result<Reply, Trouble> {
        let host = address.uri().authority().map_or("", |authority| authority.as_str());
        let request = request
            .uri(address.uri().clone())
            .header(header::HOST, host)
            .header(header::ACCEPT, "application/json, text/xml")
            .header(header::USER_AGENT, concat!("brigade/", env!("CARGO_PKG_VERSION")))
            .body(body)
            .map_err(|error| format!("{}: {error}", address.uri()))?;
        let asked = tokio::time::timeout(PATIENCE, async {
            let (head, body) = self.0.send(request).await.map_err(|error| error.to_string())?.into_parts();
            let body = body.collect(ANSWER).await.map_err(|error| error.to_string())?;
            Ok::<_, String>(Reply { status: head.status, body })
        });
        let answer = asked.await.unwrap_or_else(|_| Err("no answer in time".to_owned()));
        answer.map_err(|why| {
            let why = why.replace("the store", "it");
            Trouble::Unreachable(format!("cannot ask {}: {why}", address.base()))
        })
    }
}
