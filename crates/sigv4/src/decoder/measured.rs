//! A plain body of which only the length is known.

use bytes::Bytes;

use super::{DecodeError, Output};

#[derive(Debug)]
pub(super) struct Measured {
    length: u64,
}

impl Measured {
    pub(super) const fn new(length: u64) -> Self {
        Self { length }
    }

    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn push(
        &self,
        input: Bytes,
        output: &mut Output,
        out: &mut Vec<Bytes>,
    ) -> Result<(), DecodeError> {
        if input.len() as u64 > self.length.saturating_sub(output.count()) {
            return Err(DecodeError::TooLong { declared: self.length });
        }
        output.take(input, out);
        Ok(())
    }

    pub(super) fn finish(&self, output: &Output) -> Result<(), DecodeError> {
        match output.count() {
            found if found < self.length => Err(DecodeError::TooShort { declared: self.length, found }),
            _ => Ok(()),
        }
    }
}
