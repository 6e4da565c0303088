//! The HTTP layer's side of a request: checks, health, the answer's form, and one line in the log.

mod chance;
mod health;
mod told;

use std::net::IpAddr;
use std::rc::Rc;

use brigade_gateway::Probe;
use brigade_s3::{Arrival, Code, S3Error};
use brigade_sigv4::Timestamp;
use bytes::Bytes;
use http::{Method, Response, StatusCode, header, request};
use wasm_bindgen::JsValue;

use crate::body::{Body, Stream};
use crate::host::{self, Upload};
use crate::scope::Scope;
use crate::{configuration, wire};
use told::Told;

/// What the platform takes of a body, in megabytes, unless `BRIGADE_UPLOAD_LIMIT_MB` says what the account's plan allows.
const UPLOAD_LIMIT_MB: u64 = 100;

/// A request as the platform hands it over, read at once.
pub(crate) struct Incoming {
    /// When, in milliseconds since 1970.
    pub(crate) now: f64,
    /// Its method, its address and its headers, in lines.
    pub(crate) head: String,
    pub(crate) upload: Option<Upload>,
}

/// Answers one request; every answer has a request id and one line in the log.
pub(crate) async fn respond(incoming: Incoming, scope: Rc<Scope>) -> host::Response {
    let env = &scope.env;
    let now = incoming.now;
    let seed = chance::seed();
    let (method, head) = wire::request(&incoming.head);
    let mut told = Told::new(method, now, scope.bindings);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds since 1970")]
    let at = Timestamp::from_unix((now / 1000.0) as u64);
    let (from, secure) = head.as_ref().map_or((None, false), |(head, secure)| (client(head), *secure));
    let arrival = Arrival { at, from, secure, seed };
    told.arrived(&arrival);
    let answered = match head {
        Some((head, _)) => serve(head, incoming.upload, arrival, now, env, &mut told).await,
        None => Err(S3Error::new(Code::InvalidUri)
            .say("Percent-encode what is no ASCII letter, digit or mark in the request's target.")),
    };
    let mut response = match answered {
        Ok(response) => response,
        Err(error) => {
            told.refused(error.reason());
            error.into_response(arrival.request_id()).map(Body::from)
        }
    };
    if let Ok(id) = http::HeaderValue::from_str(&arrival.request_id().to_string()) {
        response.headers_mut().entry("x-amz-request-id").or_insert(id);
    }
    told.answered(&response, env);
    into_platform(response, method == "HEAD")
}

async fn serve(
    mut head: request::Parts,
    upload: Option<Upload>,
    arrival: Arrival,
    now: f64,
    env: &JsValue,
    told: &mut Told,
) -> Result<Response<Body>, S3Error> {
    brigade_gateway::admit(&mut head)?;
    let length = head.headers.get(header::CONTENT_LENGTH);
    let length: Option<u64> = length.and_then(|length| length.to_str().ok()?.parse().ok());
    told.uploads(length.unwrap_or_default());
    let body = match upload {
        Some(upload) => Body::stream(Stream::upload(upload, length)),
        None => Body::from(Bytes::new()),
    };
    if let Some(probe) = Probe::of(&head) {
        // Whoever asks for it wants to know of the configuration as well.
        let current = configuration::current(env, now).await;
        told.silent();
        return Ok(health::answer(probe, &head, current.is_ok(), env));
    }
    if let Some(length) = length {
        bounded(length, env)?;
    }
    let served = configuration::current(env, now).await?;
    if may_hold_session(&head) {
        configuration::revocations(&served, env, now).await;
    }
    let request = http::Request::from_parts(head, body);
    Ok(served.gateway.handle_noting(request, arrival, told.record()).await)
}

/// Refuses what the platform would cut off on its way.
fn bounded(length: u64, env: &JsValue) -> Result<(), S3Error> {
    if length <= UPLOAD_LIMIT_MB * 1_000_000 {
        return Ok(());
    }
    let limit = host::variable(env, "BRIGADE_UPLOAD_LIMIT_MB").and_then(|limit| limit.parse().ok());
    let limit: u64 = limit.unwrap_or(UPLOAD_LIMIT_MB);
    if length <= limit.saturating_mul(1_000_000) {
        return Ok(());
    }
    Err(S3Error::new(Code::EntityTooLarge).say(format!(
        "This gateway takes at most {limit} MB in one request. Use a multipart upload with smaller parts."
    )))
}

/// Whether the request might carry a session's token: only then is the list of revocations looked at.
fn may_hold_session(head: &request::Parts) -> bool {
    head.method == Method::POST
        || head.headers.contains_key("x-amz-security-token")
        || head.uri.query().is_some_and(|query| query.to_ascii_lowercase().contains("security-token"))
}

/// The client's address, as the platform knows it; what clients write there themselves it replaces.
fn client(head: &request::Parts) -> Option<IpAddr> {
    head.headers.get("cf-connecting-ip")?.to_str().ok()?.parse().ok()
}

fn into_platform(response: Response<Body>, to_head: bool) -> host::Response {
    let (parts, body) = response.into_parts();
    let mut head = String::with_capacity(1024);
    head.push_str(&parts.status.as_u16().to_string());
    head.push('\n');
    wire::lines(&mut head, &parts.headers, |name| name == header::CONNECTION);
    let bodiless =
        matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED);
    let body = if to_head || bodiless { JsValue::NULL } else { body.answer() };
    host::respond(&head, &body)
}
