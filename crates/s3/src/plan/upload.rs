//! The body of an upload on its way to the store.

use brigade_sigv4::{ContentSha256, Decoder, Verified};
use http::{HeaderValue, header, request};

use super::Draft;
use crate::payload::ChunkSigning;
use crate::{Code, Payload, S3Error, Upload, headers};

impl Draft {
    /// The body of an upload, and what the store is told of it.
    pub(super) fn body(
        &mut self,
        payload: &Payload,
        proof: Option<&Verified>,
        verify: bool,
    ) -> Result<(), S3Error> {
        match *payload {
            Payload::Hashed { sha256, length } => {
                self.payload = ContentSha256::Hash(sha256);
                self.upload = if verify {
                    Upload::Decode(Box::new(Decoder::hashed(sha256, Some(length))))
                } else {
                    Upload::AsIs
                };
                self.length(length);
            }
            Payload::Unsigned { length } => {
                self.payload = ContentSha256::Unsigned;
                self.upload = Upload::AsIs;
                self.length(length);
            }
            Payload::Chunked { signing, trailer, decoded_length, framed_length } => {
                let decoder = match (signing, trailer) {
                    (ChunkSigning::Unsigned, trailer) if !verify => {
                        // The framing goes on as it is: the store decodes it and checks the checksum.
                        self.payload = ContentSha256::StreamingUnsignedTrailer;
                        self.upload = Upload::AsIs;
                        self.headers.insert("x-amz-decoded-content-length", decoded_length.into());
                        if let Some(trailer) = trailer {
                            self.headers.insert("x-amz-trailer", HeaderValue::from_static(trailer.header()));
                        }
                        if let Some(length) = framed_length {
                            self.length(length);
                        }
                        return Ok(());
                    }
                    (ChunkSigning::Unsigned, trailer) => Decoder::unsigned_trailer(decoded_length, trailer),
                    (ChunkSigning::Signed, trailer) => {
                        let context = proof.ok_or_else(|| S3Error::new(Code::AccessDenied))?.chunks();
                        match trailer {
                            None => Decoder::signed(context, decoded_length),
                            Some(trailer) => Decoder::signed_trailer(context, decoded_length, trailer),
                        }
                    }
                };
                // A checksum that is known only at the end goes on as a trailer, so the store checks and keeps it.
                let decoder = match trailer {
                    None => {
                        self.payload = ContentSha256::Unsigned;
                        decoder
                    }
                    Some(trailer) => {
                        self.payload = ContentSha256::StreamingUnsignedTrailer;
                        self.headers.insert("x-amz-decoded-content-length", decoded_length.into());
                        self.headers.insert("x-amz-trailer", HeaderValue::from_static(trailer.header()));
                        decoder.reframed()
                    }
                };
                if let Some(length) = decoder.output_length() {
                    self.length(length);
                }
                self.upload = Upload::Decode(Box::new(decoder));
            }
        }
        Ok(())
    }

    pub(super) fn length(&mut self, length: u64) {
        self.headers.insert(header::CONTENT_LENGTH, length.into());
    }

    /// `Content-Encoding` for the store: the object's own, and `aws-chunked` where the body is framed on its way there.
    pub(super) fn content_encoding(&mut self, client: &request::Parts) -> Result<(), S3Error> {
        let mut encodings = headers::content_encodings(&client.headers)?;
        encodings.retain(|encoding| !encoding.eq_ignore_ascii_case("aws-chunked"));
        if self.payload.is_streaming() {
            encodings.insert(0, "aws-chunked");
        }
        if !encodings.is_empty() {
            let value = HeaderValue::from_str(&encodings.join(","))
                .map_err(|_| S3Error::new(Code::InvalidArgument))?;
            self.headers.insert(header::CONTENT_ENCODING, value);
        }
        Ok(())
    }
}
