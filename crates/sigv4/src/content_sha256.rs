//! What `x-amz-content-sha256` says of a body.

use http::HeaderValue;

use crate::hexadecimal;

/// The payload line of a canonical request
/// ([Authenticating requests](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentSha256 {
    /// The SHA-256 of the whole body.
    Hash([u8; 32]),
    /// `UNSIGNED-PAYLOAD`: the signature says nothing of the body.
    Unsigned,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: aws-chunked, no chunk signatures, a checksum in the trailer.
    StreamingUnsignedTrailer,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`: aws-chunked, every chunk signed.
    StreamingSigned,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`: aws-chunked, every chunk and the trailer signed.
    StreamingSignedTrailer,
}

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const STREAMING_UNSIGNED_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
const STREAMING_SIGNED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const STREAMING_SIGNED_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";

impl ContentSha256 {
    /// The hash of an empty body.
    pub const EMPTY: Self = Self::Hash(EMPTY_HASH);

    /// Reads 64 lower-case hexadecimal digits or one of the four markers; all else is `None`, never "unsigned".
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            UNSIGNED => Some(Self::Unsigned),
            STREAMING_UNSIGNED_TRAILER => Some(Self::StreamingUnsignedTrailer),
            STREAMING_SIGNED => Some(Self::StreamingSigned),
            STREAMING_SIGNED_TRAILER => Some(Self::StreamingSignedTrailer),
            hash => hexadecimal::decode(hash.as_bytes()).map(Self::Hash),
        }
    }

    /// The header's value.
    #[must_use]
    pub fn header_value(self) -> String {
        self.with_text(|text| String::from_utf8_lossy(text).into_owned())
    }

    /// The same, ready to be sent: of what is known beforehand nothing is copied.
    #[must_use]
    pub fn header(self) -> HeaderValue {
        match self {
            Self::EMPTY => HeaderValue::from_static(EMPTY_TEXT),
            // Sixty-four digits are a header's value.
            Self::Hash(hash) => HeaderValue::from_bytes(&hexadecimal::encode(&hash))
                .unwrap_or_else(|_| HeaderValue::from_static("")),
            Self::Unsigned => HeaderValue::from_static(UNSIGNED),
            Self::StreamingUnsignedTrailer => HeaderValue::from_static(STREAMING_UNSIGNED_TRAILER),
            Self::StreamingSigned => HeaderValue::from_static(STREAMING_SIGNED),
            Self::StreamingSignedTrailer => HeaderValue::from_static(STREAMING_SIGNED_TRAILER),
        }
    }

    /// Whether the body is aws-chunked.
    #[must_use]
    pub const fn is_streaming(self) -> bool {
        match self {
            Self::Hash(_) | Self::Unsigned => false,
            Self::StreamingUnsignedTrailer | Self::StreamingSigned | Self::StreamingSignedTrailer => true,
        }
    }

    pub(crate) fn with_text<R>(self, read: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Hash(hash) => read(&hexadecimal::encode(&hash)),
            Self::Unsigned => read(UNSIGNED.as_bytes()),
            Self::StreamingUnsignedTrailer => read(STREAMING_UNSIGNED_TRAILER.as_bytes()),
            Self::StreamingSigned => read(STREAMING_SIGNED.as_bytes()),
            Self::StreamingSignedTrailer => read(STREAMING_SIGNED_TRAILER.as_bytes()),
        }
    }
}

/// [`EMPTY_HASH`], written.
const EMPTY_TEXT: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// SHA-256 of nothing.
pub(crate) const EMPTY_HASH: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
    0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];
