//! What a request names, and what a registry knows of it.

use std::sync::Arc;

use crate::{Above, Bucket, BucketName};

/// What a request, or its copy source, is about, in the client's names: what a registry is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named<'a> {
    /// The bucket.
    pub bucket: &'a BucketName,
    /// What of it.
    pub inside: Inside<'a>,
}

/// What of a bucket a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside<'a> {
    /// The bucket itself, or objects that are named in a body.
    Whole,
    /// The object of this key.
    Key(&'a str),
    /// What begins with this prefix.
    Listing(&'a str),
}

/// What a registry knows of a name.
#[derive(Clone, Debug)]
pub enum Found {
    /// All of what was named lies in this bucket of one store.
    Bucket(Arc<Bucket>),
    /// The name is the beginning of several names, each with a place of its own; or a key in none of them.
    Above(Above),
}

impl From<Bucket> for Found {
    fn from(bucket: Bucket) -> Self {
        Self::Bucket(Arc::new(bucket))
    }
}
