//! `/.brigade/health` and `/.brigade/ready`: no bucket's name begins with a dot.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header, request};
use wasm_bindgen::JsValue;

use crate::body::{Body, bytes_read};
use crate::{configuration, host};

const HEALTH: &str = "/.brigade/health";
const READY: &str = "/.brigade/ready";

/// Whether a request asks for one of them.
pub(super) fn asks(head: &request::Parts) -> bool {
    matches!(head.method, Method::GET | Method::HEAD) && matches!(head.uri.path(), HEALTH | READY)
}

/// Health says that the Worker answers, and by which configuration; readiness, that it has one.
pub(super) fn answer(head: &request::Parts, configured: bool, env: &JsValue) -> Response<Body> {
    let (status, text) = match (head.uri.path() == HEALTH, configured) {
        (true, _) => (StatusCode::OK, format!("ok\n{}{}", version(), for_tests(env))),
        (false, true) => (StatusCode::OK, "ready\n".to_owned()),
        (false, false) => (StatusCode::SERVICE_UNAVAILABLE, "no configuration\n".to_owned()),
    };
    let length = text.len();
    let mut response = Response::new(Body::from(Bytes::from(text)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    // To a HEAD, too.
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What the tests ask: with the variable `BRIGADE_TEST`, how many bytes of bodies came into WASM.
fn for_tests(env: &JsValue) -> String {
    host::variable(env, "BRIGADE_TEST")
        .map_or_else(String::new, |_| format!("bytes_in_wasm {}\n", bytes_read()))
}

fn version() -> String {
    match configuration::version() {
        Some((version, false)) => format!("config {version}\n"),
        Some((version, true)) => format!("config {version}, as a newer one is not valid\n"),
        None => "no config\n".to_owned(),
    }
}
