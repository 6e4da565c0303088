//! A request's body on its way to a store over HTTP.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use brigade_gateway::BodyError;
use bytes::Bytes;
use http::{Method, header, request};
use http_body::Body as _;

use crate::body::{Body, Received};
use crate::http1::write::Framed;

/// A [`Body`] and how much of it must come yet: one that gives less or more than it announced has failed.
#[derive(Debug)]
pub(super) struct Upload {
    /// What came before the store was asked.
    first: Option<Bytes>,
    body: Body,
    framed: Framed,
    /// What the body still has, where that is known.
    left: Option<u64>,
    /// The body has nothing more.
    spent: bool,
}

impl Upload {
    pub(super) fn new(head: &request::Parts, body: Body) -> Self {
        let spent = is_spent(&body);
        let left = if spent { Some(0) } else { body.size_hint().exact() };
        // A length of nothing is said where one is expected (RFC 9110, 8.6).
        let said = head.headers.contains_key(header::CONTENT_LENGTH)
            || !matches!(head.method, Method::GET | Method::HEAD | Method::DELETE);
        let framed = match left {
            Some(0) if !said => Framed::Nothing,
            Some(length) => Framed::Length(length),
            None => Framed::Chunked,
        };
        Self { first: None, body, framed, left, spent }
    }

    /// How it goes over the wire.
    pub(super) fn framed(&self) -> Framed {
        self.framed
    }

    /// Waits for the first bytes, unless there are none to come. Some stores keep an empty object of an upload whose head
    /// came without any byte of its body; so no head is sent for a client that leaves, or proves false, before that.
    pub(super) async fn prime(&mut self) -> Result<(), BodyError> {
        while self.first.is_none() && !self.spent {
            self.first = poll_fn(|cx| self.poll_data(cx)).await?;
        }
        Ok(())
    }

    /// What was primed.
    pub(super) fn first(&mut self) -> Option<Bytes> {
        self.first.take()
    }

    /// Whether all of it has been taken.
    pub(super) fn is_over(&self) -> bool {
        self.spent && self.first.is_none()
    }

    /// Its next bytes, `None` at its end.
    pub(super) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, BodyError>> {
        while !self.spent {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => {
                        self.took(data.len() as u64)?;
                        if !data.is_empty() {
                            return Poll::Ready(Ok(Some(data)));
                        }
                    }
                    Err(_trailers) => {}
                },
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None if self.left.is_some_and(|left| left > 0) => return Poll::Ready(Err(BodyError::Cut)),
                None => self.spent = true,
            }
        }
        Poll::Ready(Ok(None))
    }

    /// Its next bytes, if a decoder has made them of what was read before.
    pub(super) fn at_hand(&mut self) -> Result<Option<Bytes>, BodyError> {
        let data = self.body.at_hand();
        if let Some(data) = &data {
            self.took(data.len() as u64)?;
        }
        Ok(data)
    }

    /// The body as it is received, if the kernel may move it: nothing of it changes on the way.
    pub(super) fn as_received(&mut self) -> Option<&mut Received> {
        match self.framed {
            Framed::Length(_) => self.body.as_received(),
            Framed::Nothing | Framed::Chunked | Framed::UntilClose => None,
        }
    }

    /// So many bytes were taken of it.
    pub(super) fn took(&mut self, bytes: u64) -> Result<(), BodyError> {
        match &mut self.left {
            Some(left) => {
                *left = left.checked_sub(bytes).ok_or(BodyError::Cut)?;
                self.spent = *left == 0;
            }
            None => self.spent = is_spent(&self.body),
        }
        Ok(())
    }

    /// The store could not take what it was given.
    pub(super) fn pressed(&mut self) {
        self.body.pressed();
    }
}

/// Whether nothing is left of a body: in HTTP/2, the end of one whose announced bytes have come may come in a frame of its own.
fn is_spent(body: &Body) -> bool {
    body.is_end_stream() || body.size_hint().exact() == Some(0)
}
