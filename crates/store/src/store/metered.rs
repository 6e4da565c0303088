//! An index in memory whose size is known, so that the in-memory store can refuse before it is too large.

use redb::StorageBackend;
use redb::backends::InMemoryBackend;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Redb's memory, and how many bytes it has grown to.
#[derive(Debug)]
pub(super) struct Metered {
    memory: InMemoryBackend,
    length: Arc<AtomicU64>,
}

impl Metered {
    /// An empty index, and where its length is told.
    pub(super) fn new() -> (Self, Arc<AtomicU64>) {
        let length = Arc::new(AtomicU64::new(0));
        (Self { memory: InMemoryBackend::new(), length: Arc::clone(&length) }, length)
    }
}

impl StorageBackend for Metered {
    fn len(&self) -> io::Result<u64> {
        self.memory.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read(offset, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.length.store(length, Ordering::Relaxed);
        self.memory.set_len(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.memory.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.memory.write(offset, data)
    }
}
