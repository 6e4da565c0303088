//! A body that still lies in its socket.
//!
//! ```text
//! socket ─ reads, as large as the receiver keeps up with ─► buffer ─ Framing ─► data
//!    └─ or, where its bytes are the connection's and nothing is buffered: moved by the kernel, and told of by `took`
//! ```
//!
//! It has the connection's reading half. When it has ended, or is dropped, the half goes [`Home`].

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{BufMut, Bytes, BytesMut};
use tokio::net::TcpStream;
use tokio_util::io::poll_read_buf;

use super::framing::{Framing, Malformed, Step};
use super::io::Reader;

/// A reading half with what was read too early, and what is left of the body on it.
#[derive(Debug)]
pub(crate) struct Unread {
    /// Where the rest comes from.
    pub(crate) reader: Reader,
    /// Read, and not taken.
    pub(crate) buffer: BytesMut,
    /// What is left of the body: nothing, once it has ended.
    pub(crate) framing: Framing,
}

/// Where a reading half belongs.
pub(crate) trait Home: std::fmt::Debug + Send + Sync {
    /// Somebody asks for the first bytes: a client that expects to be told may go on.
    fn asked(&self) {}

    /// The half is back. What is left in it is the next message only if the body has ended; of a body whose framing
    /// proved malformed, or that was cut, it never has.
    fn back(self: Box<Self>, unread: Unread);
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Wire {
    /// Gone when it went home.
    unread: Option<Unread>,
    home: Option<Box<dyn Home>>,
    asked: bool,
    /// Bytes since the receiver last kept us waiting.
    flowing: u64,
    /// What part of these a read takes.
    part: u64,
    /// The largest read.
    limit: usize,
}

/// The smallest read. One of a slow receiver's streams holds no more.
const LEAST: usize = 16 << 10;

/// A read takes this part of what has flowed without a pause: what fits into the sockets' buffers is no proof that a
/// receiver keeps up.
const PART: u64 = 32;

/// … of a body that is decoded: uploads are shorter than downloads, and no kernel moves them.
const DIGESTED: u64 = 4;

/// Why a body ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The connection ended.
    #[error("the connection ended in the midst of a body")]
    Ended,
    /// The framing is none.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl Wire {
    /// A body of which nothing has been taken; reads have at most `limit` bytes. One that is over already goes home at once.
    pub(crate) fn new(unread: Unread, home: Option<Box<dyn Home>>, limit: usize) -> Self {
        let limit = limit.max(LEAST);
        let mut wire = Self { unread: Some(unread), home, asked: false, flowing: 0, part: PART, limit };
        wire.go_home_if_over();
        wire
    }

    /// What is next. An error is final: the half has gone home, and the body is never over.
    pub(crate) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken>>> {
        self.ask();
        let Some(unread) = &mut self.unread else { return Poll::Ready(None) };
        match ready!(unread.poll_step(cx, read_size(self.flowing / self.part, self.limit))) {
            Ok(step) => {
                self.go_home_if_over();
                Poll::Ready(step.map(|data| {
                    self.flowing += data.len() as u64;
                    Ok(data)
                }))
            }
            Err(error) => {
                self.go_home();
                Poll::Ready(Some(Err(error)))
            }
        }
    }

