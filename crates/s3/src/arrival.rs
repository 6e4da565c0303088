//! All that is impure about a request: when it came, from where, and a seed of chance.

use std::fmt;
use std::net::IpAddr;

use brigade_sigv4::Timestamp;

/// What the runtime knows of a request that the request itself does not say.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// When the request's head had been read.
    pub at: Timestamp,
    /// The client's address, as the runtime knows it (never from a header the client could write).
    pub from: Option<IpAddr>,
    /// Whether the client's connection is TLS.
    pub secure: bool,
    /// 32 random bytes, new for every request.
    pub seed: [u8; 32],
}

impl Arrival {
    /// The id this request is answered and logged under.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        let mut id = [0; 8];
        id.copy_from_slice(self.seed.first_chunk::<8>().unwrap_or(&[0; 8]));
        RequestId(id)
    }
}

/// The id of one request: 16 upper-case hex digits, `x-amz-request-id` on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RequestId([u8; 8]);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02X}"))
    }
}
