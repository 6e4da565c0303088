//! A request's body on its way to a store in this process.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use brigade_gateway::BodyError;
use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::body::Body;

/// A [`Body`] that notes how it failed.
#[derive(Debug)]
pub(super) struct Sending {
    body: Body,
    failed: Failed,
}

/// The body's failure, if it failed.
pub(super) type Failed = Arc<OnceLock<BodyError>>;

impl Sending {
    pub(super) fn new(body: Body) -> (Self, Failed) {
        let failed = Failed::default();
        (Self { body, failed: failed.clone() }, failed)
    }
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Err(error))) = &polled {
            let _ = self.failed.set(*error);
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
