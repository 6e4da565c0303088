//! A body from a socket.

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
use crate::http1::wire::Wire;
use crate::limits::Limits;

/// A client's upload or a store's answer, as it is received. Pauses are bounded, trailers are dropped.
#[derive(Debug)]
pub(crate) struct Received {
    source: Source,
    pace: Pace,
    meter: Arc<Meter>,
    failed: Option<BodyError>,
}

/// Who takes it out of its framing.
#[derive(Debug)]
enum Source {
    /// hyper.
    Incoming(Incoming),
    /// We do.
    #[allow(dead_code, reason = "until both sides speak HTTP/1 by http1")]
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

#[allow(dead_code, reason = "until both sides speak HTTP/1 by http1")]
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
        (Self { source, pace, meter: meter.clone(), failed: None }, meter)
    }

    /// Reads a store's answer. One that moves at all is not given up: S3 keeps the answer to a long completion or copy
    /// alive with a space now and then.
    pub(crate) fn answer(incoming: Incoming, limits: &Limits) -> Self {
        Self { pace: Pace::new(limits.stall, 1), ..Self::new(incoming, limits).0 }
    }

    /// As [`Received::answer`].
    pub(crate) fn answer_wire(wire: Wire, limits: &Limits) -> Self {
        Self { pace: Pace::new(limits.stall, 1), ..Self::wire(wire, limits).0 }
    }

    pub(super) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if let Some(error) = self.failed {
            return Poll::Ready(Some(Err(error)));
        }
        match self.source.poll_data(cx) {
            Poll::Ready(Some(Ok(data))) => {
                self.moved(data.len());
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

    /// Ready once its sender has kept the receiver waiting for too long: to be asked when it has nothing to give.
    pub(crate) fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<BodyError> {
        self.pace.poll_stalled(cx).map(|()| self.fail(BodyError::Stalled))
    }

    /// The socket whose next bytes are this body's, and how many of them are; `None` when it must be read instead.
    ///
    /// Who moves them tells of it by [`took`](Self::took), asks [`poll_stalled`](Self::poll_stalled) when there are none,
    /// and at their early end calls [`cut`](Self::cut).
    pub(crate) fn socket(&self) -> Option<(&TcpStream, u64)> {
        match (&self.source, self.failed) {
            (Source::Wire(wire), None) => wire.socket(),
            (Source::Wire(_) | Source::Incoming(_), _) => None,
        }
    }

    /// So many bytes were moved out of the socket.
    pub(crate) fn took(&mut self, bytes: usize) {
        if let Source::Wire(wire) = &mut self.source {
            wire.took(bytes as u64);
            self.moved(bytes);
        }
    }

    /// The socket ended, or failed, before the body.
    pub(crate) fn cut(&mut self) -> BodyError {
        self.fail(BodyError::Cut)
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
