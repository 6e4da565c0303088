//! One connection, from its first byte to its last.
//!
//! ```text
//! TCP ─ [TLS] ─ first bytes ─► HTTP/1: Examined ─ hyper ─► Front
//!                         └──► HTTP/2 (prior knowledge or ALPN) ─ hyper ─► Front
//! ```
//!
//! A connection ends when its client is done, when nothing has moved for too long, and soon after the drain begins.

mod examined;
mod framing;
mod traffic;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::{interval, sleep, timeout};

use crate::drain::Drain;
use crate::front::{Answer, Front, Line};
use crate::limits::Limits;
use examined::Examined;
pub(crate) use examined::{REFUSED, Refusal};
use framing::HeadLimits;
pub(crate) use framing::Violation;
pub(crate) use traffic::Traffic;

/// What an HTTP/2 connection begins with (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How often a connection that is to end is looked at while a head is on its way.
const IN_HEAD: Duration = Duration::from_millis(20);

/// In how many parts the time without progress is measured.
const TICKS: u32 = 3;

/// What speaks on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/1.1 or 1.0.
    Http1,
    /// HTTP/2.
    Http2,
    /// Whatever the first bytes say.
    Unknown,
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// Whether the connection is TLS.
    pub(crate) secure: bool,
}

/// Serves a connection until it ends.
pub(crate) async fn serve<IO, A>(mut io: IO, peer: Peer, protocol: Protocol, front: Arc<Front<A>>)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Answer,
{
    let mut held = BytesMut::new();
    let protocol = match protocol {
        Protocol::Unknown => {
            let mut drain = front.drain.clone();
            tokio::select! {
                biased;
                found = timeout(front.limits.head_time, first_bytes(&mut io, &mut held)) => match found {
                    Ok(Ok(Some(protocol))) => protocol,
                    Ok(Ok(None) | Err(_)) | Err(_) => return,
                },
                // Nothing has been asked yet.
                () = drain.begun() => return,
            }
        }
        known @ (Protocol::Http1 | Protocol::Http2) => known,
    };
    match protocol {
        Protocol::Http2 => http2(io, held, peer, front).await,
        Protocol::Http1 | Protocol::Unknown => http1(io, held, peer, front).await,
    }
}

/// Reads until the protocol is clear; `None` when the client left before.
async fn first_bytes<IO: AsyncRead + Unpin>(
    io: &mut IO,
    held: &mut BytesMut,
) -> io::Result<Option<Protocol>> {
    while io.read_buf(held).await? > 0 {
        match held.get(..PREFACE.len()) {
            Some(first) if first == PREFACE => return Ok(Some(Protocol::Http2)),
            None if PREFACE.starts_with(held) => {}
            Some(_) | None => return Ok(Some(Protocol::Http1)),
        }
    }
    Ok(None)
}

async fn http1<IO, A>(io: IO, held: BytesMut, peer: Peer, front: Arc<Front<A>>)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Answer,
{
    let limits = front.limits.clone();
    let traffic = Arc::new(Traffic::default());
    let (io, refusal) = Examined::http1(io, held, head_limits(&limits), traffic.clone());
    let line = Arc::new(Line { peer, traffic: traffic.clone(), refusal });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head_time).max_buf_size(limits.buffer);
    let mut drain = front.drain.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (front, line) = (front.clone(), line.clone());
        async move { Ok::<_, Infallible>(front.respond(request, &line).await) }
    });
    let connection = builder.serve_connection(TokioIo::new(io), service);
    drive(connection, http1::Connection::graceful_shutdown, &traffic, &mut drain, limits.stall).await;
}

async fn http2<IO, A>(io: IO, held: BytesMut, peer: Peer, front: Arc<Front<A>>)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    A: Answer,
{
    let limits = front.limits.clone();
    let traffic = Arc::new(Traffic::default());
    // On the wire something moves even when no request does: only bodies count here.
    let io = Examined::open(io, held, head_limits(&limits), Arc::default());
    let line = Arc::new(Line { peer, traffic: traffic.clone(), refusal: Refusal::default() });
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(128)
        .max_header_list_size(u32::try_from(limits.head).unwrap_or(u32::MAX))
        .max_send_buf_size(limits.buffer / 2)
        .initial_stream_window_size(1 << 20)
        .initial_connection_window_size(4 << 20)
        .max_frame_size(64 << 10)
        .keep_alive_interval(limits.stall / TICKS)
        .keep_alive_timeout(limits.stall / TICKS);
    let mut drain = front.drain.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (front, line) = (front.clone(), line.clone());
        async move { Ok::<_, Infallible>(front.respond(request, &line).await) }
    });
    let connection = builder.serve_connection(TokioIo::new(io), service);
    drive(connection, http2::Connection::graceful_shutdown, &traffic, &mut drain, limits.stall).await;
}

/// Runs a connection to its end, which comes early when the drain begins or nothing moves for `stall`.
async fn drive<C>(
    connection: C,
    finish: impl Fn(Pin<&mut C>),
    traffic: &Traffic,
    drain: &mut Drain,
    stall: Duration,
) where
    C: Future<Output = hyper::Result<()>>,
{
    let mut connection = pin!(connection);
    let mut draining = false;
    let mut quiet = 0;
    let mut before = traffic.reading();
    let mut ticks = interval(stall / TICKS);
    ticks.reset();
    loop {
        tokio::select! {
            ended = &mut connection => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
                return;
            }
            () = between_heads(drain, traffic), if !draining => {
                draining = true;
                finish(connection.as_mut());
            }
            _ = ticks.tick() => {
                let now = traffic.reading();
                quiet = if now.is_some() && now == before { quiet + 1 } else { 0 };
                before = now;
                if quiet == TICKS {
                    finish(connection.as_mut());
                } else if quiet > TICKS {
                    return;
                }
            }
        }
    }
}

/// Waits for the drain, and then until no client is in the midst of asking: what it asks for is still answered.
async fn between_heads(drain: &mut Drain, traffic: &Traffic) {
    drain.begun().await;
    while traffic.is_in_head() {
        sleep(IN_HEAD).await;
    }
}

fn head_limits(limits: &Limits) -> HeadLimits {
    HeadLimits { head: limits.head, target: limits.target, headers: limits.headers }
}
