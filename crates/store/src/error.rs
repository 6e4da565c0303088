//! What can go wrong outside a request: opening a store, creating a bucket.

use std::io;
use std::path::PathBuf;

/// Why a store could not be opened, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory cannot be created or written.
    #[error("cannot write to {}: {source}; choose a directory this user can write, or change its permissions", path.display())]
    Unwritable {
        /// The directory or file that failed.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has the store open.
    #[error("{} is in use by another process; stop that process, or choose another directory", path.display())]
    InUse {
        /// The store's directory.
        path: PathBuf,
    },
    /// The data was written by a newer version of this program.
    #[error("{} has format {found}, newer than the {known} this version reads; use the newer version", path.display())]
    Newer {
        /// The store's directory.
        path: PathBuf,
        /// The format found.
        found: u64,
        /// The newest format known here.
        known: u64,
    },
    /// The data is not a store, or damaged.
    #[error("{} is damaged: {reason}; restore it from a backup, or choose another directory", path.display())]
    Damaged {
        /// The store's directory.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// Why a call that is not a request failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// S3 does not allow this name for a bucket.
    #[error(
        "{name:?} is not a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens, beginning and ending with a letter or digit"
    )]
    InvalidBucketName {
        /// The name asked for.
        name: String,
    },
    /// The index failed.
    #[error("the store's index failed: {cause}")]
    Index {
        /// What it said.
        cause: String,
    },
}

/// What failed in the store itself: an extension of a 500 response, for the operator's log. The client sees none of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(pub String);
