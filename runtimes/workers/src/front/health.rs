//! `/.brigade/health` and `/.brigade/ready`: no bucket's name begins with a dot.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header, request};

use crate::body::Body;
use crate::configuration;

const HEALTH: &str = "/.brigade/health";
const READY: &str = "/.brigade/ready";

/// Whether a request asks for one of them.
pub(super) fn asks(head: &request::Parts) -> bool {
    matches!(head.method, Method::GET | Method::HEAD) && matches!(head.uri.path(), HEALTH | READY)
}

/// Health says that the Worker answers, and by which configuration; readiness, that it has one.
pub(super) fn answer(head: &request::Parts, configured: bool) -> Response<Body> {
    let (status, text) = match (head.uri.path() == HEALTH, configured) {
        (true, _) => (StatusCode::OK, format!("ok\n{}", version())),
        (false, true) => (StatusCode::OK, "ready\n".to_owned()),
        (false, false) => (StatusCode::SERVICE_UNAVAILABLE, "no configuration\n".to_owned()),
    };
    let mut response = Response::new(Body::from(Bytes::from(text)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn version() -> String {
    match configuration::version() {
        Some((version, false)) => format!("config {version}\n"),
        Some((version, true)) => format!("config {version}, as a newer one is not valid\n"),
        None => "no config\n".to_owned(),
    }
}
