//! The store: opened on a place, asked with HTTP requests.

use crate::body::StoreBody;
use crate::error::{OpenError, StoreError};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// Where a store keeps its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A directory of the file system, created when absent; one process at a time.
    Directory(PathBuf),
    /// The memory of this process, for tests and demonstrations: at most 1 GiB of bodies, gone at exit.
    Memory,
}

/// An S3 store in this process; clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    #[allow(dead_code, reason = "read by the operations")]
    shared: Arc<Place>,
}

impl Store {
    /// Opens the store at `place`, creating it when absent, and removes what a crash left unfinished.
    pub fn open(place: Place) -> Result<Self, OpenError> {
        Ok(Self { shared: Arc::new(place) })
    }

    /// Creates the bucket `name`; nothing happens when it exists.
    pub fn create_bucket(&self, name: &str) -> Result<(), StoreError> {
        Err(StoreError::InvalidBucketName { name: name.to_owned() })
    }

    /// Whether the bucket `name` exists.
    pub fn bucket_exists(&self, _name: &str) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Answers one S3 request; failures are S3 error responses.
    pub async fn handle<B>(&self, request: Request<B>, _now: SystemTime) -> Response<StoreBody>
    where
        B: http_body::Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        drop(request);
        let mut response = Response::new(StoreBody::empty());
        *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
        response
    }
}
