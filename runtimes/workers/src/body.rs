//! The one body type of this runtime, both ways.
//!
//! ```text
//! Full       bytes at hand
//! Stream     the platform's: handed on whole, unless somebody reads it
//! Behind     any of these, behind bytes that had been taken from it
//! Decoded    any of these, through a decoder that withholds the end until it has checked it
//! ```

mod pump;
mod stream;

use std::collections::VecDeque;

use brigade_gateway::BodyError;
use brigade_sigv4::Decoder;
use bytes::{Bytes, BytesMut};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

pub(crate) use pump::Pump;
pub(crate) use stream::{Stream, bytes_read};

use crate::host::Upload;

/// Bytes on their way.
pub(crate) struct Body(Kind);

enum Kind {
    Full(Bytes),
    Stream(Stream),
    Behind(Bytes, Box<Body>),
    Decoded(Box<Decoded>),
}

/// A body as `fetch` takes it.
pub(crate) enum Sending {
    /// Nothing, or bytes.
    Whole(JsValue),
    /// The platform's own stream, and whose upload it is.
    Handed(JsValue, Option<Upload>),
    /// A stream that somebody has to fill meanwhile.
    Pumped(JsValue, Box<Pump>),
}

impl Body {
    pub(crate) fn stream(stream: Stream) -> Self {
        Self(Kind::Stream(stream))
    }

    /// What `fetch` is given. The first bytes have come by then, or there are none: some stores keep an empty object of an
    /// upload whose head came without any byte of its body.
    ///
    /// # Errors
    /// When the body fails before.
    pub(crate) async fn sending(self) -> Result<Sending, BodyError> {
        match self.0 {
            Kind::Full(bytes) => Ok(Sending::Whole(handle(&bytes))),
            Kind::Stream(mut stream) if stream.is_untouched() => {
                let upload = stream.begun().await?;
                Ok(Sending::Handed(stream.hand_on(), upload))
            }
            Kind::Decoded(decoded) => {
                let length = decoded.decoder.output_length().ok_or(BodyError::Cut)?;
                let (readable, pump) = Pump::prime(*decoded, length).await?;
                Ok(Sending::Pumped(readable.into(), Box::new(pump)))
            }
            // Forms and control bodies are read, never sent on like this.
            Kind::Stream(_) | Kind::Behind(..) => Err(BodyError::Cut),
        }
    }

    /// What a client's answer is given: null where there is nothing.
    pub(crate) fn answer(self) -> JsValue {
        match self.0 {
            Kind::Full(bytes) => handle(&bytes),
            Kind::Stream(mut stream) if stream.is_untouched() => stream.hand_on(),
            Kind::Stream(_) | Kind::Behind(..) | Kind::Decoded(_) => JsValue::NULL,
        }
    }

    /// How many bytes it holds, of one at hand.
    pub(crate) fn held(&self) -> Option<u64> {
        match &self.0 {
            Kind::Full(bytes) => Some(bytes.len() as u64),
            Kind::Stream(_) | Kind::Behind(..) | Kind::Decoded(_) => None,
        }
    }
}

/// Bytes, copied out; null for none.
fn handle(bytes: &Bytes) -> JsValue {
    if bytes.is_empty() { JsValue::NULL } else { Uint8Array::from(bytes.as_ref()).into() }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Kind::Full(bytes))
    }
}

impl brigade_gateway::Body for Body {
    async fn collect(mut self, limit: usize) -> Result<Bytes, BodyError> {
        if let Kind::Stream(stream) = &self.0
            && stream.length().is_some_and(|length| length > limit as u64)
        {
            return Err(BodyError::TooLarge);
        }
        let mut all = BytesMut::new();
        while let Some(bytes) = self.next().await? {
            if all.len() + bytes.len() > limit {
                return Err(BodyError::TooLarge);
            }
            if all.is_empty()
                && let Kind::Full(_) = &self.0
            {
                return Ok(bytes);
            }
            all.extend_from_slice(&bytes);
        }
        Ok(all.freeze())
    }

    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        match &mut self.0 {
            Kind::Full(bytes) => {
                let bytes = std::mem::take(bytes);
                Ok((!bytes.is_empty()).then_some(bytes))
            }
            Kind::Stream(stream) => stream.next().await,
            Kind::Behind(first, rest) => match std::mem::take(first) {
                first if first.is_empty() => Box::pin(rest.next()).await,
                first => Ok(Some(first)),
            },
            Kind::Decoded(decoded) => Box::pin(decoded.next()).await,
        }
    }

    fn behind(self, bytes: Bytes) -> Self {
        Self(Kind::Behind(bytes, Box::new(self)))
    }

    fn decode(self, decoder: Decoder) -> Self {
        let state = State::Reading;
        let ready = VecDeque::new();
        Self(Kind::Decoded(Box::new(Decoded { inner: self, decoder, ready, state })))
    }
}

/// What a decoder makes of a body. Once the decoder has refused it fails for ever: it never ends well.
pub(crate) struct Decoded {
    inner: Body,
    decoder: Decoder,
    ready: VecDeque<Bytes>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Reading,
    Over,
    Failed(BodyError),
}

impl Decoded {
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        use brigade_gateway::Body as _;
        let mut made = Vec::new();
        loop {
            if let State::Failed(error) = self.state {
                return Err(error);
            }
            if let Some(bytes) = self.ready.pop_front() {
                return Ok(Some(bytes));
            }
            if self.state == State::Over {
                return Ok(None);
            }
            let step = match self.inner.next().await {
                Err(error) => Err(error),
                Ok(Some(bytes)) => self.decoder.push(bytes, &mut made).map_err(|_| BodyError::Cut),
                Ok(None) => {
                    self.state = State::Over;
                    self.decoder.finish(&mut made).map(drop).map_err(|_| BodyError::Cut)
                }
            };
            match step {
                Ok(()) => self.ready.extend(made.drain(..).filter(|bytes| !bytes.is_empty())),
                // What was decoded before the mistake goes nowhere either.
                Err(error) => {
                    self.ready.clear();
                    self.state = State::Failed(error);
                }
            }
        }
    }
}
