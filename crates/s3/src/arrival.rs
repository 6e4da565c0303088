//! All that is impure about a request: when it came, from where, and a seed of chance.

use std::fmt;
use std::net::IpAddr;

use brigade_sigv4::Timestamp;
use http::HeaderValue;

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

impl RequestId {
    /// The id as it is written.
    #[must_use]
    pub fn text(&self) -> [u8; 16] {
        let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 };
        let mut text = [0; 16];
        for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(self.0) {
            *pair = [digit(byte >> 4), digit(byte & 15)];
        }
        text
    }

    /// The id as a header's value.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        // Sixteen digits are one.
        HeaderValue::from_bytes(&self.text()).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.text()).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_sixteen_capital_digits() {
        let id = RequestId([0x00, 0x19, 0xa0, 0xff, 0x7e, 0x80, 0x0b, 0xcd]);
        assert_eq!(id.to_string(), "0019A0FF7E800BCD");
    }
}
