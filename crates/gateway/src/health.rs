//! `/.brigade/health` and `/.brigade/ready`, as both runtimes answer them: no bucket's name begins with a dot.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header, request};

/// What a request asks of the runtime rather than of the gateway.
///
/// ```
/// use brigade_gateway::{Configured, Probe};
///
/// let (head, ()) = http::Request::get("/.brigade/health").body(()).unwrap().into_parts();
/// let probe = Probe::of(&head).unwrap();
/// let answer = probe.answer(&Configured::Version("0123456789abcdef".into()), Ok(()));
/// assert_eq!(answer.body(), "ok\nconfig 0123456789abcdef\n");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Whether it answers, and by which configuration.
    Health,
    /// Whether it takes new work.
    Ready,
}

/// Which configuration is served: a version is the beginning of the SHA-256 of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Configured {
    /// None could be had.
    None,
    /// The newest.
    Version(Box<str>),
    /// The last that was good, as a newer one is not.
    LastGood(Box<str>),
}

impl Probe {
    /// What a request asks for, if it is one of the two.
    #[must_use]
    pub fn of(head: &request::Parts) -> Option<Self> {
        match (&head.method, head.uri.path()) {
            (&Method::GET | &Method::HEAD, "/.brigade/health") => Some(Self::Health),
            (&Method::GET | &Method::HEAD, "/.brigade/ready") => Some(Self::Ready),
            _ => None,
        }
    }

    /// The answer; `ready` says in a word why it takes no new work. Readiness ends before the process does, so that a load
    /// balancer sends no more.
    #[must_use]
    pub fn answer(self, configured: &Configured, ready: Result<(), &str>) -> Response<Bytes> {
        let (status, text) = match (self, ready) {
            (Self::Health, _) => (StatusCode::OK, format!("ok\n{}\n", configured.line())),
            (Self::Ready, Ok(())) => (StatusCode::OK, "ready\n".to_owned()),
            (Self::Ready, Err(why)) => (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")),
        };
        let length = text.len();
        let mut response = Response::new(Bytes::from(text));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        // To a HEAD, too.
        headers.insert(header::CONTENT_LENGTH, length.into());
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl Configured {
    fn line(&self) -> String {
        match self {
            Self::None => "no config".to_owned(),
            Self::Version(version) => format!("config {version}"),
            Self::LastGood(version) => format!("config {version}, as a newer one is not valid"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: &str, path: &str, ready: Result<(), &str>, expect: Option<(u16, &str)>) {
        let (head, ()) = http::Request::builder().method(method).uri(path).body(()).unwrap().into_parts();
        let answer = Probe::of(&head).map(|probe| probe.answer(&Configured::LastGood("abc".into()), ready));
        let told = answer.as_ref().map(|answer| (answer.status().as_u16(), answer.body().as_ref()));
        assert_eq!(told, expect.map(|(status, text)| (status, text.as_bytes())), "{method} {path}");
    }

    #[test]
    fn two_paths_are_asked_for_by_get_and_head_alone() {
        let health = Some((200, "ok\nconfig abc, as a newer one is not valid\n"));
        check("GET", "/.brigade/health", Err("draining"), health);
        check("HEAD", "/.brigade/health?x", Ok(()), health);
        check("GET", "/.brigade/ready", Ok(()), Some((200, "ready\n")));
        check("GET", "/.brigade/ready", Err("draining"), Some((503, "draining\n")));
        check("POST", "/.brigade/ready", Ok(()), None);
        check("GET", "/.brigade/ready/", Ok(()), None);
        check("GET", "/.brigade", Ok(()), None);
    }
}
