//! The source's head, and what is written because of it.

use std::fmt;

use brigade_sigv4::{ChecksumAlgorithm, ContentSha256, Decoder, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header, response};

use super::{MAX_SOURCE, Relay, headers};
use crate::inbound::Task;
use crate::inquiry::{Heard, Question};
use crate::uri::uri;
use crate::{Code, Forward, Inbound, S3Error, Upload, store_error, xml};

/// A copy whose source has answered; its bytes are still to come.
pub struct Fetched {
    relay: Relay,
    head: response::Parts,
    length: u64,
    tags: Option<String>,
}

impl Fetched {
    pub(super) fn new(relay: Relay, head: response::Parts) -> Result<Self, S3Error> {
        let number = |name: HeaderName| {
            head.headers.get(name).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok())
        };
        let length: u64 = number(header::CONTENT_LENGTH).ok_or_else(|| {
            S3Error::new(Code::BackendError).because("the source's store did not say how long it is")
        })?;
        if let Some(span) = relay.range {
            let range = head.headers.get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
            let whole = format!("bytes {}-{}/", span.first, span.last);
            if !range.is_some_and(|range| range.starts_with(&whole)) || !span.is_of(length) {
                return Err(S3Error::new(Code::InvalidArgument)
                    .say("Range specified is not valid for the source object: it ends behind its last byte.")
                    .with("ArgumentName", "x-amz-copy-source-range"));
            }
        }
        if length > MAX_SOURCE {
            return Err(S3Error::new(Code::InvalidRequest).say(
                "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120. Copy it in parts.",
            ));
        }
        Ok(Self { relay, head, length, tags: None })
    }

    /// Asks for the source's tags, when it has any and the copy is to have them.
    ///
    /// # Errors
    /// 403 `AccessDenied` when the caller may not copy them.
    pub fn tags(&self) -> Result<Option<Question>, S3Error> {
        let none = self.head.headers.get("x-amz-tagging-count").is_none_or(|count| count == "0");
        if none || self.relay.replaces_tags || self.relay.is_part() {
            return Ok(None);
        }
        self.relay.tags.clone()?;
        let mut query = vec![("tagging".to_owned(), String::new())];
        query.extend(self.relay.version.iter().map(|id| ("versionId".to_owned(), id.clone())));
        Question::about(&self.relay.from.bucket, &self.relay.from.stored, &query, &["tagging"]).map(Some)
    }

    /// Takes the answer to [`Fetched::tags`].
    ///
    /// # Errors
    /// What the source's refusal is for the client.
    pub fn take_tags(&mut self, heard: Heard) -> Result<(), S3Error> {
        let (head, body) = heard?;
        if !head.status.is_success() {
            return Err(store_error::translate(head.status, &HeaderMap::new(), &body, false));
        }
        self.tags = Some(xml::tagging_header(&body).map_err(store_error::of_xml)?);
        Ok(())
    }

    /// The writing of the copy; its body is that of the source's answer. `now` is when the client asked.
    ///
    /// # Errors
    /// What cannot be asked of the destination.
    pub fn write(self, now: Timestamp) -> Result<Forward, S3Error> {
        let Self { relay, head: source, length, tags } = self;
        let part = relay.is_part();
        let known = if part { None } else { whole_checksum(&source.headers, relay.checksum) };
        let mut write = headers::of_the_write(relay.headers, relay.replaces_metadata, relay.replaces_tags);
        if !part && !relay.replaces_metadata {
            headers::keep_metadata(&source.headers, &mut write);
        }
        if let Some(Ok(tags)) = tags.as_deref().map(HeaderValue::from_str) {
            write.insert("x-amz-tagging", tags);
        }
        let mut payload = ContentSha256::Unsigned;
        let mut upload = Upload::AsIs;
        match (known, relay.checksum) {
            (Some((algorithm, value)), _) => {
                write.insert(HeaderName::from_static(algorithm.header()), value);
            }
            (None, Some(algorithm)) => {
                let decoder = Decoder::measured(length, algorithm);
                payload = ContentSha256::StreamingUnsignedTrailer;
                write.insert("x-amz-decoded-content-length", length.into());
                write.insert("x-amz-trailer", HeaderValue::from_static(algorithm.header()));
                let own = write.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
                let coding = own.map_or_else(|| "aws-chunked".to_owned(), |own| format!("aws-chunked,{own}"));
                if let Ok(coding) = HeaderValue::from_str(&coding) {
                    write.insert(header::CONTENT_ENCODING, coding);
                }
                write.insert(header::CONTENT_LENGTH, decoder.output_length().unwrap_or(length).into());
                upload = Upload::Decode(Box::new(decoder));
            }
            (None, None) => {}
        }
        if matches!(upload, Upload::AsIs) {
            write.insert(header::CONTENT_LENGTH, length.into());
        }
        write.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let (mut head, ()) = http::Request::new(()).into_parts();
        head.method = Method::PUT;
        head.uri = uri(&relay.to.bucket, Some(&relay.to.stored), &relay.query, &[])?;
        head.headers = write;
        let version = source.headers.get("x-amz-version-id").cloned();
        let task = Task::Relayed { part, now, source_version: version };
        let inbound = Inbound { task, bucket: relay.to.bucket, key: Some(relay.to.key), head_only: false };
        Ok(Forward { head, payload, upload, inbound })
    }
}

/// The source's checksum of its whole body, of the algorithm that is wanted or else of any: the destination checks the
/// bytes against it and keeps it. A composite one (`value-N`) says nothing of a body in one piece.
fn whole_checksum(
    source: &HeaderMap,
    wanted: Option<ChecksumAlgorithm>,
) -> Option<(ChecksumAlgorithm, HeaderValue)> {
    let whole = |algorithm: &ChecksumAlgorithm| {
        let value = source.get(algorithm.header())?;
        value.to_str().ok().filter(|text| algorithm.is_value(text)).map(|_| (*algorithm, value.clone()))
    };
    ChecksumAlgorithm::ALL.iter().filter(|it| wanted.is_none_or(|wanted| wanted == **it)).find_map(whole)
}

impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched").field("length", &self.length).finish_non_exhaustive()
    }
}
