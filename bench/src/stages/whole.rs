//! A body that is there already.

use brigade_gateway::{Body, BodyError};
use brigade_sigv4::Decoder;
use bytes::{Bytes, BytesMut};

#[derive(Debug)]
pub(crate) struct Whole(Bytes);

impl From<Bytes> for Whole {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl Body for Whole {
    async fn collect(self, limit: usize) -> Result<Bytes, BodyError> {
        if self.0.len() > limit { Err(BodyError::TooLarge) } else { Ok(self.0) }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        let all = std::mem::take(&mut self.0);
        Ok(Some(all).filter(|bytes| !bytes.is_empty()))
    }

    fn behind(self, bytes: Bytes) -> Self {
        let mut all = BytesMut::from(bytes);
        all.extend_from_slice(&self.0);
        Self(all.freeze())
    }

    fn decode(self, _: Decoder) -> Self {
        panic!("no stage here sends chunks through a gateway")
    }
}
