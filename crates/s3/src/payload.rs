//! How an upload's bytes come, and what vouches for them.

use brigade_sigv4::{ChecksumAlgorithm, ContentSha256};
use http::{HeaderMap, header};

use crate::table::Content;
use crate::{Code, S3Error};

/// A request's body, as its head declares it.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html> and
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Plain bytes with this SHA-256, of this length.
    Hashed {
        /// The declared SHA-256.
        sha256: [u8; 32],
        /// In bytes.
        length: u64,
    },
    /// Plain bytes of this length that nothing in the head vouches for.
    Unsigned {
        /// In bytes.
        length: u64,
    },
    /// `aws-chunked` framing.
    Chunked {
        /// Whether each chunk is signed.
        signing: ChunkSigning,
        /// The checksum that follows the bytes.
        trailer: Option<ChecksumAlgorithm>,
        /// How many bytes the frames hold.
        decoded_length: u64,
        /// The length with the framing, unless the body is sent with `Transfer-Encoding: chunked`.
        framed_length: Option<u64>,
    },
}

/// Whether the chunks of an `aws-chunked` body are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkSigning {
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`
    Unsigned,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD` and `…-TRAILER`
    Signed,
}

impl Payload {
    /// What an upload's head declares.
    pub(crate) fn of_upload(headers: &HeaderMap, sha256: ContentSha256) -> Result<Self, S3Error> {
        let chunked_encoding = super::headers::content_encodings(headers)?
            .iter()
            .any(|encoding| encoding.eq_ignore_ascii_case("aws-chunked"));
        if chunked_encoding && !sha256.is_streaming() {
            // Passed on as they are, the frames themselves would become the object.
            return Err(S3Error::new(Code::InvalidRequest).say(
                "Content-Encoding: aws-chunked goes with a STREAMING-… value of x-amz-content-sha256.",
            ));
        }
        let length = || decimal(headers, header::CONTENT_LENGTH.as_str());
        let must = |length: Option<u64>| length.ok_or_else(|| S3Error::new(Code::MissingContentLength));
        Ok(match sha256 {
            ContentSha256::Hash(sha256) => Self::Hashed { sha256, length: must(length()?)? },
            ContentSha256::Unsigned => Self::Unsigned { length: must(length()?)? },
            ContentSha256::StreamingUnsignedTrailer => Self::Chunked {
                signing: ChunkSigning::Unsigned,
                trailer: trailer(headers)?,
                decoded_length: must(decimal(headers, "x-amz-decoded-content-length")?)?,
                framed_length: length()?,
            },
            ContentSha256::StreamingSigned | ContentSha256::StreamingSignedTrailer => {
                let trailer = trailer(headers)?;
                if trailer.is_some() != (sha256 == ContentSha256::StreamingSignedTrailer) {
                    return Err(S3Error::new(Code::MalformedTrailer)
                        .say("x-amz-trailer goes with x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, and only with it."));
                }
                Self::Chunked {
                    signing: ChunkSigning::Signed,
                    trailer,
                    decoded_length: must(decimal(headers, "x-amz-decoded-content-length")?)?,
                    framed_length: length()?,
                }
            }
        })
    }

    /// Checks that a request without a body declares none.
    pub(crate) fn of_nothing(sha256: ContentSha256, content: Content) -> Result<(), S3Error> {
        refuse_streaming(sha256)?;
        let declares_some = !matches!(sha256, ContentSha256::EMPTY | ContentSha256::Unsigned);
        if content == Content::Nothing && declares_some {
            return Err(S3Error::new(Code::ContentSha256Mismatch)
                .say("This request has no body, but its x-amz-content-sha256 is not that of nothing."));
        }
        Ok(())
    }
}

fn refuse_streaming(sha256: ContentSha256) -> Result<(), S3Error> {
    if sha256.is_streaming() {
        return Err(S3Error::new(Code::InvalidRequest)
            .say("A STREAMING-… value of x-amz-content-sha256 goes with PutObject and UploadPart only."));
    }
    Ok(())
}

/// A header that is a plain decimal number.
fn decimal(headers: &HeaderMap, name: &str) -> Result<Option<u64>, S3Error> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let digits =
        value.to_str().ok().filter(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    digits.and_then(|text| text.parse().ok()).map(Some).ok_or_else(|| {
        S3Error::new(Code::InvalidArgument).say(format!("{name} must be a decimal number of bytes."))
    })
}

/// The checksum that `x-amz-trailer` announces; a trailer can be nothing else.
fn trailer(headers: &HeaderMap) -> Result<Option<ChecksumAlgorithm>, S3Error> {
    let Some(value) = headers.get("x-amz-trailer") else { return Ok(None) };
    value
        .to_str()
        .ok()
        .and_then(|text| ChecksumAlgorithm::from_header(&text.trim().to_ascii_lowercase()))
        .map(Some)
        .ok_or_else(|| {
            S3Error::new(Code::MalformedTrailer)
                .say("x-amz-trailer must name one checksum header, such as x-amz-checksum-crc32.")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sha256: ContentSha256, pairs: &[(&'static str, &str)]) -> Result<Payload, Code> {
        let headers = pairs.iter().map(|(n, v)| ((*n).parse().unwrap(), v.parse().unwrap())).collect();
        Payload::of_upload(&headers, sha256).map_err(|e| e.code())
    }

    #[test]
    fn r_str_05_the_decoded_length_is_required_and_plain_digits() {
        let mode = ContentSha256::StreamingUnsignedTrailer;
        assert_eq!(read(mode, &[]), Err(Code::MissingContentLength));
        for bad in ["", "-1", "+1", "0x10", " 1 1", "99999999999999999999"] {
            assert_eq!(
                read(mode, &[("x-amz-decoded-content-length", bad)]),
                Err(Code::InvalidArgument),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn r_str_06_a_trailer_names_one_checksum_and_nothing_else() {
        let mode = ContentSha256::StreamingUnsignedTrailer;
        for bad in ["x-amz-meta-a", "x-amz-checksum-crc32,x-amz-checksum-sha1", "etag", ""] {
            let headers = [("x-amz-decoded-content-length", "1"), ("x-amz-trailer", bad)];
            assert_eq!(read(mode, &headers), Err(Code::MalformedTrailer), "{bad:?}");
        }
        let headers = [("x-amz-decoded-content-length", "1"), ("x-amz-trailer", "x-amz-checksum-crc32")];
        assert!(read(mode, &headers).is_ok());
        assert_eq!(read(ContentSha256::StreamingSigned, &headers), Err(Code::MalformedTrailer));
        let without = [("x-amz-decoded-content-length", "1")];
        assert_eq!(read(ContentSha256::StreamingSignedTrailer, &without), Err(Code::MalformedTrailer));
    }

    #[test]
    fn an_aws_chunked_envelope_is_never_stored_as_object_bytes() {
        let headers = [("content-length", "10"), ("content-encoding", "gzip, aws-chunked")];
        assert_eq!(read(ContentSha256::Unsigned, &headers), Err(Code::InvalidRequest));
    }

    #[test]
    fn a_plain_upload_says_its_length() {
        assert_eq!(read(ContentSha256::Unsigned, &[]), Err(Code::MissingContentLength));
        assert_eq!(
            read(ContentSha256::Unsigned, &[("content-length", "3")]),
            Ok(Payload::Unsigned { length: 3 })
        );
    }
}
