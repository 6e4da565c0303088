//! What moves on one connection: enough to tell a slow client from one that has stopped.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Counters of one connection, shared by all that happens on it.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    moved: AtomicU64,
    deciding: AtomicUsize,
    begun: AtomicU64,
}

/// A request whose answer's head is being worked out: the connection waits for us, not for the client.
#[derive(Debug)]
pub(super) struct Deciding<'a>(&'a Traffic);

impl Traffic {
    /// Counts bytes that moved, either way.
    pub(super) fn moved(&self, bytes: usize) {
        self.moved.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Notes a request until the value is dropped.
    pub(super) fn deciding(&self) -> Deciding<'_> {
        self.deciding.fetch_add(1, Ordering::Relaxed);
        self.begun.fetch_add(1, Ordering::Relaxed);
        Deciding(self)
    }

    /// A reading that changes whenever the client does something or waits for us: two equal ones mean it has stopped.
    /// `None` while it waits for us.
    pub(super) fn reading(&self) -> Option<(u64, u64)> {
        let deciding = self.deciding.load(Ordering::Relaxed) > 0;
        (!deciding).then(|| (self.moved.load(Ordering::Relaxed), self.begun.load(Ordering::Relaxed)))
    }
}

impl Drop for Deciding<'_> {
    fn drop(&mut self) {
        self.0.deciding.fetch_sub(1, Ordering::Relaxed);
    }
}
