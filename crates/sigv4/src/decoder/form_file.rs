//! The file of an upload form, with the end of the form behind it.
//!
//! Where the file ends is announced nowhere: it ends before the first delimiter. A store must be told its length at the
//! beginning, so that is worked out for a file that is the form's last field, and this holds the form to it.

use std::fmt;

use bytes::{Bytes, BytesMut};
use memchr::memmem::Finder;

use super::{DecodeError, Output};

pub(super) struct FormFile {
    length: u64,
    delimiter: Finder<'static>,
    /// What may be the beginning of the delimiter, or behind it the end of the form.
    tail: Bytes,
    closing: bool,
}

/// What follows the last delimiter.
const CLOSE: &[u8] = b"--\r\n";

impl FormFile {
    pub(super) fn new(length: u64, delimiter: &[u8]) -> Self {
        let delimiter = Finder::new(delimiter).into_owned();
        Self { length, delimiter, tail: Bytes::new(), closing: false }
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn push(
        &mut self,
        input: Bytes,
        output: &mut Output,
        out: &mut Vec<Bytes>,
    ) -> Result<(), DecodeError> {
        let mut data = joined(std::mem::take(&mut self.tail), input);
        if !self.closing {
            let found = self.delimiter.find(&data);
            let file = data.split_to(found.unwrap_or_else(|| data.len() - self.begun(&data)));
            if file.len() as u64 > self.length.saturating_sub(output.count()) {
                return Err(DecodeError::FormEnd);
            }
            output.take(file, out);
            if found.is_some() {
                self.closing = true;
                data = data.split_off(self.delimiter.needle().len());
            }
        }
        if self.closing && !CLOSE.starts_with(&data) {
            return Err(DecodeError::FormEnd);
        }
        self.tail = data;
        Ok(())
    }

    pub(super) fn finish(&self, output: &Output) -> Result<(), DecodeError> {
        let complete = self.closing && *self.tail == *CLOSE && output.count() == self.length;
        if complete { Ok(()) } else { Err(DecodeError::FormEnd) }
    }

    /// How many bytes at the end of `data` the delimiter may begin with. It has one CR, its first byte.
    fn begun(&self, data: &[u8]) -> usize {
        let needle = self.delimiter.needle();
        let from = data.len().saturating_sub(needle.len().saturating_sub(1));
        let end = data.get(from..).unwrap_or_default();
        let begins = memchr::memrchr(b'\r', end).and_then(|at| end.get(at..)).unwrap_or_default();
        if needle.starts_with(begins) { begins.len() } else { 0 }
    }
}

fn joined(first: Bytes, second: Bytes) -> Bytes {
    if first.is_empty() {
        return second;
    }
    let mut all = BytesMut::with_capacity(first.len() + second.len());
    all.extend_from_slice(&first);
    all.extend_from_slice(&second);
    all.freeze()
}

impl fmt::Debug for FormFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormFile").field("length", &self.length).finish_non_exhaustive()
    }
}
