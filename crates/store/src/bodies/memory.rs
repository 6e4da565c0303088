//! Bodies in memory, bounded in total.

use super::locked;
use bytes::Bytes;
use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

#[derive(Debug)]
pub(super) struct Memory {
    limit: u64,
    used: AtomicU64,
    shelf: Mutex<HashMap<u64, Arc<Vec<Bytes>>>>,
}

impl Memory {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, used: AtomicU64::new(0), shelf: Mutex::default() }
    }

    /// Sets room aside; `StorageFull` when there is none.
    pub(super) fn reserve(&self, length: u64) -> io::Result<()> {
        let room = |used: u64| used.checked_add(length).filter(|total| *total <= self.limit);
        match self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, room) {
            Ok(_) => Ok(()),
            Err(_) => Err(io::Error::new(io::ErrorKind::StorageFull, "the in-memory store is full")),
        }
    }

    /// Gives back room that was set aside.
    pub(super) fn release(&self, length: u64) {
        self.used.fetch_sub(length, Ordering::AcqRel);
    }

    /// Keeps a body whose room was set aside.
    pub(super) fn insert(&self, id: u64, chunks: Vec<Bytes>) {
        locked(&self.shelf).insert(id, Arc::new(chunks));
    }

    pub(super) fn open(&self, id: u64) -> io::Result<Arc<Vec<Bytes>>> {
        locked(&self.shelf).get(&id).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn remove(&self, id: u64) {
        if let Some(chunks) = locked(&self.shelf).remove(&id) {
            self.release(chunks.iter().map(|chunk| chunk.len() as u64).sum());
        }
    }
}
