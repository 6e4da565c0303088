//! The way back: what of a store's answer reaches the client, and in whose names.

use std::fmt;
use std::sync::Arc;

use brigade_sigv4::Timestamp;
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header, response};

use crate::plan::Plan;
use crate::table::JSON;
use crate::token::Sealer;
use crate::xml::{self, DeleteObject, Echo, ListingKind, Names, Refused};
use crate::{Above, Bucket, Code, ObjectKey, S3Error, answer, headers, store_error};

/// What the answer to an [`crate::Outbound`] is to become.
pub struct Inbound {
    pub(crate) task: Task,
    pub(crate) bucket: Arc<Bucket>,
    pub(crate) key: Option<ObjectKey>,
    pub(crate) head_only: bool,
}

/// What an operation's answer needs.
#[derive(Debug)]
pub(crate) enum Task {
    /// Nothing: its headers are sifted and its body is passed on.
    Pass,
    /// A document with one of these roots, which names nothing of the store's.
    Document { roots: &'static [&'static str] },
    /// An upload: confirmed by its ETag, and by nothing less.
    Store,
    /// `HeadBucket`: our region.
    HeadBucket { region: Box<str> },
    /// `GetBucketLocation` of a bucket that exists: our region.
    Location { region: Box<str> },
    /// `CreateBucket`: its `Location` is the client's.
    Create,
    /// A listing in the store's names.
    List { kind: ListingKind, prefix: String, token: Option<String>, view: View },
    /// `CreateMultipartUpload` names bucket and key.
    Initiate,
    /// `CompleteMultipartUpload` names them too, and may say 200 before it fails.
    Complete { location: String },
    /// A copy may say 200 before it fails.
    Copy,
    /// A copy between two stores, which the destination takes for an upload.
    Relayed { part: bool, now: Timestamp, source_version: Option<HeaderValue> },
    /// `DeleteObjects`.
    Delete(BatchDelete),
}

/// What a listing shows in a client's names where those are not the store's but for a prefix.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// The prefix and the beginning that the client asked for, where the store was asked for others.
    pub(crate) asked: Option<(String, String)>,
    /// What lies above the names of a pattern: not all that the store has there has a name.
    pub(crate) only: Option<Above>,
    /// The prefix that the store is asked for.
    pub(crate) under: String,
}

/// A batch delete on its way: what was asked of the store, and what was not.
#[derive(Debug)]
pub(crate) struct BatchDelete {
    pub(crate) asked: Vec<DeleteObject>,
    pub(crate) refused: Vec<(DeleteObject, S3Error)>,
    pub(crate) quiet: bool,
}

/// What is to be done with an answer.
#[derive(Debug)]
#[allow(clippy::large_enum_variant, reason = "one per request, moved a few times: cheaper than a box")]
pub enum Delivery {
    /// Pass its body on under this head.
    Stream(response::Parts),
    /// Read its body, up to `limit` bytes, and give it to `rewrite`. More than that, or less than the store announced, is
    /// an error: nothing of it may be delivered.
    Rewrite {
        /// In bytes.
        limit: usize,
        /// What makes the answer of it.
        rewrite: Rewrite,
    },
}

/// Makes the client's answer out of a store's whole body.
pub struct Rewrite {
    head: response::Parts,
    inbound: Inbound,
}

/// A page of 1,000 keys of 1,024 bytes, each byte escaped, with owners and checksums.
const LISTING_LIMIT: usize = 16 << 20;
const DOCUMENT_LIMIT: usize = 1 << 20;
const ERROR_LIMIT: usize = 64 << 10;

impl Inbound {
    /// Says what is to be done with the store's answer, by its head.
    #[must_use]
    pub fn receive(self, mut head: response::Parts) -> Delivery {
        let unmodified = head.status == StatusCode::NOT_MODIFIED && matches!(self.task, Task::Pass);
        let passes = head.status.is_success() || unmodified;
        if !passes {
            return Delivery::Rewrite { limit: ERROR_LIMIT, rewrite: Rewrite { head, inbound: self } };
        }
        let limit = match &self.task {
            Task::Pass => None,
            // JuiceFS confirms a folder's marker without an ETag, and without a word.
            Task::Store if head.headers.contains_key(header::ETAG) || is_silent(&head) => None,
            Task::Store => Some(ERROR_LIMIT),
            Task::HeadBucket { region } => {
                head.headers.clear();
                if let Ok(region) = HeaderValue::from_str(region) {
                    head.headers.insert("x-amz-bucket-region", region);
                }
                return Delivery::Stream(clean(head));
            }
            // S3 says nothing more; what another store does would be in its own names.
            Task::Create => Some(ERROR_LIMIT),
            Task::List { .. } => Some(LISTING_LIMIT),
            Task::Delete(_) => Some(LISTING_LIMIT),
            Task::Document { .. }
            | Task::Location { .. }
            | Task::Initiate
            | Task::Complete { .. }
            | Task::Relayed { .. }
            | Task::Copy => Some(DOCUMENT_LIMIT),
        };
        match limit {
            None => {
                head.headers = headers::keep_delivered(head.headers);
                Delivery::Stream(clean(head))
            }
            Some(limit) => Delivery::Rewrite { limit, rewrite: Rewrite { head, inbound: self } },
        }
    }
}

fn is_silent(head: &response::Parts) -> bool {
    head.headers.get(header::CONTENT_LENGTH).is_some_and(|length| length == "0")
}

/// What a connection to the store left in the head says nothing of the one to the client.
fn clean(mut head: response::Parts) -> response::Parts {
    head.extensions.clear();
    head.version = http::Version::HTTP_11;
    head
}

impl Rewrite {
    /// Whether the store refused.
    #[must_use]
    pub fn is_error(&self) -> bool {
        !self.head.status.is_success()
    }

