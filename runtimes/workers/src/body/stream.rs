//! A stream of the platform's.

use std::cell::Cell;

use brigade_gateway::BodyError;
use bytes::Bytes;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::host::{self, Piece, ReadableStream, Reader, Upload};

thread_local! {
    /// Of all bodies together, how many bytes were copied into WASM.
    static READ: Cell<u64> = const { Cell::new(0) };
}

/// How many bytes of bodies have come into WASM in this isolate; there is no other way in than a stream's reader.
pub(crate) fn bytes_read() -> u64 {
    READ.get()
}

/// A client's upload or a store's answer. Dropped before its end, it tells its sender that nobody reads on.
pub(crate) struct Stream {
    state: State,
    length: Option<u64>,
    upload: Option<Upload>,
}

enum State {
    Whole(ReadableStream),
    Read(Reader),
    /// At its end, or given away.
    Gone,
    Failed,
}

impl Stream {
    /// The answer of a store.
    pub(crate) fn answer(readable: ReadableStream, length: Option<u64>) -> Self {
        Self { state: State::Whole(readable), length, upload: None }
    }

    /// The upload of a client.
    pub(crate) fn upload(upload: Upload, length: Option<u64>) -> Self {
        Self { state: State::Whole(upload.readable()), length, upload: Some(upload) }
    }

    /// How long it says it is.
    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }

    pub(crate) fn is_untouched(&self) -> bool {
        matches!(self.state, State::Whole(_))
    }

    /// Waits for an upload's first bytes.
    pub(crate) async fn begun(&mut self) -> Result<Option<Upload>, BodyError> {
        let Some(upload) = self.upload.take() else { return Ok(None) };
        let _ = host::settle(&upload.first()).await;
        if upload.failed() { Err(BodyError::Cut) } else { Ok(Some(upload)) }
    }

    /// The stream itself, for somebody of the platform's to read.
    pub(crate) fn hand_on(&mut self) -> JsValue {
        match std::mem::replace(&mut self.state, State::Gone) {
            State::Whole(stream) => stream.into(),
            State::Read(_) | State::Gone | State::Failed => JsValue::NULL,
        }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        if let State::Whole(stream) = &self.state {
            self.state = State::Read(stream.reader());
        }
        let piece = match &self.state {
            State::Read(reader) => host::settle(&reader.read()).await,
            State::Gone => return Ok(None),
            State::Whole(_) | State::Failed => return Err(BodyError::Cut),
        };
        match piece.map(|piece| piece.unchecked_into::<Piece>().value()) {
            Ok(Some(bytes)) => {
                READ.set(READ.get() + u64::from(bytes.length()));
                Ok(Some(bytes.to_vec().into()))
            }
            Ok(None) => {
                self.state = State::Gone;
                Ok(None)
            }
            Err(_) => {
                self.state = State::Failed;
                Err(BodyError::Cut)
            }
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let told = match &self.state {
            State::Whole(stream) => stream.cancel(),
            State::Read(reader) => reader.give_up(),
            State::Gone | State::Failed => return,
        };
        // Whether it hears that is not awaited; a rejection without anybody to hear it would be a line in the log.
        if let Ok(told) = told {
            host::ignore(&told);
        }
    }
}
