//! A response's body: nothing, bytes at hand, or a stream read from the store's bodies.

use crate::bodies::Pump;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::task::{JoinHandle, spawn_blocking};

/// The body of a response, its exact length known from the start.
///
/// A stream reads ahead by one chunk of 256 KiB on Tokio's blocking threads. It is an error, never an early end, when the
/// store cannot read what the length promised.
#[derive(Debug)]
pub struct StoreBody {
    remaining: u64,
    state: State,
}

#[derive(Debug)]
enum State {
    Done,
    Ready(Bytes, Option<Box<Pump>>),
    Reading(JoinHandle<(Box<Pump>, io::Result<Bytes>)>),
}

impl StoreBody {
    /// A body of no bytes.
    pub fn empty() -> Self {
        Self { remaining: 0, state: State::Done }
    }

    /// A stream of what `pump` reads; the first chunk is read here and now, on the caller's blocking thread.
    pub(crate) fn stream(mut pump: Pump) -> io::Result<Self> {
        let remaining = pump.length();
        if remaining == 0 {
            return Ok(Self::empty());
        }
        let first = pump.read()?;
        let rest = (first.len() as u64) < remaining;
        Ok(Self { remaining, state: State::Ready(first, rest.then(|| Box::new(pump))) })
    }
}

impl From<String> for StoreBody {
    fn from(text: String) -> Self {
        let bytes = Bytes::from(text);
        match bytes.len() as u64 {
            0 => Self::empty(),
            remaining => Self { remaining, state: State::Ready(bytes, None) },
        }
    }
}

impl Body for StoreBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = &mut *self;
        let (bytes, pump) = match std::mem::replace(&mut this.state, State::Done) {
            State::Done if this.remaining == 0 => return Poll::Ready(None),
            State::Done => {
                this.remaining = 0;
                return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
            }
            State::Ready(bytes, pump) => (bytes, pump),
            State::Reading(mut task) => match Pin::new(&mut task).poll(cx) {
                Poll::Pending => {
                    this.state = State::Reading(task);
                    return Poll::Pending;
                }
                Poll::Ready(Ok((pump, Ok(bytes)))) => (bytes, Some(pump)),
                Poll::Ready(Ok((_, Err(error)))) => {
                    this.remaining = 0;
                    return Poll::Ready(Some(Err(error)));
                }
                Poll::Ready(Err(error)) => {
                    this.remaining = 0;
                    return Poll::Ready(Some(Err(io::Error::other(error))));
                }
            },
        };
        this.remaining = this.remaining.saturating_sub(bytes.len() as u64);
        if this.remaining > 0
            && let Some(mut pump) = pump
        {
            this.state = State::Reading(spawn_blocking(move || {
                let read = pump.read();
                (pump, read)
            }));
        }
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == 0 && matches!(self.state, State::Done)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}
