//! The one body type of this runtime, both ways.
//!
//! ```text
//! Full       bytes at hand
//! Received   from a socket: a client's upload or a store's answer, with a bound on its pauses
//! Store      from the embedded store
//! Behind     any of these, behind bytes that had been taken from it
//! Decoded    any of these, through a decoder that withholds the end until it has checked it
//! ```
//!
//! A body never reads ahead: what is not asked for stays in its socket.

mod decoded;
mod meter;
mod pace;
mod received;

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use brigade_gateway::BodyError;
use brigade_sigv4::Decoder;
use brigade_store::StoreBody;
use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;

use decoded::Decoded;
pub(crate) use meter::Meter;
pub(crate) use received::{Received, Unmoved};

/// Bytes on their way, from a socket, a store in this process, or memory.
///
/// As an [`http_body::Body`] its size hint is exact whenever the length is known, so that hyper announces it; its
/// errors are [`BodyError`]s, after which it never ends well. It yields no trailers: nothing that comes behind a body
/// is passed on.
#[derive(Debug)]
pub struct Body(Kind);

#[derive(Debug)]
enum Kind {
    Full(Option<Bytes>),
    Received(Box<Received>),
    Store(Box<StoreBody>),
    Behind(Option<Bytes>, Box<Body>),
    Decoded(Box<Decoded>),
}

impl Body {
    /// No bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self(Kind::Full(None))
    }

    pub(crate) fn received(received: Received) -> Self {
        Self(Kind::Received(Box::new(received)))
    }

    pub(crate) fn store(body: StoreBody) -> Self {
        Self(Kind::Store(Box::new(body)))
    }

    /// The body as it is received, where that is all it is: the kernel may move its bytes.
    pub(crate) fn as_received(&mut self) -> Option<&mut Received> {
        match &mut self.0 {
            Kind::Received(received) => Some(received),
            Kind::Full(_) | Kind::Store(_) | Kind::Behind(..) | Kind::Decoded(_) => None,
        }
    }

    /// Its next bytes, where one read gave several pieces and they are not all taken.
    pub(crate) fn at_hand(&mut self) -> Option<Bytes> {
        match &mut self.0 {
            Kind::Decoded(decoded) => decoded.at_hand(),
            Kind::Full(_) | Kind::Received(_) | Kind::Store(_) | Kind::Behind(..) => None,
        }
    }

    /// Who receives it could not take what it was given: less is read at once for a while.
    pub(crate) fn pressed(&mut self) {
        match &mut self.0 {
            Kind::Received(received) => received.pressed(),
            Kind::Behind(_, rest) => rest.pressed(),
            Kind::Decoded(decoded) => decoded.pressed(),
            Kind::Full(_) | Kind::Store(_) => {}
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Kind::Full((!bytes.is_empty()).then_some(bytes)))
    }
}

impl brigade_gateway::Body for Body {
    async fn collect(mut self, limit: usize) -> Result<Bytes, BodyError> {
        let announced = http_body::Body::size_hint(&self).lower();
        if announced > limit as u64 {
            return Err(BodyError::TooLarge);
        }
        if let Some(received) = self.as_received() {
            poll_fn(|cx| received.poll_gathered(cx)).await?;
        }
        let Some(first) = self.next_data().await? else { return Ok(Bytes::new()) };
        if first.len() > limit {
            return Err(BodyError::TooLarge);
        }
        let Some(second) = self.next_data().await? else { return Ok(first) };
        let mut all = BytesMut::from(first.as_ref());
        let mut more = Some(second);
        while let Some(bytes) = more {
            if all.len() + bytes.len() > limit {
                return Err(BodyError::TooLarge);
            }
            all.extend_from_slice(&bytes);
            more = self.next_data().await?;
        }
        Ok(all.freeze())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        self.next_data().await
    }

    fn behind(self, bytes: Bytes) -> Self {
        Self(Kind::Behind(Some(bytes), Box::new(self)))
    }

    fn decode(mut self, decoder: Decoder) -> Self {
        if let Some(received) = self.as_received() {
            received.digested();
        }
        Self(Kind::Decoded(Box::new(Decoded::new(self, decoder))))
    }
}

impl Body {
    async fn next_data(&mut self) -> Result<Option<Bytes>, BodyError> {
        while let Some(frame) = self.frame().await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.0 {
            Kind::Full(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Kind::Received(received) => {
                received.poll_data(cx).map(|data| data.map(|data| data.map(Frame::data)))
            }
            Kind::Store(body) => Pin::new(body).poll_frame(cx).map_err(|error| {
                tracing::error!(%error, "the embedded store failed in the midst of a body");
                BodyError::Cut
            }),
            Kind::Behind(first, rest) => match first.take() {
                Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                None => Pin::new(rest.as_mut()).poll_frame(cx),
            },
            Kind::Decoded(decoded) => {
                decoded.poll_data(cx).map(|data| data.map(|data| data.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Full(bytes) => bytes.is_none(),
            Kind::Received(received) => received.is_over(),
            Kind::Store(body) => body.is_end_stream(),
            Kind::Behind(first, rest) => first.is_none() && rest.is_end_stream(),
            Kind::Decoded(decoded) => decoded.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Kind::Received(received) => received.size_hint(),
            Kind::Store(body) => body.size_hint(),
            Kind::Behind(first, rest) => {
                let rest = rest.size_hint();
                let first = first.as_ref().map_or(0, |bytes| bytes.len() as u64);
                rest.exact().map_or_else(SizeHint::default, |rest| SizeHint::with_exact(first + rest))
            }
            Kind::Decoded(decoded) => decoded.size_hint(),
        }
    }
}

#[cfg(test)]
mod tests;
