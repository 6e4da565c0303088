//! A copy between two stores: read from one and written to the other, its bytes passed on as they come.
//!
//! ```text
//! Relay ─ upload? ─► take_upload ─► read ─► GET ─► Relay::heard ─► Fetched ─ tags? ─► take_tags ─► write ─► PUT
//! ```
//! The body of the GET's answer is the body of the PUT. A source that is cut short cuts the PUT, whose length is
//! announced, so that no store takes it for whole.

mod fetched;
mod headers;

use std::fmt;
use std::sync::Arc;

use brigade_sigv4::{ChecksumAlgorithm, ContentSha256};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, response};

pub use fetched::Fetched;

use crate::inbound::Task;
use crate::inquiry::{Heard, Question};
use crate::known::Known;
use crate::permit::may_copy_tags;
use crate::uri::uri;
use crate::{
    Bucket, Caller, Code, CopySource, Forward, Inbound, ObjectKey, S3Error, Upload, Version, store_error, xml,
};

/// What S3 copies at once: of an object, and of a part.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>.
const MAX_SOURCE: u64 = 5 << 30;

/// A permitted copy whose source and destination are in different stores.
pub struct Relay {
    from: End,
    version: Option<String>,
    to: End,
    /// Of the destination: an upload's id and a part's number.
    query: Vec<(String, String)>,
    /// The client's, as far as they are for stores.
    headers: HeaderMap,
    range: Option<Span>,
    replaces_metadata: bool,
    replaces_tags: bool,
    /// Why the source's tags may not be copied.
    tags: Result<(), S3Error>,
    /// The checksum that the copy must have.
    checksum: Option<ChecksumAlgorithm>,
}

/// An object at its store.
struct End {
    bucket: Arc<Bucket>,
    key: ObjectKey,
    stored: String,
}

/// The bytes of `x-amz-copy-source-range`: first and last.
#[derive(Clone, Copy)]
struct Span {
    first: u64,
    last: u64,
}

