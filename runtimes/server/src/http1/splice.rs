//! Bytes of one socket that go to another, without passing through this process where the kernel can do that.
//!
//! ```text
//! from ─ fill, only while empty ─► Carrier ─ drain ─► to
//! ```
//!
//! Because a carrier is filled only when it is empty, "would block" always speaks of a socket: of `from` when filling, of
//! `to` when draining. A carrier is held only while something is in it, so who waits for a sender holds none.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::Instant;

use super::carrier::Carrier;

/// Taken from a socket at once.
const STRIDE: usize = 1 << 20;

/// … for a receiver that has been slow: this much of each waits in the kernel.
const SLOW_STRIDE: usize = 64 << 10;

/// A receiver that takes nothing for so long is slow.
const SLOW: Duration = Duration::from_millis(100);

/// Moved in one go, before others have their turn.
const BURST: usize = 1 << 20;

/// One of the two sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Where bytes come from.
    From,
    /// Where they go.
    To,
}

/// Which socket failed, and how. What had been given to `to` before is there; what was on its way is lost.
#[derive(Debug)]
pub(crate) enum Broken {
    /// It ended before its last byte (`UnexpectedEof`), or was reset.
    From(io::Error),
    /// It takes no more.
    To(io::Error),
}

/// One run of bytes from one socket to another.
#[derive(Debug)]
pub(crate) struct Splice {
    /// Not yet taken from `from`.
    ahead: u64,
    /// In the carrier.
    held: usize,
    carrier: Option<Carrier>,
    stride: usize,
    /// Moved since others had their turn.
    burst: usize,
    side: Side,
    /// Since when `to` has taken nothing.
    blocked: Option<Instant>,
}

impl Splice {
    /// The next `length` bytes.
    pub(crate) fn new(length: u64) -> Self {
        Self {
            ahead: length,
            held: 0,
            carrier: None,
            stride: STRIDE,
            burst: 0,
            side: Side::From,
            blocked: None,
        }
    }

    /// Bytes that `to` has not been given yet.
    pub(crate) fn left(&self) -> u64 {
        self.ahead + self.held as u64
    }

    /// Bytes that `from` has not been asked for yet.
    pub(crate) fn ahead(&self) -> u64 {
        self.ahead
    }

    /// Whom the last `Pending` waits for.
    pub(crate) fn waits_for(&self) -> Side {
        self.side
    }

    /// Moves some bytes: `Ready(Ok(n))` says that `to` has been given `n` more, and 0 that it has all of them.
    ///
    /// It never blocks. `Pending` means that the waker is kept by the reading side of `from` or the writing side of `to`.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        from: &TcpStream,
        to: &TcpStream,
    ) -> Poll<Result<usize, Broken>> {
        if self.burst >= BURST {
            self.burst = 0;
            // Ready again only after the sockets have been looked at.
            let _ = pin!(tokio::task::yield_now()).poll(cx);
            return Poll::Pending;
        }
        loop {
            if let Some(carrier) = &mut self.carrier
                && self.held > 0
            {
                self.side = Side::To;
                ready!(to.poll_write_ready(cx)).map_err(Broken::To)?;
                match carrier.drain(to, self.held) {
                    Ok(0) => return Poll::Ready(Err(Broken::To(io::ErrorKind::WriteZero.into()))),
                    Ok(moved) => {
                        self.gave(moved);
                        return Poll::Ready(Ok(moved));
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        self.blocked.get_or_insert_with(Instant::now);
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Poll::Ready(Err(Broken::To(error))),
                }
                continue;
            }
            if self.ahead == 0 {
                self.put_down();
                return Poll::Ready(Ok(0));
            }
            self.side = Side::From;
            match from.poll_read_ready(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(Broken::From(error))),
                Poll::Pending => {
                    self.put_down();
                    self.burst = 0;
                    return Poll::Pending;
                }
            }
            let limit = usize::try_from(self.ahead).unwrap_or(usize::MAX).min(self.stride);
            match self.carrier.get_or_insert_with(Carrier::take).fill(from, limit) {
                Ok(0) => return Poll::Ready(Err(Broken::From(io::ErrorKind::UnexpectedEof.into()))),
                Ok(filled) => {
                    self.held = filled;
                    self.ahead -= filled as u64;
                }
                Err(error) if is_passing(&error) => {}
                Err(error) => return Poll::Ready(Err(Broken::From(error))),
            }
        }
    }

    fn gave(&mut self, moved: usize) {
        self.held -= moved;
        self.burst += moved;
        if let Some(since) = self.blocked.take() {
            self.burst = moved;
            self.stride = if since.elapsed() > SLOW { SLOW_STRIDE } else { STRIDE };
        }
    }

    /// Lets go of an empty carrier. One with bytes in it is dropped with them.
    fn put_down(&mut self) {
        if self.held == 0
            && let Some(carrier) = self.carrier.take()
        {
            carrier.give_back();
        }
    }
}

impl Drop for Splice {
    fn drop(&mut self) {
        self.put_down();
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests;
