//! A plain body whose SHA-256 was signed.

use std::fmt;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{DecodeError, Output};

pub(super) struct Hashed {
    expected: [u8; 32],
    length: Option<u64>,
    hash: Sha256,
}

impl Hashed {
    pub(super) fn new(expected: [u8; 32], length: Option<u64>) -> Self {
        Self { expected, length, hash: Sha256::new() }
    }

    pub(super) fn length(&self) -> Option<u64> {
        self.length
    }

    pub(super) fn push(
        &mut self,
        input: Bytes,
        output: &mut Output,
        out: &mut Vec<Bytes>,
    ) -> Result<(), DecodeError> {
        if let Some(declared) = self.length
            && input.len() as u64 > declared.saturating_sub(output.count())
        {
            return Err(DecodeError::TooLong { declared });
        }
        self.hash.update(&input);
        output.take(input, out);
        Ok(())
    }

    pub(super) fn finish(&mut self, output: &Output) -> Result<(), DecodeError> {
        if let Some(declared) = self.length
            && output.count() < declared
        {
            return Err(DecodeError::TooShort { declared, found: output.count() });
        }
        let found: [u8; 32] = self.hash.finalize_reset().into();
        if bool::from(found.ct_eq(&self.expected)) { Ok(()) } else { Err(DecodeError::PayloadHash) }
    }
}

impl fmt::Debug for Hashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hashed").field("length", &self.length).finish_non_exhaustive()
    }
}