    /// The answer for the client.
    ///
    /// # Errors
    /// What the store's error is for the client, also one inside a 200; 502 `BackendError` for an answer that was cut or
    /// is not what it should be.
    pub fn apply(self, body: Bytes) -> Result<Response<Bytes>, S3Error> {
        let Self { head, inbound } = self;
        if head.status == StatusCode::NOT_MODIFIED && matches!(inbound.task, Task::Copy) {
            // Ceph says of a copy's condition what is said of a read's.
            return Err(S3Error::new(Code::PreconditionFailed).because("the store said 304"));
        }
        if !head.status.is_success() {
            let error = store_error::translate(head.status, &head.headers, &body, inbound.key.is_none());
            return Err(inbound.named(error));
        }
        if let Task::Relayed { part, now, source_version } = inbound.task {
            return answer::copied(head, part, now, source_version);
        }
        let document = inbound.rewrite(body).map_err(|why| inbound.unreadable(why))?;
        let mut headers = headers::keep_delivered(head.headers);
        headers.remove(header::CONTENT_LENGTH);
        let json = matches!(inbound.task, Task::Document { roots: JSON });
        let kind = if json { "application/json" } else { "application/xml" };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if let (Task::Create, Ok(location)) =
            (&inbound.task, HeaderValue::from_str(&format!("/{}", inbound.bucket.name)))
        {
            headers.remove(header::CONTENT_TYPE);
            headers.insert(header::LOCATION, location);
        }
        let mut response = Response::new(document);
        *response.status_mut() = head.status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

impl Inbound {
    /// What is missing, in the client's names, as S3 says it.
    fn named(&self, error: S3Error) -> S3Error {
        match (error.code(), &self.key) {
            (Code::NoSuchBucket, _) => error.with("BucketName", self.bucket.name.as_str()),
            (Code::NoSuchKey | Code::NoSuchVersion, Some(key)) => error.with("Key", key.as_str()),
            (_, Some(_) | None) => error,
        }
    }

    fn rewrite(&self, body: Bytes) -> Result<Bytes, xml::XmlError> {
        let bucket = self.bucket.name.as_str();
        let key = self.key.as_ref().map_or("", ObjectKey::as_str);
        Ok(match &self.task {
            Task::List { kind, prefix, token, view } => {
                let sealer = Sealer::of(&self.bucket);
                let asked = view.asked.as_ref().map(|(prefix, begin)| (prefix.as_str(), begin.as_str()));
                let echo = Echo { continuation_token: token.as_deref(), asked, under: &view.under };
                let seal = |token: &str| sealer.seal(token, prefix);
                let only = view
                    .only
                    .as_ref()
                    .map(|above| move |name: &str, is_prefix: bool| above.could_hold(name, is_prefix));
                let only = only.as_ref().map(|only| only as xml::Only<'_>);
                xml::rewrite_listing(body, *kind, &self.bucket.names(), seal, &echo, only)?
            }
            Task::Location { region } => answer::location(region).into_body(),
            Task::Initiate => xml::rewrite_initiate(body, bucket, key)?.body,
            Task::Complete { location } => xml::rewrite_complete(body, location, bucket, key)?.body,
            Task::Copy => xml::verify_copy(body)?.body,
            Task::Delete(batch) => batch.merge(Some(&body), &self.bucket.names())?.into(),
            Task::Document { roots: JSON } => xml::verify_json(&body).map(|()| body)?,
            Task::Document { roots } => xml::verify_document(&body, roots).map(|()| body)?,
            Task::Store | Task::Relayed { .. } => return Err(xml::XmlError::Missing("ETag")),
            Task::Pass | Task::HeadBucket { .. } => body,
            Task::Create => Bytes::new(),
        })
    }

    fn unreadable(&self, why: xml::XmlError) -> S3Error {
        match (&self.task, why) {
            (Task::List { view: View { only: Some(_), .. }, .. }, xml::XmlError::Stuck) => {
                S3Error::new(Code::NotImplemented)
                    .say("Too much here has no name for this listing to go on; use ListObjectsV2, or a larger max-keys.")
            }
            (_, why) => store_error::of_xml(why),
        }
    }

    /// Whether the client asked by HEAD, so that no body may be sent.
    #[must_use]
    pub fn head_only(&self) -> bool {
        self.head_only
    }
}

impl BatchDelete {
    fn merge(&self, store: Option<&[u8]>, names: &Names<'_>) -> Result<Vec<u8>, xml::XmlError> {
        let refused: Vec<_> = self
            .refused
            .iter()
            .map(|(object, why)| Refused {
                key: &object.key,
                version_id: object.version_id.as_deref(),
                code: why.code().name(),
                message: why.message(),
            })
            .collect();
        xml::merge_delete_result(store, names, &self.asked, &refused, self.quiet)
    }
}

impl Task {
    /// The answer to a batch of which nothing may be deleted: the store is not asked.
    pub(crate) fn answer_without_store(self) -> Result<Plan, S3Error> {
        match self {
            Self::Delete(batch) => {
                let document = batch.merge(None, &Names::under("")).map_err(store_error::of_xml)?;
                Ok(Plan::Answer(answer::document(document)))
            }
            Self::Pass
            | Self::Document { .. }
            | Self::Store
            | Self::HeadBucket { .. }
            | Self::Location { .. }
            | Self::Create
            | Self::List { .. }
            | Self::Initiate
            | Self::Complete { .. }
            | Self::Relayed { .. }
            | Self::Copy => Err(S3Error::new(Code::InternalError)),
        }
    }
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbound").field("task", &self.task).finish_non_exhaustive()
    }
}

impl fmt::Debug for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rewrite").field("status", &self.head.status).finish_non_exhaustive()
    }
}
