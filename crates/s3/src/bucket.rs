//! A bucket: what clients name, and where it is kept.

use std::sync::Arc;

use brigade_policy::Policy;

use crate::{Backend, BucketName};

/// The facts about one bucket that a registry reports. Deciding is [`crate::authorize`]'s job.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// What clients call it.
    pub name: BucketName,
    /// The store behind it.
    pub backend: Arc<Backend>,
    /// Its name at the backend.
    pub stored_as: Arc<str>,
    /// What is put before every key at the backend; may be empty.
    pub prefix: Arc<str>,
    /// What an anonymous caller may do.
    pub public: Arc<Policy>,
}

impl Bucket {
    /// Whether two buckets lie in one store, so that the store itself can copy between them.
    #[must_use]
    pub fn same_store(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.backend, &other.backend)
    }
}
