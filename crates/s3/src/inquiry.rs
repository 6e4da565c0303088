//! An answer that takes more than one question to stores: which buckets there are, what lies below a name, a batch delete
//! in several places.
//!
//! ```text
//! Inquiry ─ question ─► Question ─ sign ─► the store ─ take ─► Inquiry … finish ─► the client's answer
//! ```
//! Questions are asked one after the other and each answer is read whole; their number is bounded.

mod census;
mod deletes;
mod level;

use std::fmt;
use std::sync::Arc;

use brigade_sigv4::{ContentSha256, SigningKeys, Timestamp};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, Uri, header, request, response};

use crate::uri::uri;
use crate::{Backend, BackendAuth, Bucket, Code, Lent, S3Error, forward};
use census::Census;
use deletes::Deletes;
pub(crate) use level::Asked;
use level::Listing;

/// How much of a store's answer to one question is read, in bytes.
const LIMIT: usize = 16 << 20;

/// What is asked of stores for one permitted request, and what has been heard so far.
pub struct Inquiry(Kind);

enum Kind {
    Census(Census),
    Listing(Box<Listing>),
    Deletes(Deletes),
}

/// One request to a store that only lacks its signature: cheap to clone. Its answer is read whole, up to [`Question::LIMIT`].
#[derive(Clone)]
pub struct Question {
    head: request::Parts,
    payload: ContentSha256,
    body: Bytes,
    backend: Arc<Backend>,
}

/// What a store said, read whole, or why it said nothing.
pub type Heard = Result<(response::Parts, Bytes), S3Error>;

impl Inquiry {
    /// What to ask next; `None` when everything is known.
    ///
    /// # Errors
    /// What a store could not be asked.
    pub fn question(&self) -> Result<Option<Question>, S3Error> {
        match &self.0 {
            Kind::Census(census) => census.question(),
            Kind::Listing(listing) => listing.question(),
            Kind::Deletes(deletes) => Ok(deletes.question()),
        }
    }

    /// Takes the answer to the question that was asked last.
    ///
    /// # Errors
    /// What the store's refusal is for the client, where nothing can be answered without it.
    pub fn take(&mut self, heard: Heard) -> Result<(), S3Error> {
        match &mut self.0 {
            Kind::Census(census) => census.take(heard),
            Kind::Listing(listing) => listing.take(heard),
            Kind::Deletes(deletes) => {
                deletes.take(heard);
                Ok(())
            }
        }
    }

    /// The client's answer.
    ///
    /// # Errors
    /// What the request deserves.
    pub fn finish(self) -> Result<Response<Bytes>, S3Error> {
        match self.0 {
            Kind::Census(census) => census.finish(),
            Kind::Listing(listing) => listing.finish(),
            Kind::Deletes(deletes) => deletes.finish(),
        }
    }
}

impl Question {
    /// How much of the answer to read, in bytes.
    pub const LIMIT: usize = LIMIT;

    /// A GET of this path and query, which are encoded.
    pub(crate) fn get(backend: &Arc<Backend>, target: &str) -> Result<Self, S3Error> {
        let endpoint = &backend.endpoint;
        let uri = Uri::builder()
            .scheme(endpoint.scheme().clone())
            .authority(endpoint.authority().clone())
            .path_and_query(format!("{}/{target}", endpoint.base()))
            .build()
            .map_err(|why| S3Error::new(Code::InvalidUri).because(why.to_string()))?;
        Ok(Self::of(backend, uri))
    }

    /// A GET of a key of this bucket. Of the query's parameters, `flags` have no value.
    pub(crate) fn about(
        bucket: &Bucket,
        key: &str,
        query: &[(String, String)],
        flags: &[&str],
    ) -> Result<Self, S3Error> {
        let uri = uri(bucket, Some(key), query, flags)?;
        Ok(Self::of(&bucket.backend, uri))
    }

    /// A GET of this address.
    pub(crate) fn of(backend: &Arc<Backend>, uri: Uri) -> Self {
        let (mut head, ()) = http::Request::new(()).into_parts();
        head.method = Method::GET;
        head.uri = uri;
        head.headers =
            HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))]);
        Self { head, payload: ContentSha256::EMPTY, body: Bytes::new(), backend: Arc::clone(backend) }
    }

    /// The same of a bucket that must be this account's.
    pub(crate) fn expecting(mut self, owner: Option<&HeaderValue>) -> Self {
        if let Some(owner) = owner {
            self.head.headers.insert("x-amz-expected-bucket-owner", owner.clone());
        }
        self
    }

    /// A request with this body.
    pub(crate) fn new(
        head: request::Parts,
        payload: ContentSha256,
        body: Bytes,
        backend: &Arc<Backend>,
    ) -> Self {
        Self { head, payload, body, backend: Arc::clone(backend) }
    }

    /// How the store is to be asked for credentials.
    #[must_use]
    pub fn auth(&self) -> &BackendAuth {
        &self.backend.auth
    }

    /// The request for the store, signed.
    ///
    /// # Errors
    /// 500 `InternalError` when it cannot be signed, which its construction rules out.
    pub fn sign(
        mut self,
        lent: &Lent,
        now: Timestamp,
        keys: &SigningKeys,
    ) -> Result<http::Request<Bytes>, S3Error> {
        forward::sign(&mut self.head, self.payload, &self.backend, lent, now, keys)?;
        Ok(http::Request::from_parts(self.head, self.body))
    }
}

impl fmt::Debug for Inquiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inquiry").finish_non_exhaustive()
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Question").field("method", &self.head.method).finish_non_exhaustive()
    }
}
