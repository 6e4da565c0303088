//! The table that turns the reasons of `sigv4` into S3's codes.

use brigade_sigv4::{DecodeError, Place, Refusal};

use crate::{Code, S3Error};

impl From<Refusal> for S3Error {
    fn from(refusal: Refusal) -> Self {
        let malformed = |place| match place {
            Place::Header => Code::AuthorizationHeaderMalformed,
            Place::Query => Code::AuthorizationQueryParametersError,
            Place::Form => Code::InvalidArgument,
        };
        let code = match &refusal {
            Refusal::SignatureV2 | Refusal::SignatureV4a | Refusal::ContentSha256Missing => {
                Code::InvalidRequest
            }
            Refusal::UnsupportedScheme
            | Refusal::HeaderAndQuery
            | Refusal::Repeated(_)
            | Refusal::ContentSha256Malformed => Code::InvalidArgument,
            Refusal::Malformed { place, .. } | Refusal::WrongRegion { place, .. } => malformed(*place),
            Refusal::MiscasedParameter(_)
            | Refusal::TokenWithoutSignature
            | Refusal::DateMissing
            | Refusal::DateMalformed
            | Refusal::DateNotSigned
            | Refusal::NotYetValid
            | Refusal::Expired { .. }
            | Refusal::HeaderNotSigned(_) => Code::AccessDenied,
            Refusal::KeyIdTooLong => Code::InvalidAccessKeyId,
            Refusal::Skewed { .. } => Code::RequestTimeTooSkewed,
            Refusal::SignedHeaderAbsent(_) | Refusal::SignatureDoesNotMatch => Code::SignatureDoesNotMatch,
            Refusal::MalformedUri => Code::InvalidUri,
        };
        let error = Self::new(code).say(refusal.to_string());
        match refusal {
            Refusal::WrongRegion { expected, .. } => error.with("Region", expected),
            Refusal::Skewed { at, now } => error
                .with("RequestTime", at.iso8601())
                .with("ServerTime", now.iso8601())
                .with("MaxAllowedSkewMilliseconds", "900000"),
            Refusal::Expired { until, now } => {
                error.with("Expires", until.iso8601()).with("ServerTime", now.iso8601())
            }
            Refusal::HeaderNotSigned(name) => error.with("HeadersNotSigned", name),
            Refusal::SignatureV2
            | Refusal::SignatureV4a
            | Refusal::UnsupportedScheme
            | Refusal::HeaderAndQuery
            | Refusal::Repeated(_)
            | Refusal::Malformed { .. }
            | Refusal::MiscasedParameter(_)
            | Refusal::KeyIdTooLong
            | Refusal::TokenWithoutSignature
            | Refusal::DateMissing
            | Refusal::DateMalformed
            | Refusal::DateNotSigned
            | Refusal::NotYetValid
            | Refusal::SignedHeaderAbsent(_)
            | Refusal::ContentSha256Missing
            | Refusal::ContentSha256Malformed
            | Refusal::MalformedUri
            | Refusal::SignatureDoesNotMatch => error,
        }
    }
}

impl From<&DecodeError> for S3Error {
    fn from(error: &DecodeError) -> Self {
        let code = match error {
            DecodeError::ChunkHeader { .. }
            | DecodeError::LineTooLong
            | DecodeError::ChunkEnd
            | DecodeError::Unfinished
            | DecodeError::TrailingBytes
            | DecodeError::TooLong { .. }
            | DecodeError::TooShort { .. } => Code::IncompleteBody,
            DecodeError::ChunkSignature | DecodeError::TrailerSignature => Code::SignatureDoesNotMatch,
            DecodeError::MalformedTrailer
            | DecodeError::UndeclaredTrailer
            | DecodeError::MissingTrailer(_) => Code::MalformedTrailer,
            DecodeError::Checksum(_) => Code::BadDigest,
            DecodeError::FormEnd => Code::MalformedPost,
            DecodeError::PayloadHash => Code::ContentSha256Mismatch,
        };
        Self::new(code).say(error.to_string())
    }
}
