//! What no request may be, whatever it asks for: checked once a runtime has parsed it, before anything else looks.
//!
//! The gateway behind sees every request in one form: a target that is a path with perhaps a query, and exactly one
//! `host` header.

use brigade_s3::{Code, S3Error};
use http::uri::{Authority, PathAndQuery};
use http::{HeaderName, HeaderValue, Method, Uri, Version, header, request};

/// Headers of which two could be read in two ways.
const SINGLE: [HeaderName; 3] = [header::HOST, header::CONTENT_LENGTH, header::AUTHORIZATION];

/// Checks a request's head and brings it into the one form.
///
/// # Errors
/// An [`S3Error`] that says what to send instead.
pub fn admit(head: &mut request::Parts) -> Result<(), S3Error> {
    if !matches!(
        head.method,
        Method::GET | Method::HEAD | Method::PUT | Method::POST | Method::DELETE | Method::OPTIONS
    ) {
        return Err(S3Error::new(Code::MethodNotAllowed));
    }
    // Most heads have no name twice.
    let repeats = head.headers.len() > head.headers.keys_len();
    for name in SINGLE.iter().filter(|_| repeats) {
        if head.headers.get_all(name).iter().nth(1).is_some() {
            return Err(invalid(format!("Send one {name} header, not several.")));
        }
    }
    let continues = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
    if !head.headers.get_all(header::EXPECT).iter().all(continues) {
        return Err(S3Error::new(Code::ExpectationFailed));
    }
    host(head)?;
    target(head)
}

/// One `host` header, that is one: in HTTP/2 it is `:authority`, which hyper puts into the URI.
fn host(head: &mut request::Parts) -> Result<(), S3Error> {
    if head.version == Version::HTTP_2
        && let Some(authority) = head.uri.authority()
    {
        let same = |host: &HeaderValue| host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes());
        if !head.headers.get(header::HOST).is_none_or(same) {
            return Err(invalid("The host header and :authority disagree."));
        }
        let host = HeaderValue::from_str(authority.as_str());
        head.headers.insert(header::HOST, host.map_err(|_| invalid("The :authority is malformed."))?);
    }
    let host = head.headers.get(header::HOST).ok_or_else(|| invalid("Send a Host header."))?;
    let host = host.to_str().ok().filter(|host| !host.is_empty() && !host.contains(['@', '/', ',']));
    let numbered = |authority: &Authority| {
        // What follows the last bracket or name, if anything, is a colon and a port.
        let rest = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
        rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok())
    };
    if host.is_some_and(is_plain) {
        return Ok(());
    }
    match host.map(str::parse::<Authority>) {
        Some(Ok(authority)) if numbered(&authority) => Ok(()),
        Some(Ok(_) | Err(_)) | None => Err(invalid("The Host header is malformed.")),
    }
}

/// Whether a host is a name or an address of IPv4, perhaps with a port: nearly every one is, and needs no parser.
fn is_plain(host: &str) -> bool {
    let host = host.as_bytes();
    let name = host.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')).count();
    let number = |digits: &[u8]| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    match host.get(name..) {
        Some([]) => true,
        Some([b':', port @ ..]) if name > 0 && (1..=5).contains(&port.len()) => {
            port.iter().all(u8::is_ascii_digit) && number(port) <= u16::MAX.into()
        }
        Some(_) | None => false,
    }
}

/// A path: what an absolute target says of the host is not believed, and nothing is fetched from there.
fn target(head: &mut request::Parts) -> Result<(), S3Error> {
    let path = head.uri.path_and_query().filter(|path| path.as_str().starts_with('/'));
    let path: PathAndQuery = path.cloned().ok_or_else(|| S3Error::new(Code::InvalidUri))?;
    if head.uri.authority().is_some() || head.uri.scheme().is_some() {
        head.uri = Uri::from(path);
    }
    Ok(())
}

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> S3Error {
    S3Error::new(Code::InvalidRequest).say(message)
}

#[cfg(test)]
mod tests;