    /// Reads more of a body that is taken as one, and takes none of it: `Ready(Ok(n))` says that `n` bytes more are here, and 0
    /// that there is nothing to wait for before it is [taken](Self::poll_data). One in chunks is not read in this way. The
    /// caller bounds it: it is as long as was announced.
    pub(crate) fn poll_gather(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize, Broken>> {
        self.ask();
        // How long one in chunks gets is not known: its reads grow with what comes, only sooner.
        self.part = DIGESTED;
        let Some(unread) = &mut self.unread else { return Poll::Ready(Ok(0)) };
        let Framing::Length(left) = unread.framing else { return Poll::Ready(Ok(0)) };
        let more = usize::try_from(left).unwrap_or(usize::MAX).saturating_sub(unread.buffer.len());
        if more == 0 {
            return Poll::Ready(Ok(0));
        }
        match ready!(unread.poll_fill(cx, more.min(self.limit))) {
            Ok(0) => {
                self.go_home();
                Poll::Ready(Err(Broken::Ended))
            }
            Ok(read) => Poll::Ready(Ok(read)),
            Err(error) => {
                self.go_home();
                Poll::Ready(Err(error.into()))
            }
        }
    }

    /// Tells the sender that its body is waited for, if that was not done.
    pub(crate) fn ask(&mut self) {
        if !self.asked {
            self.asked = true;
            if let Some(home) = &self.home {
                home.asked();
            }
        }
    }

    /// What is read is decoded and not only passed on: reads grow sooner.
    pub(crate) fn digested(&mut self) {
        self.part = DIGESTED;
    }

    /// The receiver could not take what it was given: reads become small again.
    pub(crate) fn pressed(&mut self) {
        self.flowing = 0;
    }

    /// Whether all of it was taken.
    pub(crate) fn is_over(&self) -> bool {
        self.unread.as_ref().is_none_or(|unread| unread.framing.is_over())
    }

    /// How many bytes of it are here already, of one whose length was announced.
    pub(crate) fn held(&self) -> usize {
        match &self.unread {
            Some(Unread { framing: Framing::Length(left), buffer, .. }) => {
                buffer.len().min(usize::try_from(*left).unwrap_or(usize::MAX))
            }
            Some(_) | None => 0,
        }
    }

    /// How many bytes are left, where that is known.
    pub(crate) fn left(&self) -> Option<u64> {
        self.unread.as_ref().map_or(Some(0), |unread| unread.framing.left())
    }

    /// The socket whose next bytes are this body's, and how many of them are. `None` when the body must be read: it is
    /// encrypted, or chunked, or some of it was read already.
    pub(crate) fn socket(&self) -> Option<(&TcpStream, u64)> {
        let unread = self.unread.as_ref()?;
        match unread.framing {
            Framing::Length(left) if left > 0 && unread.buffer.is_empty() => {
                Some((unread.reader.socket()?, left))
            }
            Framing::Length(_) | Framing::Chunked(_) | Framing::UntilClose => None,
        }
    }

    /// So many bytes were moved out of the [socket](Self::socket), at most as many as were left.
    pub(crate) fn took(&mut self, bytes: u64) {
        if let Some(Unread { framing: Framing::Length(left), buffer, .. }) = &mut self.unread {
            *left = left.saturating_sub(bytes);
            // The head was read into it. A slow receiver's stream needs it no more, nor the memory.
            if buffer.capacity() > 0 && *left > 0 {
                *buffer = BytesMut::new();
            }
        }
        self.flowing += bytes;
        self.go_home_if_over();
    }

    fn go_home_if_over(&mut self) {
        if self.unread.as_ref().is_some_and(|unread| unread.framing.is_over()) {
            self.go_home();
        }
    }

    fn go_home(&mut self) {
        if let (Some(mut unread), Some(home)) = (self.unread.take(), self.home.take()) {
            // An empty one still holds the memory of what was split off it: as much as the largest read took.
            if unread.buffer.is_empty() {
                unread.buffer = BytesMut::new();
            }
            home.back(unread);
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.go_home();
    }
}

impl Unread {
    /// Reads until there is a step; `None` at the body's end.
    fn poll_step(&mut self, cx: &mut Context<'_>, size: usize) -> Poll<Result<Option<Bytes>, Broken>> {
        loop {
            match self.framing.step(&mut self.buffer)? {
                Step::Data(data) => return Poll::Ready(Ok(Some(data))),
                Step::Over => return Poll::Ready(Ok(None)),
                Step::More => {}
            }
            let wanted =
                self.framing.left().map_or(size, |left| size.min(usize::try_from(left).unwrap_or(size)));
            if ready!(self.poll_fill(cx, wanted))? == 0 {
                return Poll::Ready(match self.framing.may_end() {
                    true => {
                        self.framing = Framing::Length(0);
                        Ok(None)
                    }
                    false => Err(Broken::Ended),
                });
            }
        }
    }

    /// Reads up to `wanted` bytes more; no bytes are the connection's end.
    fn poll_fill(&mut self, cx: &mut Context<'_>, wanted: usize) -> Poll<io::Result<usize>> {
        // What was given away before may be free by now: this takes the same memory again if it is.
        self.buffer.reserve(wanted);
        let mut all = 0;
        loop {
            let mut space = (&mut self.buffer).limit(wanted - all);
            match poll_read_buf(Pin::new(&mut self.reader), cx, &mut space) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Ok(all)),
                Poll::Ready(Ok(read)) => all += read,
                // Told of when there is nothing else to be told.
                Poll::Ready(Err(error)) if all == 0 => return Poll::Ready(Err(error)),
                Poll::Ready(Err(_)) => return Poll::Ready(Ok(all)),
                Poll::Pending if all == 0 => return Poll::Pending,
                Poll::Pending => return Poll::Ready(Ok(all)),
            }
            // TLS gives a record at a time, and there may be more of them at hand; a socket gave all it had.
            if all >= wanted || matches!(self.reader, Reader::Plain(_)) {
                return Poll::Ready(Ok(all));
            }
        }
    }
}

fn read_size(part: u64, limit: usize) -> usize {
    usize::try_from(part).unwrap_or(limit).clamp(LEAST, limit)
}

#[cfg(test)]
mod tests;
