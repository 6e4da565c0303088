//! A request for a store, signed.

use std::fmt;

use brigade_sigv4::Decoder;
use bytes::Bytes;
use http::request;

/// What goes to the store. Only a [`crate::Plan`] makes one.
pub struct Outbound {
    /// The head, signed.
    pub head: request::Parts,
    /// Where its body comes from.
    pub upload: Upload,
}

/// Where an outbound body comes from.
pub enum Upload {
    /// The client's own, as it comes.
    AsIs,
    /// What a decoder makes of the client's.
    Decode(Box<Decoder>),
    /// These bytes.
    Replace(Bytes),
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("method", &self.head.method)
            .field("upload", &self.upload)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsIs => f.write_str("AsIs"),
            Self::Decode(_) => f.write_str("Decode"),
            Self::Replace(bytes) => write!(f, "Replace({} bytes)", bytes.len()),
        }
    }
}
