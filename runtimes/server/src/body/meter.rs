//! What has been read of one request's body.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Shared by a request's body and those who ask about it.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    bytes: AtomicU64,
    over: AtomicBool,
}

impl Meter {
    pub(super) fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Bytes read so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether all of it has been read.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}
