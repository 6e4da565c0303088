//! An upstream: the way to reach a store.

use std::future::Future;

use http::{Request, Response};

use crate::{Body, BodyError};

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
}

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
    /// The client's body failed, not the store.
    #[error("the upload failed: {0}")]
    Body(#[from] BodyError),
}
