//! A request's head exactly as it was sent.

use http::{HeaderMap, Method, request};

/// The bytes a signature covers: method, raw path, raw query and headers as sent, nothing decoded.
///
/// `path` is what stands before the first `?` (`/` when empty), `query` what stands after it, without
/// the `?` (empty when absent). An HTTP/2 server puts `:authority` into a `host` header first.
#[derive(Clone, Copy, Debug)]
pub struct Wire<'a> {
    /// The method, as sent.
    pub method: &'a Method,
    /// The path, percent-encoded as sent.
    pub path: &'a str,
    /// The query, percent-encoded as sent, without its `?`.
    pub query: &'a str,
    /// Every header line, in order.
    pub headers: &'a HeaderMap,
}

impl<'a> From<&'a request::Parts> for Wire<'a> {
    fn from(head: &'a request::Parts) -> Self {
        Self {
            method: &head.method,
            path: head.uri.path(),
            query: head.uri.query().unwrap_or_default(),
            headers: &head.headers,
        }
    }
}
