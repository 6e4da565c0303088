//! One connection, from its first byte to its last.
//!
//! ```text
//! TCP ─ [TLS] ─ first bytes ─► HTTP/1: http1::serve ─► Front
//!                         └──► HTTP/2 (prior knowledge or ALPN) ─ hyper ─► Front
//! ```
//!
//! A connection ends when its client is done, when nothing has moved for too long, and soon after the drain begins.

mod http1;
mod http2;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::BytesMut;
use tokio::io::AsyncReadExt;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::front::{Answer, Front};
use crate::http1::io::{Reader, Writer};

/// What an HTTP/2 connection begins with (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

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
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// The address as the log writes it: every request has a line with it.
    pub(crate) written: Arc<str>,
    /// Whether the connection is TLS.
    pub(crate) secure: bool,
}

impl Peer {
    pub(crate) fn new(address: SocketAddr, secure: bool) -> Self {
        Self { address, written: address.to_string().into(), secure }
    }
}

/// Serves a connection until it ends.
pub(crate) async fn serve<A: Answer>(
    (mut reader, writer): (Reader, Writer),
    peer: Peer,
    protocol: Protocol,
    front: Arc<Front<A>>,
) {
    let mut held = BytesMut::new();
    let protocol = match protocol {
        Protocol::Unknown => {
            let mut drain = front.drain.clone();
            tokio::select! {
                biased;
                found = timeout(front.limits.head_time, first_bytes(&mut reader, &mut held)) => match found {
                    Ok(Ok(Some(protocol))) => protocol,
                    Ok(Ok(None) | Err(_)) | Err(_) => return,
                },
                // Nothing has been asked yet, as far as the system has been asked what is there: it has not been of a
                // socket that is new on this thread.
                () = async { drain.begun().await; yield_now().await } => return,
            }
        }
        known @ (Protocol::Http1 | Protocol::Http2) => known,
    };
    match protocol {
        Protocol::Http2 => http2::serve(reader, writer, held, peer, front).await,
        Protocol::Http1 | Protocol::Unknown => http1::serve(reader, writer, held, peer, front).await,
    }
}

/// Reads until the protocol is clear; `None` when the client left before.
async fn first_bytes(reader: &mut Reader, held: &mut BytesMut) -> io::Result<Option<Protocol>> {
    held.reserve(FIRST);
    while reader.read_buf(held).await? > 0 {
        match held.get(..PREFACE.len()) {
            Some(first) if first == PREFACE => return Ok(Some(Protocol::Http2)),
            None if PREFACE.starts_with(held) => {}
            Some(_) | None => return Ok(Some(Protocol::Http1)),
        }
    }
    Ok(None)
}

/// Room for what a client says first: most heads are smaller.
const FIRST: usize = 1 << 10;
