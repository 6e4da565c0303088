//! A request's body on its way to a store.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use brigade_gateway::BodyError;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use super::flow::Flow;
use crate::body::Body;

/// A [`Body`] that notes in its [`Flow`] how far it has come.
#[derive(Debug)]
pub(super) struct Sending {
    body: Body,
    flow: Arc<Flow>,
}

impl Sending {
    pub(super) fn new(body: Body) -> (Self, Arc<Flow>) {
        let flow = Arc::new(Flow::new(body.is_end_stream()));
        (Self { body, flow: flow.clone() }, flow)
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
        match &polled {
            Poll::Pending => self.flow.waits(),
            Poll::Ready(None) => self.flow.end(),
            Poll::Ready(Some(Err(error))) => self.flow.fail(*error),
            Poll::Ready(Some(Ok(_))) if self.body.is_end_stream() => self.flow.end(),
            Poll::Ready(Some(Ok(_))) => self.flow.gave(),
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
