//! A body: bytes on their way, which the core never touches unless it must.

use std::future::Future;

use brigade_sigv4::Decoder;
use bytes::Bytes;

/// A request's or a response's body, as a runtime carries it.
///
/// Dropping one tells its sender that nobody reads on.
pub trait Body: From<Bytes> {
    /// Reads all of it into memory, if it has at most `limit` bytes.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`] as soon as more than `limit` bytes are announced or seen; otherwise what went wrong.
    fn collect(self, limit: usize) -> impl Future<Output = Result<Bytes, BodyError>>;

    /// Reads its next bytes; `None` at its end.
    ///
    /// # Errors
    /// What went wrong; there is nothing to be read after that.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, BodyError>>;

    /// The same body with these bytes, which had been taken from it, before what is left.
    #[must_use]
    fn behind(self, bytes: Bytes) -> Self;

    /// The body that `decoder` makes of this one. When the decoder refuses, the result fails and never ends well,
    /// so that the store behind never takes it for complete.
    #[must_use]
    fn decode(self, decoder: Decoder) -> Self;
}

/// Why a body could not be read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It has more bytes than it may.
    #[error("the body is larger than it may be")]
    TooLarge,
    /// Its sender stopped before the end, or broke the framing.
    #[error("the body ended before it was complete")]
    Cut,
    /// Nothing came for too long.
    #[error("the body stalled")]
    Stalled,
}
