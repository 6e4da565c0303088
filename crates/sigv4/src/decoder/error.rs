//! Why a body is not accepted.

use crate::checksum::ChecksumAlgorithm;

/// One reason to refuse a body. `Display` is the message for the client; each variant names its S3 code and status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A chunk's first line is not `SIZE\r\n` or, where chunks are signed, `SIZE;chunk-signature=…\r\n`.
    /// 400 `IncompleteBody`.
    #[error("The request body is not valid aws-chunked encoding: a chunk must begin with its size in hexadecimal{}.", if *.signed { " and its signature" } else { "" })]
    ChunkHeader {
        /// Whether chunks are signed.
        signed: bool,
    },
    /// A line is longer than any client writes. 400 `IncompleteBody`.
    #[error("The request body is not valid aws-chunked encoding: a line is too long.")]
    LineTooLong,
    /// A chunk's data is not followed by `\r\n`. 400 `IncompleteBody`.
    #[error("The request body is not valid aws-chunked encoding: a chunk's data must be followed by CR LF.")]
    ChunkEnd,
    /// The body ended before its final chunk and trailer. 400 `IncompleteBody`.
    #[error("The request body terminated unexpectedly: the final chunk or the trailer is missing.")]
    Unfinished,
    /// There is something after the end. 400 `IncompleteBody`.
    #[error("The request body goes on after its final chunk.")]
    TrailingBytes,
    /// More bytes than declared. 400 `IncompleteBody`.
    #[error("The request body is longer than the {declared} bytes that were declared.")]
    TooLong {
        /// The declared length of the decoded body.
        declared: u64,
    },
    /// Fewer bytes than declared. 400 `IncompleteBody`.
    #[error("You did not provide the number of bytes that were declared: {found} of {declared}.")]
    TooShort {
        /// The declared length of the decoded body.
        declared: u64,
        /// The bytes that came.
        found: u64,
    },
    /// A chunk's signature is wrong. 403 `SignatureDoesNotMatch`.
    #[error(
        "The signature of a chunk of the request body does not match. Check your key and signing method."
    )]
    ChunkSignature,
    /// The trailer's signature is wrong. 403 `SignatureDoesNotMatch`.
    #[error("The signature of the request's trailer does not match. Check your key and signing method.")]
    TrailerSignature,
    /// The trailer cannot be read, repeats something, or lacks its signature. 400 `MalformedTrailerError`.
    #[error(
        "The request contained trailing data that was not well-formed or did not conform to our published schema."
    )]
    MalformedTrailer,
    /// A trailer came that `x-amz-trailer` does not declare. 400 `MalformedTrailerError`.
    #[error("The request's trailer has a header that x-amz-trailer does not declare.")]
    UndeclaredTrailer,
    /// A declared trailer did not come. 400 `MalformedTrailerError`.
    #[error("The request's trailer lacks {}, which x-amz-trailer declares.", .0.header())]
    MissingTrailer(ChecksumAlgorithm),
    /// The trailing checksum is not the body's. 400 `BadDigest`.
    #[error("The {0} you specified did not match the calculated checksum.")]
    Checksum(ChecksumAlgorithm),
    /// A form does not end where its length and its boundary say it does if the file is its last field. 400
    /// `MalformedPOSTRequest`.
    #[error(
        "Of a large form, the file must be the last field, and the form must end with its boundary, two hyphens and CR LF. \
         Put the file last; nothing may follow it, not even a submit button with a name."
    )]
    FormEnd,
    /// The body's SHA-256 is not the one that was signed. 400 `XAmzContentSHA256Mismatch`.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    PayloadHash,
}
