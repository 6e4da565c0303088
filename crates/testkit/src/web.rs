//! The web outside: what identity providers say at their addresses.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use brigade_gateway::{SendError, Upstream};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::{Body, Said, TokenKey};

/// A small web; clones are the same one. Where nothing has been put, there is no answer.
#[derive(Clone, Debug, Default)]
pub struct Web {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    pages: BTreeMap<String, Said>,
    asked: Vec<String>,
}

impl Web {
    /// Puts an answer at an address.
    ///
    /// # Panics
    /// When another test's thread did.
    pub fn put(&self, url: &str, said: Said) {
        self.inner.lock().unwrap().pages.insert(url.into(), said);
    }

    /// Puts a document at an address.
    pub fn publish(&self, url: &str, document: &Value) {
        self.put(url, Said::new(200, document.to_string()).header("content-type", "application/json"));
    }

    /// Makes an issuer publish these keys, where its discovery document says.
    pub fn issuer(&self, issuer: &str, keys: &[&TokenKey]) {
        let jwks_uri = format!("{issuer}/keys");
        let discovery = json!({ "issuer": issuer, "jwks_uri": jwks_uri });
        self.publish(&format!("{issuer}/.well-known/openid-configuration"), &discovery);
        let keys: Vec<_> = keys.iter().map(|key| key.jwk()).collect();
        self.publish(&jwks_uri, &json!({ "keys": keys }));
    }

    /// Takes everything down.
    ///
    /// # Panics
    /// As [`Self::put`].
    pub fn down(&self) {
        self.inner.lock().unwrap().pages.clear();
    }

    /// The addresses that were asked since this was last called.
    ///
    /// # Panics
    /// As [`Self::put`].
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.inner.lock().unwrap().asked)
    }
}

impl Upstream for Web {
    type Body = Body;

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, SendError> {
        let url = request.uri().to_string();
        let mut inner = self.inner.lock().unwrap();
        inner.asked.push(url.clone());
        let Some(said) = inner.pages.get(&url).cloned() else {
            return Err(SendError::Connect(format!("nothing is at {url}")));
        };
        drop(inner);
        if let Some(why) = said.instead {
            return Err(why);
        }
        let body = Body::frames(said.frames);
        let body = match said.ends {
            Ok(()) => body,
            Err(why) => body.failing(why),
        };
        let mut answer = Response::builder().status(StatusCode::from_u16(said.status).unwrap());
        for (name, value) in said.headers {
            answer = answer.header(name, value);
        }
        Ok(answer.body(body).unwrap())
    }
}
