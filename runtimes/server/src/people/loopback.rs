//! A port of this machine that waits for the browser to come back (RFC 8252, section 7.3).

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::address::{Address, is_loopback};
use super::code::{Answer, Attempt};
use super::provider::Provider;
use super::secret::Secret;
use super::trouble::Trouble;

/// Where the browser comes back to if nobody says: a port that the system chooses.
const REDIRECT: &str = "http://127.0.0.1/callback";

/// How long a person may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// Connections at once: a browser opens some that it may never use.
const CONNECTIONS: usize = 16;

/// How long a connection may take, so that one that says nothing holds nobody up.
const CONNECTION: Duration = Duration::from_secs(15);

const DONE: &str = "You can close this page and go back to the terminal.";
const STRAY: &str =
    "This is not the answer that `brigade login` waits for. Begin again from the URL it printed.";

/// The port, and what the provider is told of it.
#[derive(Debug)]
pub(super) struct Loopback {
    listener: TcpListener,
    uri: String,
    path: String,
}

impl Loopback {
    /// Binds the port that `redirect` names, or any if it names none.
    pub(super) async fn bind(redirect: Option<&str>) -> Result<Self, Trouble> {
        let text = redirect.unwrap_or(REDIRECT);
        let address = Address::parse(text, false).map_err(|why| format!("--redirect-uri: {why}"))?;
        let uri = address.uri();
        let host = uri.host().unwrap_or_default();
        if uri.scheme_str() != Some("http") || !is_loopback(host) || uri.query().is_some() {
            return Err(
                "--redirect-uri must be of this machine, such as http://127.0.0.1:8400/callback".into()
            );
        }
        let ip = host.trim_start_matches('[').trim_end_matches(']').parse();
        let ip = ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let wanted = SocketAddr::new(ip, uri.port_u16().unwrap_or(0));
        let bound = TcpListener::bind(wanted).await;
        let listener = bound
            .map_err(|error| format!("cannot listen on {wanted}: {error}; name another --redirect-uri"))?;
        let port = listener.local_addr().map_err(|error| error.to_string())?.port();
        let path = uri.path().to_owned();
        Ok(Self { uri: format!("http://{host}:{port}{path}"), listener, path })
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    /// Waits for the code. What does not belong to this login is turned away, and the wait goes on.
    pub(super) async fn code(self, attempt: &Arc<Attempt>, provider: &Provider) -> Result<Secret, Trouble> {
        let (answers, mut answered) = mpsc::channel(1);
        let door = Arc::new(Door {
            path: self.path,
            attempt: Arc::clone(attempt),
            provider: provider.clone(),
            answers,
        });
        let mut open = JoinSet::new();
        let end = tokio::time::Instant::now() + PATIENCE;
        let answer = loop {
            tokio::select! {
                accepted = self.listener.accept(), if open.len() < CONNECTIONS => {
                    let Ok((stream, _)) = accepted else { continue };
                    open.spawn(serve(stream, Arc::clone(&door)));
                }
                Some(_) = open.join_next() => {}
                Some(answer) = answered.recv() => break answer,
                () = tokio::time::sleep_until(end) => {
                    return Err("nobody logged in within ten minutes: try again".into());
                }
            }
        };
        // The page is on its way to the browser.
        let _ =
            tokio::time::timeout(Duration::from_secs(1), async { while open.join_next().await.is_some() {} })
                .await;
        answer
    }
}

struct Door {
    path: String,
    attempt: Arc<Attempt>,
    provider: Provider,
    answers: mpsc::Sender<Result<Secret, Trouble>>,
}

impl Door {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if request.uri().path() != self.path {
            return page(StatusCode::NOT_FOUND, STRAY);
        }
        if request.method() != Method::GET {
            return page(StatusCode::METHOD_NOT_ALLOWED, STRAY);
        }
        match self.attempt.answer(request.uri().query().unwrap_or_default(), &self.provider) {
            Answer::Stray => page(StatusCode::BAD_REQUEST, STRAY),
            Answer::Ours(answer) => match self.answers.try_send(answer) {
                Ok(()) => page(StatusCode::OK, DONE),
                Err(_) => page(StatusCode::BAD_REQUEST, STRAY),
            },
        }
    }
}

async fn serve(stream: tokio::net::TcpStream, door: Arc<Door>) {
    let service = service_fn(|request| {
        let answer = door.answer(&request);
        async move { Ok::<_, Infallible>(answer) }
    });
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).keep_alive(false).max_buf_size(32 << 10);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    // Whatever becomes of one connection, the browser opens another.
    let _ = tokio::time::timeout(CONNECTION, connection).await;
}

fn page(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let html = format!("<!doctype html><meta charset=utf-8><title>Brigade</title><p>{text}</p>\n");
    let mut response = Response::new(Full::new(Bytes::from(html)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, http::HeaderValue::from_static(value));
    set(header::CONTENT_TYPE, "text/html; charset=utf-8");
    // The page's own URL has the code in it.
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::CACHE_CONTROL, "no-store");
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_browser_comes_back_to_this_machine_alone() {
        for (redirect, expect) in [
            (None, Some("http://127.0.0.1:PORT/callback")),
            (Some("http://localhost/a/b"), Some("http://localhost:PORT/a/b")),
            (Some("http://127.0.0.1"), Some("http://127.0.0.1:PORT/")),
            (Some("https://127.0.0.1/callback"), None),
            (Some("http://127.0.0.1/callback?x=y"), None),
            (Some("http://10.0.0.1/callback"), None),
            (Some("https://example.org/callback"), None),
            (Some("urn:ietf:wg:oauth:2.0:oob"), None),
        ] {
            let bound = Loopback::bind(redirect).await;
            let uri = bound.as_ref().ok().map(|loopback| {
                let address = loopback.listener.local_addr().unwrap();
                assert!(address.ip().is_loopback(), "{address}");
                loopback.uri().replace(&format!(":{}", address.port()), ":PORT")
            });
            assert_eq!(uri.as_deref(), expect, "{redirect:?}");
        }
    }
}
