//! A body through a decoder.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use brigade_gateway::BodyError;
use brigade_sigv4::Decoder;
use bytes::Bytes;
use http_body::SizeHint;

use super::Body;

/// What a decoder makes of a body. It asks for more only when it has nothing left to give, and once the decoder has
/// refused it fails for ever: it never ends well.
#[derive(Debug)]
pub(super) struct Decoded {
    inner: Body,
    decoder: Decoder,
    ready: VecDeque<Bytes>,
    scratch: Vec<Bytes>,
    given: u64,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reading,
    Over,
    Failed(BodyError),
}

impl Decoded {
    pub(super) fn new(inner: Body, decoder: Decoder) -> Self {
        Self { inner, decoder, ready: VecDeque::new(), scratch: Vec::new(), given: 0, state: State::Reading }
    }

    pub(super) fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            if let State::Failed(error) = self.state {
                return Poll::Ready(Some(Err(error)));
            }
            if let Some(bytes) = self.at_hand() {
                return Poll::Ready(Some(Ok(bytes)));
            }
            if self.state == State::Over {
                return Poll::Ready(None);
            }
            let step = match ready!(http_body::Body::poll_frame(Pin::new(&mut self.inner), cx)) {
                Some(Err(error)) => Err(error),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.decoder.push(data, &mut self.scratch).map_err(|_| BodyError::Cut),
                    Err(_trailers) => Ok(()),
                },
                None => {
                    self.state = State::Over;
                    self.decoder.finish(&mut self.scratch).map(drop).map_err(|_| BodyError::Cut)
                }
            };
            match step {
                Ok(()) => self.ready.extend(self.scratch.drain(..).filter(|bytes| !bytes.is_empty())),
                // What was decoded before the mistake goes nowhere either.
                Err(error) => {
                    self.ready.clear();
                    self.state = State::Failed(error);
                }
            }
        }
    }

    /// The next piece of what was made of the last read.
    pub(super) fn at_hand(&mut self) -> Option<Bytes> {
        let bytes = self.ready.pop_front()?;
        self.given += bytes.len() as u64;
        Some(bytes)
    }

    pub(super) fn pressed(&mut self) {
        self.inner.pressed();
    }

    pub(super) fn is_over(&self) -> bool {
        self.state == State::Over && self.ready.is_empty()
    }

    pub(super) fn size_hint(&self) -> SizeHint {
        match self.decoder.output_length() {
            Some(length) => SizeHint::with_exact(length.saturating_sub(self.given)),
            None => SizeHint::default(),
        }
    }
}
