//! A body from a socket.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use brigade_gateway::BodyError;
use bytes::Bytes;
use http_body::{Body as _, SizeHint};
use hyper::body::Incoming;

use super::meter::Meter;
use super::pace::Pace;
use crate::limits::Limits;

/// A client's upload or a store's answer, as hyper receives it. Pauses are bounded, trailers are dropped.
#[derive(Debug)]
pub(crate) struct Received {
    incoming: Incoming,
    pace: Pace,
    meter: Arc<Meter>,
    failed: Option<BodyError>,
}

impl Received {
    /// Reads `incoming`, and notes what was read in the meter.
    pub(crate) fn new(incoming: Incoming, limits: &Limits) -> (Self, Arc<Meter>) {
        let meter = Arc::new(Meter::default());
        if incoming.is_end_stream() {
            meter.end();
        }
        let pace = Pace::new(limits.stall, limits.drip);
        (Self { incoming, pace, meter: meter.clone(), failed: None }, meter)
    }

    /// Reads a store's answer. One that moves at all is not given up: S3 keeps the answer to a long completion or copy
    /// alive with a space now and then.
    pub(crate) fn answer(incoming: Incoming, limits: &Limits) -> Self {
        Self { pace: Pace::new(limits.stall, 1), ..Self::new(incoming, limits).0 }
    }

    pub(super) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        if let Some(error) = self.failed {
            return Poll::Ready(Some(Err(error)));
        }
        loop {
            return match Pin::new(&mut self.incoming).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => {
                        self.pace.moved(data.len());
                        self.meter.add(data.len());
                        if self.incoming.is_end_stream() {
                            self.meter.end();
                        }
                        Poll::Ready(Some(Ok(data)))
                    }
                    Err(_trailers) => continue,
                },
                Poll::Ready(None) => {
                    self.meter.end();
                    Poll::Ready(None)
                }
                Poll::Ready(Some(Err(error))) => {
                    tracing::debug!(%error, "a body was cut");
                    self.fail(BodyError::Cut)
                }
                Poll::Pending => match self.pace.poll_stalled(cx) {
                    Poll::Ready(()) => self.fail(BodyError::Stalled),
                    Poll::Pending => Poll::Pending,
                },
            };
        }
    }

    fn fail(&mut self, error: BodyError) -> Poll<Option<Result<Bytes, BodyError>>> {
        self.failed = Some(error);
        Poll::Ready(Some(Err(error)))
    }

    pub(super) fn is_over(&self) -> bool {
        self.failed.is_none() && self.incoming.is_end_stream()
    }

    pub(super) fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
