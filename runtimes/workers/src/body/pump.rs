//! From a decoder into a stream of known length, while the store reads it.

use brigade_gateway::BodyError;
use bytes::Bytes;
use js_sys::Uint8Array;

use super::Decoded;
use crate::host::{self, Fixed, ReadableStream, Writer};

/// Fills a stream. Dropped or failed before its end, it makes the stream fail: the store never takes it for complete.
pub(crate) struct Pump {
    from: Decoded,
    first: Option<Bytes>,
    writer: Writer,
    over: bool,
}

impl Pump {
    /// Waits for the first bytes, and only then makes a stream.
    pub(crate) async fn prime(mut from: Decoded, length: u64) -> Result<(ReadableStream, Self), BodyError> {
        let first = from.next().await?;
        #[allow(
            clippy::cast_precision_loss,
            reason = "an upload has at most 50 TiB, far below 2 to the 53rd"
        )]
        let fixed = Fixed::new(length as f64);
        Ok((fixed.readable(), Self { from, first, writer: fixed.writer(), over: false }))
    }

    /// Writes all of it, or what the store takes. At most one piece waits: the next is asked for when this one was taken.
    ///
    /// # Errors
    /// When the body fails. A store that reads no further is none: its answer says more.
    pub(crate) async fn run(&mut self) -> Result<(), BodyError> {
        let mut piece = self.first.take();
        while let Some(bytes) = piece {
            let written = self.writer.write(&Uint8Array::from(bytes.as_ref()));
            if host::settle(&written).await.is_err() {
                return Ok(());
            }
            piece = self.from.next().await?;
        }
        self.over = host::settle(&self.writer.close()).await.is_ok();
        Ok(())
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        if !self.over
            && let Ok(told) = self.writer.abort()
        {
            host::ignore(&told);
        }
    }
}
