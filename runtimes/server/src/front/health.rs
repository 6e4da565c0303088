//! `/.brigade/health` and `/.brigade/ready`: no bucket's name begins with a dot.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header, request};

use crate::body::Body;
use crate::drain::Drain;

/// The answer, if the request asks for one of them.
///
/// Health says that the process answers; readiness says that it also takes new work, which it stops doing before it
/// ends, so that a load balancer sends no more.
pub(super) fn answer(head: &request::Parts, drain: &Drain) -> Option<Response<Body>> {
    if !matches!(head.method, Method::GET | Method::HEAD) {
        return None;
    }
    let (status, text) = match head.uri.path() {
        "/.brigade/health" => (StatusCode::OK, "ok\n"),
        "/.brigade/ready" if drain.has_begun() => (StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
        "/.brigade/ready" => (StatusCode::OK, "ready\n"),
        _ => return None,
    };
    let mut response = Response::new(Body::from(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Some(response)
}
