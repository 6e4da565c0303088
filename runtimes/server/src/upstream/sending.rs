//! A request's body on its way to a store.

use std::future::poll_fn;
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
    /// What came before the store was asked.
    first: Option<Bytes>,
    body: Body,
    flow: Arc<Flow>,
}

impl Sending {
    pub(super) fn new(body: Body) -> (Self, Arc<Flow>) {
        let flow = Arc::new(Flow::new(is_spent(&body)));
        (Self { first: None, body, flow: flow.clone() }, flow)
    }

    /// Waits for the first bytes, unless there are none to come. Some stores keep an empty object of an upload whose head
    /// came without any byte of its body; so no head is sent for a client that leaves, or proves false, before that.
    pub(super) async fn prime(&mut self) -> Result<(), BodyError> {
        while self.first.is_none() && !self.flow.is_over() {
            match poll_fn(|cx| Pin::new(&mut self.body).poll_frame(cx)).await {
                Some(Ok(frame)) => self.first = frame.into_data().ok(),
                Some(Err(error)) => return Err(error),
                None => self.flow.end(),
            }
        }
        Ok(())
    }
}

/// Whether nothing is left of a body: hyper never asks for the end of one whose announced bytes it has, and in HTTP/2 that
/// end may come in a frame of its own.
fn is_spent(body: &Body) -> bool {
    body.is_end_stream() || body.size_hint().exact() == Some(0)
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let polled = match self.first.take() {
            Some(first) => Poll::Ready(Some(Ok(Frame::data(first)))),
            None => Pin::new(&mut self.body).poll_frame(cx),
        };
        match &polled {
            Poll::Pending => self.flow.waits(),
            Poll::Ready(None) => self.flow.end(),
            Poll::Ready(Some(Err(error))) => self.flow.fail(*error),
            Poll::Ready(Some(Ok(_))) if is_spent(&self.body) => self.flow.end(),
            Poll::Ready(Some(Ok(_))) => self.flow.gave(),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let first = self.first.as_ref().map_or(0, |first| first.len() as u64);
        let mut hint = self.body.size_hint();
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(first));
        }
        hint.set_lower(hint.lower().saturating_add(first));
        hint
    }
}