impl Relay {
    pub(crate) fn new(
        caller: &Caller,
        (source, from): (&Arc<Bucket>, &CopySource),
        (bucket, key): (&Arc<Bucket>, &ObjectKey),
        query: Vec<(String, String)>,
        headers: HeaderMap,
        known: &Known,
    ) -> Result<Self, S3Error> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let replaces = |name: &str| match text(name) {
            None => Ok(headers.contains_key(name)),
            Some("COPY") => Ok(false),
            Some("REPLACE") => Ok(true),
            Some(_) => {
                Err(S3Error::new(Code::InvalidArgument).say(format!("{name} must be COPY or REPLACE.")))
            }
        };
        let checksum = match text("x-amz-checksum-algorithm") {
            None => None,
            Some(name) => Some(ChecksumAlgorithm::from_name(name).ok_or_else(|| {
                S3Error::new(Code::InvalidRequest).say(
                    "Between two stores a copy can have a checksum of CRC32, CRC32C, CRC64NVME, SHA1 or SHA256.",
                )
            })?),
        };
        let part = query.iter().any(|(name, _)| name == "uploadId");
        let range = match text("x-amz-copy-source-range") {
            Some(range) if part => Some(Span::parse(range)?),
            Some(_) | None => None,
        };
        let version = match &from.version {
            Version::Named(id) => Some(id.to_string()),
            Version::Current => None,
        };
        let tags = may_copy_tags(caller, (source, from), (bucket, key), known);
        Ok(Self {
            from: End {
                bucket: source.clone(),
                key: from.key.clone(),
                stored: source.stored_key(from.key.as_str())?,
            },
            version,
            to: End { bucket: bucket.clone(), key: key.clone(), stored: bucket.stored_key(key.as_str())? },
            replaces_metadata: replaces("x-amz-metadata-directive")?,
            replaces_tags: replaces("x-amz-tagging-directive")?,
            query,
            headers,
            range,
            tags,
            checksum,
        })
    }

    fn is_part(&self) -> bool {
        self.query.iter().any(|(name, _)| name == "uploadId")
    }

    /// Asks the destination for the upload that a part belongs to: whether there is one, and its checksum algorithm.
    ///
    /// # Errors
    /// What cannot be asked.
    pub fn upload(&self) -> Result<Option<Question>, S3Error> {
        let Some((_, id)) = self.query.iter().find(|(name, _)| name == "uploadId") else { return Ok(None) };
        let query = [("uploadId".to_owned(), id.clone()), ("max-parts".to_owned(), "1".to_owned())];
        Question::about(&self.to.bucket, &self.to.stored, &query, &[]).map(Some)
    }

    /// Takes the answer to [`Relay::upload`].
    ///
    /// # Errors
    /// What the destination's refusal is for the client.
    pub fn take_upload(&mut self, heard: Heard) -> Result<(), S3Error> {
        let (head, body) = heard?;
        if !head.status.is_success() {
            return Err(store_error::translate(head.status, &head.headers, &body, false));
        }
        let named = xml::child(&body, "ListPartsResult", "ChecksumAlgorithm").map_err(store_error::of_xml)?;
        self.checksum = named.as_deref().and_then(ChecksumAlgorithm::from_name);
        Ok(())
    }

    /// The reading of the source.
    ///
    /// # Errors
    /// What cannot be asked.
    pub fn read(&self) -> Result<Forward, S3Error> {
        let query: Vec<_> = self.version.iter().map(|id| ("versionId".to_owned(), id.clone())).collect();
        let (mut head, ()) = http::Request::new(()).into_parts();
        head.method = Method::GET;
        head.uri = uri(&self.from.bucket, Some(&self.from.stored), &query, &[])?;
        head.headers = headers::of_the_read(&self.headers, self.range);
        Ok(Forward {
            head,
            payload: ContentSha256::EMPTY,
            upload: Upload::Replace(Bytes::new()),
            inbound: Inbound {
                task: Task::Pass,
                bucket: self.from.bucket.clone(),
                key: Some(self.from.key.clone()),
                head_only: false,
            },
        })
    }

    /// Takes the head of the source's answer, of which the body is still to come.
    ///
    /// # Errors
    /// A copy that cannot be: larger than 5 GiB, or a range that the source does not have.
    pub fn heard(self, head: response::Parts) -> Result<Source, S3Error> {
        match head.status {
            status if !status.is_success() => Ok(Source::Refused(Refused { status })),
            // A part that was not asked for is not the object.
            status if status != StatusCode::OK && self.range.is_none() => Err(S3Error::new(
                Code::BackendError,
            )
            .because(format!("the source's store answered a read of the whole with {}", status.as_u16()))),
            _ => Fetched::new(self, head).map(Box::new).map(Source::Found),
        }
    }
}

/// What the head of the source's answer says.
#[derive(Debug)]
pub enum Source {
    /// The source's bytes follow.
    Found(Box<Fetched>),
    /// What follows says why not.
    Refused(Refused),
}

/// A source that cannot be read.
#[derive(Debug)]
pub struct Refused {
    status: StatusCode,
}

impl Refused {
    /// How much of the store's words to read, in bytes.
    pub const LIMIT: usize = 64 << 10;

    /// What the refusal is for the client; `body` may be empty.
    #[must_use]
    pub fn error(&self, body: &[u8]) -> S3Error {
        match self.status {
            // The conditions of a copy are those of a read, and fail as those of a write.
            StatusCode::NOT_MODIFIED => S3Error::new(Code::PreconditionFailed),
            status => store_error::translate(status, &HeaderMap::new(), body, false),
        }
    }
}

impl Span {
    /// Reads `bytes=first-last`; a copy has no other forms.
    fn parse(text: &str) -> Result<Self, S3Error> {
        let read = || {
            let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
            let number = |text: &str| {
                let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                plain.then(|| text.parse().ok()).flatten()
            };
            Some(Self { first: number(first)?, last: number(last)? }).filter(|span| span.first <= span.last)
        };
        read().ok_or_else(|| {
            S3Error::new(Code::InvalidArgument).say(
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the \
                 zero-based offsets of the first and last bytes to copy",
            )
        })
    }

    /// Whether it has this many bytes.
    fn is_of(self, length: u64) -> bool {
        length.checked_sub(1) == self.last.checked_sub(self.first)
    }
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay")
            .field("from", &self.from.key)
            .field("to", &self.to.key)
            .finish_non_exhaustive()
    }
}
