//! A body from a socket.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use brigade_gateway::BodyError;
use bytes::Bytes;
use http_body::{Body as _, SizeHint};
use hyper::body::Incoming;
use tokio::net::TcpStream;

use super::meter::Meter;
use super::pace::Pace;
use crate::http1::splice::{Broken, Side, Splice};
use crate::http1::wire::Wire;
use crate::limits::Limits;

/// A client's upload or a store's answer, as it is received. Pauses are bounded, trailers are dropped.
#[derive(Debug)]
pub(crate) struct Received {
    source: Source,
    pace: Pace,
    meter: Arc<Meter>,
    /// Counted already, and not given yet.
    gathered: usize,
    failed: Option<BodyError>,
    splice: Option<Splice>,
}

/// Why a splice came to its end early.
#[derive(Debug)]
pub(crate) enum Unmoved {
    /// The body failed.
    From(BodyError),
    /// The socket it goes to takes no more.
    To(io::Error),
}

/// A body that has less left than this is read, at once: a pipe costs more.
const SPLICED: u64 = 16 << 10;

/// Who takes it out of its framing.
#[derive(Debug)]
enum Source {
    /// hyper.
    Incoming(Incoming),
    /// We do.
    Wire(Wire),
}

impl Source {
    /// Its next bytes; what went wrong is in the log.
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        let cut = |error: &dyn std::fmt::Display| {
            tracing::debug!(%error, "a body was cut");
            Poll::Ready(Some(Err(BodyError::Cut)))
        };
        match self {
            Self::Wire(wire) => match wire.poll_data(cx) {
                Poll::Ready(Some(Ok(data))) => Poll::Ready(Some(Ok(data))),
                Poll::Ready(Some(Err(error))) => cut(&error),
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            },
            Self::Incoming(incoming) => loop {
                return match Pin::new(&mut *incoming).poll_frame(cx) {
                    Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                        Ok(data) => Poll::Ready(Some(Ok(data))),
                        Err(_trailers) => continue,
                    },
                    Poll::Ready(Some(Err(error))) => cut(&error),
                    Poll::Ready(None) => Poll::Ready(None),
                    Poll::Pending => Poll::Pending,
                };
            },
        }
    }

    fn is_over(&self) -> bool {
        match self {
            Self::Incoming(incoming) => incoming.is_end_stream(),
            Self::Wire(wire) => wire.is_over(),
        }
    }
}

impl Received {
    /// Reads `incoming`, and notes what was read in the meter.
    pub(crate) fn new(incoming: Incoming, limits: &Limits) -> (Self, Arc<Meter>) {
        Self::from_source(Source::Incoming(incoming), limits)
    }

    /// Reads `wire`, and notes what was read in the meter.
    pub(crate) fn wire(wire: Wire, limits: &Limits) -> (Self, Arc<Meter>) {
        Self::from_source(Source::Wire(wire), limits)
    }

    fn from_source(source: Source, limits: &Limits) -> (Self, Arc<Meter>) {
        let meter = Arc::new(Meter::default());
        if source.is_over() {
            meter.end();
        }
        let pace = Pace::new(limits.stall, limits.drip);
        (Self { source, pace, meter: meter.clone(), gathered: 0, failed: None, splice: None }, meter)
    }

    /// Reads a store's answer. One that moves at all is not given up: S3 keeps the answer to a long completion or copy
    /// alive with a space now and then.
    pub(crate) fn answer(wire: Wire, limits: &Limits) -> Self {
        Self { pace: Pace::new(limits.stall, 1), ..Self::wire(wire, limits).0 }
    }

