//! Heads as the platform gives and takes them: an address, and headers as lines of name and value.

use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http::{request, response};

/// An address of the platform's, taken apart by hand: its own parser would write paths anew, and signatures are of paths as
/// they were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// Whether the client came over TLS.
    pub secure: bool,
    /// The host, and the port if there is one.
    pub authority: &'a str,
    /// The path and the query, as they were sent but for `.` and `..`, which the platform has taken away.
    pub target: &'a str,
}

impl<'a> Address<'a> {
    /// Reads `https://host/path?query`.
    #[must_use]
    pub fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end)?;
        let target = target.split_once('#').map_or(target, |(before, _)| before);
        Some(Self { secure: scheme == "https", authority, target })
    }

    /// The target as a URI.
    fn uri(&self) -> Option<Uri> {
        let target = match self.target.strip_prefix('/') {
            Some(_) => PathAndQuery::try_from(self.target),
            None => PathAndQuery::try_from(format!("/{}", self.target)),
        };
        target.ok().map(Uri::from)
    }
}

/// Which lines of the log are wanted, by the variable `BRIGADE_LOG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// None at all.
    None,
    /// Those of answers whose status is 500 or more.
    Failures,
    /// One of each request.
    All,
}

/// What every request asks of its bindings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bindings {
    /// Which lines the log has.
    pub log: Wanted,
    /// Whether `ANALYTICS` is bound.
    pub measures: bool,
    /// Whether `RATE_LIMIT` is bound.
    pub limits: bool,
}

impl Bindings {
    /// Reads what `bindings` of `host.js` writes.
    #[must_use]
    pub fn from_bits(bits: u32) -> Self {
        let log = match bits & 3 {
            0 => Wanted::None,
            1 => Wanted::Failures,
            _ => Wanted::All,
        };
        Self { log, measures: bits & 4 != 0, limits: bits & 8 != 0 }
    }
}

/// A request's method, and its head: whether it came over TLS stands beside. `None`: its target is no URI.
#[must_use]
pub fn request(text: &str) -> (&str, Option<(request::Parts, bool)>) {
    let (method, rest) = text.split_once('\n').unwrap_or((text, ""));
    let (url, lines) = rest.split_once('\n').unwrap_or((rest, ""));
    (method, parts(method, url, lines))
}

fn parts(method: &str, url: &str, lines: &str) -> Option<(request::Parts, bool)> {
    let address = Address::of(url)?;
    let (mut head, ()) = Request::new(()).into_parts();
    head.method = Method::from_bytes(method.as_bytes()).ok()?;
    head.uri = address.uri()?;
    head.headers = headers(lines);
    let own = HeaderValue::from_str(address.authority).ok()?;
    let host = head.headers.entry(header::HOST).or_insert_with(|| own.clone());
    // Of `GET *` the platform makes `http://host*`.
    if !address.target.starts_with('/') && *host != own {
        return None;
    }
    Some((head, address.secure))
}

/// The head of a response: its status, and its headers in the lines after.
#[must_use]
pub fn response(text: &str) -> Option<response::Parts> {
    let (status, lines) = text.split_once('\n')?;
    let (mut head, ()) = Response::new(()).into_parts();
    head.status = status.parse::<StatusCode>().ok()?;
    head.headers = headers(lines);
    Some(head)
}

fn headers(lines: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut lines = lines.split('\n');
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.append(name, value);
        }
    }
    headers
}

/// Appends headers as lines, without those for which `ours` holds.
pub fn lines(text: &mut String, headers: &HeaderMap, ours: impl Fn(&HeaderName) -> bool) {
    for (name, value) in headers {
        if ours(name) {
            continue;
        }
        text.push_str(name.as_str());
        text.push('\n');
        text.push_str(&String::from_utf8_lossy(value.as_bytes()));
        text.push('\n');
    }
}

/// What the platform says itself to a store, or must not say: an interim 100 would become the answer.
#[must_use]
pub fn hop(name: &HeaderName) -> bool {
    [header::HOST, header::CONTENT_LENGTH, header::EXPECT, header::CONNECTION, header::TRANSFER_ENCODING]
        .contains(name)
}

/// Whether a target arrives as it is: the platform resolves `.` and `..`, however they are written, in what it sends as well.
#[must_use]
pub fn arrives(path: &str) -> bool {
    let dots = |segment: &str| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    };
    !path.split('/').any(|segment| matches!(segment.as_bytes().first(), Some(b'.' | b'%')) && dots(segment))
}

#[cfg(test)]
mod tests;
