//! `/.brigade/health` and `/.brigade/ready`, and what only the tests ask.

use brigade_gateway::{Configured, Probe};
use bytes::Bytes;
use http::{Response, request};
use wasm_bindgen::JsValue;

use crate::body::{Body, bytes_read};
use crate::{configuration, host};

/// What a request's query is that asks how many bytes of bodies came into WASM; with the variable `BRIGADE_TEST` it is told.
const BYTES: &str = "bytes_in_wasm";

/// The answer to what asks for one of them.
pub(super) fn answer(probe: Probe, head: &request::Parts, configured: bool, env: &JsValue) -> Response<Body> {
    if probe == Probe::Health
        && head.uri.query() == Some(BYTES)
        && host::variable(env, "BRIGADE_TEST").is_some()
    {
        return Response::new(Body::from(Bytes::from(bytes_read().to_string())));
    }
    let version = match configuration::version() {
        Some((version, false)) => Configured::Version(version),
        Some((version, true)) => Configured::LastGood(version),
        None => Configured::None,
    };
    let ready = if configured { Ok(()) } else { Err("no configuration") };
    probe.answer(&version, ready).map(Body::from)
}
