//! What a request says of its body, and the body held against it.
//!
//! ```text
//! frames ─ Decoder (aws-chunked, else as is) ─► hashes ─► bytes at hand, or a draft
//!                                                 └─ compared with what was declared, before anything is kept
//! ```

mod intake;
mod sink;
mod work;

pub(crate) use intake::{Content, Received, collect, receive};

use crate::failure::{Code, Failure};
use crate::headers::{length, text};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use brigade_sigv4::{ChecksumAlgorithm, ContentSha256, DecodeError, Decoder};
use http::HeaderMap;
use std::io;

/// What the head declares of the body.
#[derive(Debug)]
pub(crate) struct Declared {
    /// The body's length once decoded.
    pub(crate) length: Option<u64>,
    /// Its SHA-256, when signed.
    sha256: Option<[u8; 32]>,
    md5: Option<[u8; 16]>,
    /// Its checksum, in a header.
    checksum: Option<(ChecksumAlgorithm, String)>,
    /// The algorithm named without a value.
    asked: Option<ChecksumAlgorithm>,
    /// aws-chunked, with this trailer.
    chunked: Option<Option<ChecksumAlgorithm>>,
}

impl Declared {
    /// Reads the headers; those that contradict each other or cannot be checked are refused.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, Failure> {
        let (sha256, chunked) = match text(headers, "x-amz-content-sha256")? {
            None => (None, false),
            Some(value) => match ContentSha256::parse(value) {
                Some(ContentSha256::Hash(hash)) => (Some(hash), false),
                Some(ContentSha256::Unsigned) => (None, false),
                Some(ContentSha256::StreamingUnsignedTrailer) => (None, true),
                Some(ContentSha256::StreamingSigned | ContentSha256::StreamingSignedTrailer) => {
                    return Err(Failure::from(Code::NotImplemented).with("Header", "x-amz-content-sha256"));
                }
                None => {
                    let message = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a known streaming value or a valid sha256 value.";
                    return Err(Failure::argument("x-amz-content-sha256", value, message));
                }
            },
        };
        let trailer = trailer(headers)?.filter(|_| chunked);
        let checksum = checksum(headers)?;
        let header = "x-amz-sdk-checksum-algorithm";
        let asked = text(headers, header)?.map(|name| algorithm(header, name)).transpose()?;
        let given = checksum.as_ref().map(|(algorithm, _)| *algorithm).or(trailer);
        if let (Some(asked), Some(given)) = (asked, given)
            && asked != given
        {
            let message = "Value for x-amz-sdk-checksum-algorithm header is invalid.";
            return Err(Failure::new(Code::InvalidRequest, message));
        }
        let plain = length(headers, "content-length")?;
        let decoded = length(headers, "x-amz-decoded-content-length")?;
        if chunked && decoded.is_none() {
            return Err(Code::MissingContentLength.into());
        }
        Ok(Self {
            length: if chunked { decoded } else { plain },
            sha256,
            md5: content_md5(headers)?,
            checksum,
            asked,
            chunked: chunked.then_some(trailer),
        })
    }

    /// Takes the checksum header away: where a document is sent, it may be about something else.
    pub(crate) fn take_checksum(&mut self) -> Option<(ChecksumAlgorithm, String)> {
        self.checksum.take()
    }

    /// The checksum algorithm the client chose: with a value in a header or a trailer, or by its name alone.
    pub(crate) fn algorithm(&self) -> Option<ChecksumAlgorithm> {
        self.checksum.as_ref().map(|(algorithm, _)| *algorithm).or(self.chunked.flatten()).or(self.asked)
    }

    fn decoder(&self) -> Option<Decoder> {
        self.chunked.map(|trailer| Decoder::unsigned_trailer(self.length.unwrap_or_default(), trailer))
    }
}

fn content_md5(headers: &HeaderMap) -> Result<Option<[u8; 16]>, Failure> {
    let Some(value) = text(headers, "content-md5")? else { return Ok(None) };
    let raw = STANDARD.decode(value).ok().and_then(|raw| <[u8; 16]>::try_from(raw).ok());
    raw.map(Some)
        .ok_or_else(|| Failure::new(Code::InvalidDigest, "The Content-MD5 you specified was invalid."))
}

/// The one `x-amz-checksum-*` header that carries a value.
pub(crate) fn checksum(headers: &HeaderMap) -> Result<Option<(ChecksumAlgorithm, String)>, Failure> {
    let mut found = None;
    for algorithm in ChecksumAlgorithm::ALL {
        let Some(value) = text(headers, algorithm.header())? else { continue };
        if found.is_some() {
            let message =
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";
            return Err(Failure::new(Code::InvalidRequest, message));
        }
        found = Some((algorithm, value.to_owned()));
    }
    Ok(found)
}

fn trailer(headers: &HeaderMap) -> Result<Option<ChecksumAlgorithm>, Failure> {
    let Some(name) = text(headers, "x-amz-trailer")? else { return Ok(None) };
    let unknown = || {
        Failure::new(Code::InvalidRequest, "The value specified in the x-amz-trailer header is not supported")
    };
    ChecksumAlgorithm::from_header(name).map(Some).ok_or_else(unknown)
}

/// An algorithm named in a header.
pub(crate) fn algorithm(header: &str, name: &str) -> Result<ChecksumAlgorithm, Failure> {
    ChecksumAlgorithm::from_name(name).ok_or_else(|| {
        let message = "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]";
        Failure::new(Code::InvalidRequest, message).with("ArgumentName", header)
    })
}

impl From<DecodeError> for Failure {
    fn from(error: DecodeError) -> Self {
        let code = match error {
            DecodeError::ChunkHeader { .. }
            | DecodeError::LineTooLong
            | DecodeError::ChunkEnd
            | DecodeError::Unfinished
            | DecodeError::TrailingBytes
            | DecodeError::TooLong { .. }
            | DecodeError::TooShort { .. }
            | DecodeError::FormEnd => Code::IncompleteBody,
            // Unsigned chunks have no signature to fail; the gateway checks signed ones.
            DecodeError::ChunkSignature | DecodeError::TrailerSignature => Code::InvalidRequest,
            DecodeError::MalformedTrailer
            | DecodeError::UndeclaredTrailer
            | DecodeError::MissingTrailer(_) => Code::MalformedTrailerError,
            DecodeError::Checksum(_) => Code::BadDigest,
            DecodeError::PayloadHash => Code::XAmzContentSHA256Mismatch,
        };
        Self::new(code, error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            Code::InsufficientCapacity.into()
        } else {
            Self::internal(error)
        }
    }
}
