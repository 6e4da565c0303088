//! What exchanges share: forms out, JSON in.

use brigade_sigv4::percent_encode;
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;
use zeroize::Zeroizing;

use super::ExchangeError;

/// The type of a form's body.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// A form's body, each value percent-encoded.
pub(super) fn form(fields: &[(&str, &str)]) -> Bytes {
    let mut body = Zeroizing::new(String::new());
    for (name, value) in fields {
        if !body.is_empty() {
            body.push('&');
        }
        body.push_str(name);
        body.push('=');
        body.push_str(&percent_encode(value.as_bytes()));
    }
    Bytes::copy_from_slice(body.as_bytes())
}

/// The JSON object of an answer; what is wrong of one that is none is told by its status.
pub(super) fn object(exchange: &'static str, answer: &Response<Bytes>) -> Result<Value, ExchangeError> {
    let value = brigade_json::read(answer.body()).filter(Value::is_object);
    value.ok_or_else(|| plain(exchange, answer.status()))
}

/// What an answer without a document that can be read means.
pub(super) fn plain(exchange: &'static str, status: StatusCode) -> ExchangeError {
    match status.as_u16() {
        200..300 => {
            ExchangeError::Unreadable { exchange, why: "a success without the document it should have" }
        }
        300..400 => ExchangeError::Unreadable { exchange, why: "a redirect, which is not followed" },
        code => ExchangeError::said(exchange, code, &format!("HTTP-{code}"), "no error document"),
    }
}

/// A member's text.
pub(super) fn text<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A member that is a number of seconds, which some write as text.
pub(super) fn seconds(value: &Value, name: &str) -> Option<u64> {
    let value = value.get(name)?;
    let seconds = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    (1..=7 * 86_400).contains(&seconds).then_some(seconds)
}