    pub(super) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if let Some(error) = self.failed {
            return Poll::Ready(Some(Err(error)));
        }
        // What a splice has taken and not given yet would be missing.
        if self.splice.take().is_some_and(|splice| splice.left() != splice.ahead()) {
            return Poll::Ready(Some(Err(self.fail(BodyError::Cut))));
        }
        match self.source.poll_data(cx) {
            Poll::Ready(Some(Ok(data))) => {
                // What was gathered has been counted.
                let new = data.len().saturating_sub(self.gathered);
                self.gathered -= data.len() - new;
                self.moved(new);
                Poll::Ready(Some(Ok(data)))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(self.fail(error)))),
            Poll::Ready(None) => {
                self.meter.end();
                Poll::Ready(None)
            }
            Poll::Pending => self.poll_stalled(cx).map(|error| Some(Err(error))),
        }
    }

    /// Waits for all of a body that is taken as one, as far as that can be had without copying it: what is there then comes as
    /// one piece. For one whose announced length has been found to be bearable.
    pub(super) fn poll_gathered(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BodyError>> {
        loop {
            let Source::Wire(wire) = &mut self.source else { return Poll::Ready(Ok(())) };
            let new = wire.held().saturating_sub(self.gathered);
            if new > 0 {
                self.gathered += new;
                self.pace.moved(new);
                self.meter.add(new);
            }
            match wire.poll_gather(cx) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => {
                    tracing::debug!(%error, "a body was cut");
                    return Poll::Ready(Err(self.fail(BodyError::Cut)));
                }
                Poll::Pending => return self.poll_stalled(cx).map(Err),
            }
        }
    }

    /// Ready once its sender has kept the receiver waiting for too long: to be asked when it has nothing to give.
    fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<BodyError> {
        self.pace.poll_stalled(cx).map(|()| self.fail(BodyError::Stalled))
    }

    /// Whether its next bytes are for the kernel to move, rather than to be read.
    pub(crate) fn may_splice(&self) -> bool {
        let Source::Wire(wire) = &self.source else { return false };
        let left = wire.socket().map_or(0, |(_, left)| left);
        self.failed.is_none() && left > 0 && (self.splice.is_some() || left >= SPLICED)
    }

    /// Has the kernel move its bytes to a socket: `Ok(n)` says that `to` has been given `n` more. `None` when they must be
    /// read: they are encrypted, or in chunks, or here already, or too few to be worth it.
    pub(crate) fn poll_splice(
        &mut self,
        cx: &mut Context<'_>,
        to: &TcpStream,
    ) -> Option<Poll<Result<usize, Unmoved>>> {
        let Source::Wire(wire) = &self.source else { return None };
        let (from, left) = wire.socket().filter(|_| self.failed.is_none())?;
        if self.splice.is_none() && left < SPLICED {
            return None;
        }
        let splice = self.splice.get_or_insert_with(|| Splice::new(left));
        Some(match splice.poll(cx, from, to) {
            Poll::Ready(Ok(moved)) => {
                self.took(moved);
                Poll::Ready(Ok(moved))
            }
            Poll::Ready(Err(Broken::From(error))) => {
                tracing::debug!(%error, "a body was cut");
                Poll::Ready(Err(Unmoved::From(self.fail(BodyError::Cut))))
            }
            Poll::Ready(Err(Broken::To(error))) => Poll::Ready(Err(Unmoved::To(error))),
            Poll::Pending if self.waits_for_sender() => {
                self.poll_stalled(cx).map(|error| Err(Unmoved::From(error)))
            }
            Poll::Pending => Poll::Pending,
        })
    }

    /// Whether a [splice](Self::poll_splice) that is pending waits for what is to come, and not for the one it goes to.
    pub(crate) fn waits_for_sender(&self) -> bool {
        self.splice.as_ref().is_some_and(|splice| splice.waits_for() == Side::From)
    }

    fn took(&mut self, bytes: usize) {
        if let Source::Wire(wire) = &mut self.source {
            wire.took(bytes as u64);
        }
        self.moved(bytes);
    }

    /// Every byte of it is looked at here, and what is read at once grows sooner.
    pub(super) fn digested(&mut self) {
        match &mut self.source {
            Source::Wire(wire) => wire.digested(),
            Source::Incoming(_) => {}
        }
    }

    /// Who receives it could not take what it was given: less is read at once for a while.
    pub(crate) fn pressed(&mut self) {
        match &mut self.source {
            Source::Wire(wire) => wire.pressed(),
            Source::Incoming(_) => {}
        }
    }

    fn moved(&mut self, bytes: usize) {
        self.pace.moved(bytes);
        self.meter.add(bytes);
        if self.source.is_over() {
            self.meter.end();
        }
    }

    fn fail(&mut self, error: BodyError) -> BodyError {
        self.failed = Some(error);
        error
    }

    pub(super) fn is_over(&self) -> bool {
        self.failed.is_none() && self.source.is_over()
    }

    pub(super) fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Incoming(incoming) => incoming.size_hint(),
            Source::Wire(wire) => wire.left().map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}
