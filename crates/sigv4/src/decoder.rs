//! Request bodies on their way to a store: `aws-chunked` taken apart, hashes and signatures checked.
//!
//! ```text
//! input ─ push ─► Chunked | Hashed | FormFile ─ plain pieces ─► Output (checksum, count, last piece held) ─► frames
//!         finish ─► all proved? ─► the held piece, and the end of a reframed body
//! ```
//!
//! Invariant: what has come out is never the whole body until everything about it is proved. So a store
//! that was told the body's length never holds a complete object that is not the sender's.

use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::checksum::ChecksumAlgorithm;
use crate::verify::ChunkContext;

mod chunked;
mod error;
mod form_file;
mod hashed;
mod measured;
mod output;

use chunked::Chunked;
pub use error::DecodeError;
use form_file::FormFile;
use hashed::Hashed;
use measured::Measured;
use output::Output;

/// A sync state machine over a request body: [`push`](Self::push) what arrives, [`finish`](Self::finish) at its end.
///
/// Frames that come out are slices of those that went in, where they are not tiny. The last piece is held
/// back until `finish` has proved the whole; within a signed chunk, its last piece until the chunk's
/// signature is checked. No more than one input frame is ever held. A body of no bytes has no
/// piece to hold: with a plain output of length 0, `finish` before sending anything.
///
/// ```
/// use brigade_sigv4::{ChecksumAlgorithm, Decoder};
/// let mut decoder = Decoder::unsigned_trailer(9, Some(ChecksumAlgorithm::Crc32));
/// let mut out = Vec::new();
/// decoder.push("9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n".into(), &mut out)?;
/// assert!(out.is_empty());
/// let trailer = decoder.finish(&mut out)?.ok_or("no trailer")?;
/// assert_eq!(out.concat(), b"123456789");
/// assert_eq!(trailer.value, "y/Q5Jg==");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    body: Body,
    output: Output,
    verdict: Verdict,
    finished: bool,
}

#[derive(Debug)]
enum Body {
    Chunked(Box<Chunked>),
    Hashed(Hashed),
    FormFile(Box<FormFile>),
    Measured(Measured),
}

/// A checksum that was verified against the body, or made from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// Which checksum.
    pub algorithm: ChecksumAlgorithm,
    /// Its value, in base64.
    pub value: String,
}

impl Decoder {
    /// Reads `STREAMING-UNSIGNED-PAYLOAD-TRAILER`; `trailer` is what `x-amz-trailer` declares.
    #[must_use]
    pub fn unsigned_trailer(decoded_length: u64, trailer: Option<ChecksumAlgorithm>) -> Self {
        Self::chunked(Chunked::new(None, decoded_length, trailer), trailer)
    }

    /// Reads `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`.
    #[must_use]
    pub fn signed(context: ChunkContext, decoded_length: u64) -> Self {
        Self::chunked(Chunked::new(Some(context), decoded_length, None), None)
    }

    /// Reads `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`; `trailer` is what `x-amz-trailer` declares.
    #[must_use]
    pub fn signed_trailer(context: ChunkContext, decoded_length: u64, trailer: ChecksumAlgorithm) -> Self {
        Self::chunked(Chunked::new(Some(context), decoded_length, Some(trailer)), Some(trailer))
    }

    /// Reads a plain body and checks it against the SHA-256 its sender signed, and its length when known.
    #[must_use]
    pub fn hashed(expected: [u8; 32], length: Option<u64>) -> Self {
        Self::over(Body::Hashed(Hashed::new(expected, length)), None)
    }

    /// Reads the file of an upload form, of `length` bytes if it is the form's last field, and the end of the form with
    /// it. `delimiter` is CR LF, `--` and the form's boundary.
    #[must_use]
    pub fn form_file(length: u64, delimiter: &[u8]) -> Self {
        Self::over(Body::FormFile(Box::new(FormFile::new(length, delimiter))), None)
    }

    /// Reads a plain body of this length that nobody signed, and makes it aws-chunked with its checksum as the trailer, as
    /// [`reframed`](Self::reframed) does.
    #[must_use]
    pub fn measured(length: u64, checksum: ChecksumAlgorithm) -> Self {
        Self::over(Body::Measured(Measured::new(length)), Some(checksum)).reframed()
    }

