//! A body made of frames, which may fail at any of them.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use brigade_gateway::BodyError;
use brigade_sigv4::Decoder;
use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};

/// Frames in memory, then an end: a whole body, or one that breaks off.
///
/// As an [`http_body::Body`] its errors are [`BodyError`]s; after one it yields nothing more.
#[derive(Debug, Default)]
pub struct Body {
    frames: VecDeque<Bytes>,
    failure: Option<BodyError>,
    decoder: Option<Decoder>,
    ready: VecDeque<Bytes>,
    over: bool,
}

impl Body {
    /// A whole body of these frames.
    pub fn frames<B: Into<Bytes>>(frames: impl IntoIterator<Item = B>) -> Self {
        Self { frames: frames.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// A body whose every byte is a frame of its own.
    #[must_use]
    pub fn bytewise(bytes: &[u8]) -> Self {
        Self::frames(bytes.iter().map(|byte| vec![*byte]))
    }

    /// Ends the body in this failure, behind the frames it has.
    #[must_use]
    pub fn failing(self, why: BodyError) -> Self {
        Self { failure: Some(why), ..self }
    }

    /// The body's bytes up to where it ends or fails, and how that was.
    pub fn drain(mut self) -> (Bytes, Result<(), BodyError>) {
        let mut all = BytesMut::new();
        loop {
            match self.step() {
                Some(Ok(frame)) => all.extend_from_slice(&frame),
                Some(Err(why)) => return (all.freeze(), Err(why)),
                None => return (all.freeze(), Ok(())),
            }
        }
    }

    /// The next frame, if there is one.
    pub fn step(&mut self) -> Option<Result<Bytes, BodyError>> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(Ok(frame));
            }
            if self.over {
                return None;
            }
            let next = self.frames.pop_front();
            let Some(decoder) = &mut self.decoder else {
                match next {
                    Some(frame) => return Some(Ok(frame)),
                    None => {
                        self.over = true;
                        return self.failure.map(Err);
                    }
                }
            };
            let mut out = Vec::new();
            let decoded = match (next, self.failure) {
                (Some(frame), _) => decoder.push(frame, &mut out),
                (None, Some(why)) => {
                    self.over = true;
                    return Some(Err(why));
                }
                (None, None) => {
                    self.over = true;
                    decoder.finish(&mut out).map(|_| ())
                }
            };
            self.ready.extend(out);
            if decoded.is_err() {
                self.frames.clear();
                self.failure = Some(BodyError::Cut);
                if self.over {
                    return Some(Err(BodyError::Cut));
                }
                self.decoder = None;
            }
        }
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::frames((!bytes.is_empty()).then_some(bytes))
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl brigade_gateway::Body for Body {
    async fn collect(mut self, limit: usize) -> Result<Bytes, BodyError> {
        let mut all = BytesMut::new();
        while let Some(frame) = self.step() {
            all.extend_from_slice(&frame?);
            if all.len() > limit {
                return Err(BodyError::TooLarge);
            }
        }
        Ok(all.freeze())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        self.step().transpose()
    }

    fn behind(mut self, bytes: Bytes) -> Self {
        if self.decoder.is_some() {
            self.ready.push_front(bytes);
        } else {
            self.frames.push_front(bytes);
        }
        self
    }

    fn decode(self, decoder: Decoder) -> Self {
        Self { decoder: Some(decoder), ..self }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Poll::Ready(self.step().map(|frame| frame.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
