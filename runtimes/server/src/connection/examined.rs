//! A connection whose HTTP/1 heads are examined before hyper reads them.
//!
//! Bytes pass through in place; only a head that arrives in pieces, or behind a body in one read, is held back until it
//! is whole. In place of a head that is refused, hyper reads [`REFUSED`], whose answer says why and closes the
//! connection; nothing behind it is ever read as a request.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use super::framing::{Follows, Head, HeadLimits, Violation};
use super::traffic::Traffic;

/// The target of the request that stands in for a refused one.
pub(crate) const REFUSED: &str = "/.brigade/refused";

const REFUSED_HEAD: &[u8] = b"GET /.brigade/refused HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";

/// How much is still read, and thrown away, after the last answer, so that a client in the midst of an upload gets to
/// see the answer before the reset.
const LINGER: usize = 1 << 20;

/// And for how long.
const LINGER_TIME: Duration = Duration::from_secs(1);

/// Reads at most this much of a head at once.
const HEAD_READ: usize = 8 << 10;

/// Why this connection's last head was refused, once it was.
pub(crate) type Refusal = Arc<OnceLock<Violation>>;

#[derive(Debug)]
enum Phase {
    Head(Head),
    Body(u64),
    /// Everything passes: HTTP/2, or a chunked body that ends the connection.
    Open,
    /// Nothing more is read.
    Over,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Examined<IO> {
    io: IO,
    phase: Phase,
    limits: HeadLimits,
    refusal: Refusal,
    traffic: Arc<Traffic>,
    /// Read from `io`, and not yet by hyper.
    held: BytesMut,
    /// How much of `held`, from its front, hyper may have.
    cleared: usize,
    lingered: usize,
    /// Set once our side is shut: how long the other may take to notice.
    linger: Option<Pin<Box<Sleep>>>,
}

impl<IO> Examined<IO> {
    /// An HTTP/1 connection, of which `held` has been read already.
    pub(crate) fn http1(
        io: IO,
        held: BytesMut,
        limits: HeadLimits,
        traffic: Arc<Traffic>,
    ) -> (Self, Refusal) {
        let refusal = Refusal::default();
        let mut examined =
            Self::new(io, Phase::Head(Head::default()), held, limits, refusal.clone(), traffic);
        examined.examine();
        (examined, refusal)
    }

    /// A connection whose protocol frames itself, of which `held` has been read already.
    pub(crate) fn open(io: IO, held: BytesMut, limits: HeadLimits, traffic: Arc<Traffic>) -> Self {
        let mut examined = Self::new(io, Phase::Open, held, limits, Refusal::default(), traffic);
        examined.examine();
        examined.lingered = LINGER;
        examined
    }

    fn new(
        io: IO,
        phase: Phase,
        held: BytesMut,
        limits: HeadLimits,
        refusal: Refusal,
        traffic: Arc<Traffic>,
    ) -> Self {
        Self { io, phase, limits, refusal, traffic, held, cleared: 0, lingered: 0, linger: None }
    }

    fn examine(&mut self) {
        self.clear();
        self.traffic.head(self.held.len() > self.cleared);
    }

    /// Clears as much of `held` as can be.
    fn clear(&mut self) {
        loop {
            let rest = self.held.get(self.cleared..).unwrap_or_default();
            match &mut self.phase {
                Phase::Open => return self.cleared = self.held.len(),
                Phase::Over => return,
                Phase::Body(0) => self.phase = Phase::Head(Head::default()),
                Phase::Body(_) if rest.is_empty() => return,
                Phase::Body(left) => {
                    let now = rest.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                    *left -= now as u64;
                    self.cleared += now;
                }
                // Not even looked for: an empty buffer holds no head.
                Phase::Head(_) if rest.is_empty() => return,
                Phase::Head(head) => match head.read(rest, &self.limits) {
                    Ok(None) => return,
                    Ok(Some((length, follows))) => {
                        self.cleared += length;
                        self.phase = match follows {
                            Follows::Body(length) => Phase::Body(length),
                            Follows::Open => Phase::Open,
                        };
                    }
                    Err(violation) => {
                        self.held.truncate(self.cleared);
                        self.held.extend_from_slice(REFUSED_HEAD);
                        self.cleared = self.held.len();
                        self.phase = Phase::Over;
                        let _ = self.refusal.set(violation);
                        return;
                    }
                },
            }
        }
    }
}

impl<IO: AsyncRead + Unpin> Examined<IO> {
    /// Reads into hyper's own buffer what needs no examination. `None` when what comes next does.
    fn read_through(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Option<Poll<io::Result<()>>> {
        let limit = match &self.phase {
            Phase::Open => usize::MAX,
            Phase::Body(left) if *left > 0 => usize::try_from(*left).unwrap_or(usize::MAX),
            Phase::Body(_) | Phase::Head(_) | Phase::Over => return None,
        };
        let before = buf.filled().len();
        let read = if limit >= buf.remaining() {
            Pin::new(&mut self.io).poll_read(cx, buf)
        } else {
            let mut part = ReadBuf::new(buf.initialize_unfilled_to(limit));
            let read = Pin::new(&mut self.io).poll_read(cx, &mut part);
            let new = part.filled().len();
            buf.advance(new);
            read
        };
        let new = buf.filled().len() - before;
        self.traffic.moved(new);
        if let Phase::Body(left) = &mut self.phase {
            *left -= new as u64;
        }
        Some(read)
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Examined<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if this.cleared > 0 {
                let now = this.cleared.min(buf.remaining());
                buf.put_slice(this.held.get(..now).unwrap_or_default());
                this.held.advance(now);
                this.cleared -= now;
                return Poll::Ready(Ok(()));
            }
            if this.held.is_empty()
                && let Some(read) = this.read_through(cx, buf)
            {
                return read;
            }
            if matches!(this.phase, Phase::Over) {
                // No end of file, which hyper would take for a client that left before its answer.
                return Poll::Pending;
            }
            let mut space = [0; HEAD_READ];
            let mut space = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut this.io).poll_read(cx, &mut space))?;
            if space.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.traffic.moved(space.filled().len());
            this.held.extend_from_slice(space.filled());
            this.examine();
        }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Examined<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, buf))?;
        self.traffic.moved(written);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, bufs))?;
        self.traffic.moved(written);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.linger.is_none() {
            ready!(Pin::new(&mut this.io).poll_shutdown(cx))?;
        }
        let unread = match &this.phase {
            Phase::Body(left) => *left > 0,
            Phase::Open | Phase::Over => true,
            Phase::Head(_) => false,
        };
        let linger = this.linger.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER_TIME)));
        while unread && this.lingered < LINGER && linger.as_mut().poll(cx).is_pending() {
            let mut space = [0; HEAD_READ];
            let mut space = ReadBuf::new(&mut space);
            match ready!(Pin::new(&mut this.io).poll_read(cx, &mut space)) {
                Ok(()) if !space.filled().is_empty() => this.lingered += space.filled().len(),
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}