    fn chunked(chunked: Chunked, trailer: Option<ChecksumAlgorithm>) -> Self {
        Self::over(Body::Chunked(Box::new(chunked)), trailer)
    }

    fn over(body: Body, trailer: Option<ChecksumAlgorithm>) -> Self {
        Self { body, output: Output::plain(trailer), verdict: Verdict::default(), finished: false }
    }

    /// Makes the output aws-chunked again: unsigned, chunks of 64 KiB, the checksum as its trailer, which
    /// is what a store takes as `STREAMING-UNSIGNED-PAYLOAD-TRAILER`.
    ///
    /// A body that declared no trailer gets a CRC32 of its own. A hashed body of unknown length stays plain,
    /// because chunks are announced before they are complete; [`output_trailer`](Self::output_trailer) tells.
    #[must_use]
    pub fn reframed(mut self) -> Self {
        if let Some(length) = self.decoded_length() {
            self.output =
                Output::reframed(self.output.algorithm().unwrap_or(ChecksumAlgorithm::Crc32), length);
        }
        self
    }

    /// Exactly how many bytes come out, framing included; `None` for a hashed body of unknown length.
    #[must_use]
    pub fn output_length(&self) -> Option<u64> {
        self.decoded_length().map(|length| self.output.length(length))
    }

    /// The trailer of a reframed output, to be declared in `x-amz-trailer`; `None` when the output is plain.
    #[must_use]
    pub fn output_trailer(&self) -> Option<ChecksumAlgorithm> {
        if self.output.is_reframed() { self.output.algorithm() } else { None }
    }

    fn decoded_length(&self) -> Option<u64> {
        match &self.body {
            Body::Chunked(chunked) => Some(chunked.length()),
            Body::Hashed(hashed) => hashed.length(),
            Body::FormFile(file) => Some(file.length()),
            Body::Measured(measured) => Some(measured.length()),
        }
    }

    /// Takes in the next piece of the body and appends what may go on to `out`.
    ///
    /// # Errors
    /// The first [`DecodeError`] stays: every later call returns it again. What is already in `out` may
    /// have been sent; the rest of the upload must be cut off.
    pub fn push(&mut self, input: Bytes, out: &mut Vec<Bytes>) -> Result<(), DecodeError> {
        self.guard(|this| match &mut this.body {
            _ if this.finished && !input.is_empty() => Err(DecodeError::TrailingBytes),
            Body::Chunked(chunked) => chunked.push(input, &mut this.output, out),
            Body::Hashed(hashed) => hashed.push(input, &mut this.output, out),
            Body::FormFile(file) => file.push(input, &mut this.output, out),
            Body::Measured(measured) => measured.push(input, &mut this.output, out),
        })
    }

    /// The body has ended: proves it whole and appends the rest. The trailer is the checksum that was verified,
    /// or the one made for a reframed output.
    ///
    /// # Errors
    /// As for [`push`](Self::push). Calling it again after success appends nothing.
    pub fn finish(&mut self, out: &mut Vec<Bytes>) -> Result<Option<Trailer>, DecodeError> {
        self.guard(|this| {
            if !this.finished {
                match &mut this.body {
                    Body::Chunked(chunked) => chunked.finish()?,
                    Body::Hashed(hashed) => hashed.finish(&this.output)?,
                    Body::FormFile(file) => file.finish(&this.output)?,
                    Body::Measured(measured) => measured.finish(&this.output)?,
                }
                this.finished = true;
                this.output.finish(out);
            }
            Ok(this.output.trailer())
        })
    }

    /// A handle on the first error, for whoever learns only that the upstream request was cut off.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict.clone()
    }

    fn guard<T>(&mut self, step: impl FnOnce(&mut Self) -> Result<T, DecodeError>) -> Result<T, DecodeError> {
        if let Some(error) = self.verdict.error() {
            return Err(error.clone());
        }
        step(self).inspect_err(|error| {
            self.output.discard();
            // The lock is empty: an error that was there has been returned above.
            let _ = self.verdict.0.set(error.clone());
        })
    }
}

/// The first error of a [`Decoder`], once there is one. Clones share it.
#[derive(Clone, Default)]
pub struct Verdict(Arc<OnceLock<DecodeError>>);

impl Verdict {
    /// The error, if the body has been refused.
    #[must_use]
    pub fn error(&self) -> Option<&DecodeError> {
        self.0.get()
    }
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Verdict").field(&self.error()).finish()
    }
}
