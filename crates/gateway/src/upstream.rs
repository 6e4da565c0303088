//! An upstream: the way to reach a store.

use std::future::Future;

use brigade_identity::Issuer;
use brigade_identity::federation::{ExchangeError, Grant};
use brigade_s3::{Arrival, Caller};
use brigade_sigv4::{Credentials, Timestamp};
use bytes::Bytes;
use http::{Request, Response};

use crate::{Body, BodyError, exchange_by_sending};

/// Sends requests to stores. One per process or thread, never one per request.
///
/// An implementation follows no redirects, decompresses nothing, and bounds every wait. A request whose URI has the
/// scheme `embedded` goes to the store of that name in this process.
pub trait Upstream {
    /// The body both ways.
    type Body: Body;

    /// Sends a request and waits for the head of its answer.
    ///
    /// # Errors
    /// [`SendError`]: which side failed.
    fn send(
        &self,
        request: Request<Self::Body>,
    ) -> impl Future<Output = Result<Response<Self::Body>, SendError>>;

    /// Sends a request for a document of an identity provider: a party outside, whose answers say where to ask next.
    ///
    /// An implementation that can tell addresses apart goes to none that is private unless [`Issuer::private`] is set or the
    /// issuer is this machine ([`brigade_identity::IssuerUrl::is_local`]), and looks at the very address it connects to. It
    /// follows no redirects and ends within seconds.
    ///
    /// # Errors
    /// As [`Upstream::send`].
    fn fetch(
        &self,
        request: Request<Self::Body>,
        issuer: &Issuer,
    ) -> impl Future<Output = Result<Response<Self::Body>, SendError>> {
        let _ = issuer;
        self.send(request)
    }

    /// Asks somebody who gives credentials, and reads the whole answer, of at most [`EXCHANGE_LIMIT`](crate::EXCHANGE_LIMIT)
    /// bytes. A client waits meanwhile: an implementation that has a clock gives up in seconds.
    ///
    /// # Errors
    /// As [`Upstream::send`].
    fn exchange(&self, request: Request<Bytes>) -> impl Future<Output = Result<Response<Bytes>, SendError>> {
        exchange_by_sending(self, request)
    }

    /// Whether a caller's request is taken now, where the runtime limits how many one may send; otherwise after how many
    /// seconds it might be. An anonymous caller is told from others by the address alone.
    fn admits(&self, caller: &Caller, arrival: &Arrival) -> impl Future<Output = Result<(), u64>> {
        let _ = (caller, arrival);
        std::future::ready(Ok(()))
    }

    /// The credentials that the process finds around it: its environment's, its machine's, its task's. Called again ahead of
    /// their end.
    ///
    /// # Errors
    /// That there are none; a runtime without surroundings has never any.
    fn environment(&self, now: Timestamp) -> impl Future<Output = Result<Grant<Credentials>, ExchangeError>> {
        let _ = now;
        std::future::ready(Err(ExchangeError::Unable {
            exchange: ENVIRONMENT,
            why: "this runtime has no environment to take credentials from".into(),
        }))
    }
}

/// What clients are told credentials from the environment are.
pub const ENVIRONMENT: &str = "EnvironmentCredentials";

/// Why no answer came. The texts are for the log; clients see none of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The store could not be reached.
    #[error("cannot reach the store: {0}")]
    Connect(String),
    /// The connection ended before an answer came.
    #[error("the store closed the connection: {0}")]
    Reset(String),
    /// The store did not answer in time.
    #[error("the store did not answer in time")]
    TimedOut,
    /// This runtime cannot ask for it, at no time. The text is for the client, and says what to do instead.
    #[error("cannot be asked for: {0}")]
    Unsendable(&'static str),
    /// The client's body failed, not the store.
    #[error("the upload failed: {0}")]
    Body(#[from] BodyError),
}
