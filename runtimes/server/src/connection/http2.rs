//! HTTP/2, by hyper.

mod traffic;

use std::convert::Infallible;
use std::future::Future;
use std::io::Cursor;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use brigade_gateway::BodyError;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::AsyncReadExt;
use tokio::time::interval;

use super::Peer;
use crate::body::{Body, Received};
use crate::drain::Drain;
use crate::front::{Answer, Front, Logged};
use crate::http1::io::{Reader, Writer};
use traffic::Traffic;

/// In how many parts the time without progress is measured.
const TICKS: u32 = 3;

/// Serves a connection of which `held` has been read already.
pub(super) async fn serve<A: Answer>(
    reader: Reader,
    writer: Writer,
    held: BytesMut,
    peer: Peer,
    front: Arc<Front<A>>,
) {
    let limits = front.limits.clone();
    let traffic = Arc::new(Traffic::default());
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
    let counts = traffic.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let (front, traffic, peer) = (front.clone(), counts.clone(), peer.clone());
        async move { Ok::<_, Infallible>(respond(request, &peer, &front, traffic).await) }
    });
    let stream = tokio::io::join(AsyncReadExt::chain(Cursor::new(held), reader), writer);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    drive(connection, http2::Connection::graceful_shutdown, &traffic, &mut drain, limits.stall).await;
}

async fn respond<A: Answer>(
    request: Request<Incoming>,
    peer: &Peer,
    front: &Front<A>,
    traffic: Arc<Traffic>,
) -> Response<Counted> {
    let deciding = traffic.deciding();
    let (head, incoming) = request.into_parts();
    let (body, meter) = Received::new(incoming, &front.limits);
    let (response, pending) = front.respond(head, Body::received(body), Some(meter), peer).await;
    drop(deciding);
    Logged::response(response, pending).map(|body| Counted { body, traffic })
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
            () = drain.begun(), if !draining => {
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

/// An answer's body that counts among its connection's traffic. On the wire something moves even when no request does:
/// only bodies count.
#[derive(Debug)]
struct Counted {
    body: Logged,
    traffic: Arc<Traffic>,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            self.traffic.moved(frame.data_ref().map_or(0, Bytes::len));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
