//! The documents that make Brigade an issuer: who it is, and its public keys.

use brigade_s3::{Code, S3Error};
use bytes::Bytes;
use http::{HeaderValue, Method, Response, header, request};

use crate::{Gateway, Registry, Signatures, Upstream};

const DISCOVERY: &str = "/.well-known/openid-configuration";
const KEYS: &str = "/.well-known/jwks.json";

/// How long others may keep a document. Keys are published long before they sign, so this may be as long.
const KEEP: &str = "public, max-age=3600";

impl<U: Upstream, R: Registry, S: Signatures> Gateway<U, R, S> {
    /// The answer to a request for one of the documents; `None` where the request is for something else. Below a bucket's own
    /// host the path is a key.
    pub(crate) fn well_known(&self, client: &request::Parts) -> Option<Result<Response<Bytes>, S3Error>> {
        let federation = self.federation.as_deref()?;
        let document = match client.uri.path() {
            DISCOVERY => federation.discovery(),
            KEYS => federation.jwks(),
            _ => return None,
        };
        if self.settings.addressing.destination(client).is_some() {
            return None;
        }
        if client.method != Method::GET && client.method != Method::HEAD {
            return Some(Err(S3Error::new(Code::MethodNotAllowed).say("This document can only be read.")));
        }
        let length = document.len();
        let mut response = Response::new(if client.method == Method::HEAD { Bytes::new() } else { document });
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(KEEP));
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        Some(Ok(response))
    }
}
