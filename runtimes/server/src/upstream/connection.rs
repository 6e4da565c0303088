//! One connection to a store, between two answers.

use std::future::Future;
use std::io::ErrorKind;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use socket2::SockRef;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::origin::Origin;
use crate::http1::head::{Head, HeadLimits};
use crate::http1::io::{Reader, Writer};
use crate::http1::write::Out;
use crate::limits::Limits;

/// Read of an answer at once: its head, and the body of a small one.
pub(super) const HEAD_READ: usize = 8 << 10;

/// What is at hand for one exchange after another.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) reader: Reader,
    pub(super) buffer: BytesMut,
    /// Boxed: a connection is moved often.
    pub(super) tools: Box<Tools>,
}

/// What an exchange needs besides what it reads: it stays with the connection, so that no request makes it anew.
#[derive(Debug)]
pub(super) struct Tools {
    /// Where it goes.
    pub(super) origin: Origin,
    pub(super) writer: Writer,
    pub(super) head: Head,
    pub(super) out: Out,
    pub(super) alarm: Alarm,
}

impl Connection {
    pub(super) fn new(origin: Origin, (reader, writer): (Reader, Writer), limits: &Limits) -> Self {
        let limits = HeadLimits { head: limits.head, target: limits.target, headers: limits.headers };
        let (head, out, alarm) = (Head::answer(limits), Out::default(), Alarm::default());
        Self { reader, buffer: BytesMut::new(), tools: Box::new(Tools { origin, writer, head, out, alarm }) }
    }

    /// Whether the store has neither ended the connection nor said anything that nobody asked for.
    pub(super) fn is_quiet(&mut self) -> bool {
        if !self.buffer.is_empty() {
            return false;
        }
        if let Some(tcp) = self.reader.socket() {
            let seen = SockRef::from(tcp).peek(&mut [MaybeUninit::uninit()]);
            return seen.is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        }
        // What TLS itself has to say, such as new tickets, is no word of the store's.
        let mut space = [0];
        let mut cx = Context::from_waker(Waker::noop());
        Pin::new(&mut self.reader).poll_read(&mut cx, &mut ReadBuf::new(&mut space)).is_pending()
    }

    /// The same by what the runtime knows of the socket already: what a store sent behind its answer, and nobody read, is
    /// seen without asking the system.
    pub(super) fn seems_quiet(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        let told = self.reader.socket().is_none_or(|tcp| tcp.poll_read_ready(&mut cx).is_ready());
        self.buffer.is_empty() && (!told || self.is_quiet())
    }

    /// Keeps no more memory than the next head needs.
    pub(super) fn rest(&mut self) {
        if self.buffer.capacity() > 2 * HEAD_READ {
            self.buffer = BytesMut::new();
        }
    }
}

/// Rings when a wait has been too long. Set anew only when it has rung early: once for many requests.
#[derive(Debug, Default)]
pub(super) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Ready once it is `end`.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, mut now: Instant, end: Instant) -> Poll<()> {
        loop {
            if end <= now {
                return Poll::Ready(());
            }
            let sleep = self.0.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
            if sleep.deadline() <= now || sleep.deadline() > end {
                sleep.as_mut().reset(end);
            }
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            now = Instant::now();
        }
    }
}
