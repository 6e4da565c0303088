//! Where bodies are kept: files named by number, or memory standing for them.
//!
//! ```text
//! Ids::take ─► Draft (write, finish: synced) ─► the index names it ─► readers, under a Lease
//!                └─ dropped before: removed                └─ no longer named: retired, removed
//!                                                             when the last earlier Lease ends
//! ```
//! A body never changes once written. Its number is never used again.

mod directory;
mod draft;
mod ids;
mod leases;
mod memory;
mod pump;

pub(crate) use draft::Draft;
pub(crate) use ids::Grant;
pub(crate) use leases::Lease;
pub(crate) use pump::{Origin, Piece, Pump};

use bytes::Bytes;
use directory::Directory;
use ids::Ids;
use leases::Leases;
use memory::Memory;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// All bodies outside the index.
#[derive(Debug)]
pub(crate) struct Bodies {
    home: Home,
    ids: Mutex<Ids>,
    leases: Mutex<Leases>,
}

#[derive(Debug)]
enum Home {
    Directory(Directory),
    Memory(Memory),
}

impl Bodies {
    /// Bodies as files below `root`, numbered from `first` on.
    pub(crate) fn in_directory(root: PathBuf, first: Grant) -> Arc<Self> {
        Self::at(Home::Directory(Directory::new(root)), first)
    }

    /// Bodies in memory, at most `limit` bytes.
    pub(crate) fn in_memory(limit: u64, first: Grant) -> Arc<Self> {
        Self::at(Home::Memory(Memory::new(limit)), first)
    }

    fn at(home: Home, first: Grant) -> Arc<Self> {
        Arc::new(Self { home, ids: Mutex::new(Ids::new(first)), leases: Mutex::default() })
    }

    /// A number for a new body; none when the index must grant more first (see [`Ids`]).
    pub(crate) fn take_id(&self) -> Option<u64> {
        locked(&self.ids).take()
    }

    /// The number's body is named by the index, or gone.
    pub(crate) fn settle(&self, id: u64) {
        locked(&self.ids).settle(id);
    }

    /// More numbers, when they run low: to be made durable, then told to [`Bodies::granted`].
    pub(crate) fn wanted(&self) -> Option<Grant> {
        locked(&self.ids).wanted()
    }

    /// The grant is durable.
    pub(crate) fn granted(&self, grant: Grant) {
        locked(&self.ids).granted(grant);
    }

    /// A commit failed, so which bodies the index names is unknown until the next opening.
    pub(crate) fn freeze(&self) {
        locked(&self.ids).freeze();
    }

    /// Begins a body; blocking. It is removed again unless the draft is kept.
    pub(crate) fn draft(self: &Arc<Self>, id: u64) -> io::Result<Draft> {
        Draft::begin(Arc::clone(self), id)
    }

    /// What is read from now on is not removed until the lease ends. Take it before looking into the index.
    pub(crate) fn lease(self: &Arc<Self>) -> Lease {
        let epoch = locked(&self.leases).enter();
        Lease::new(Arc::clone(self), epoch)
    }

    fn end_lease(&self, epoch: u64) {
        let ready = locked(&self.leases).leave(epoch);
        self.remove_all(ready);
    }

    /// The index no longer names these bodies: they go as soon as no earlier lease is left.
    pub(crate) fn retire(&self, bodies: Vec<u64>) {
        let ready = locked(&self.leases).retire(bodies);
        self.remove_all(ready);
    }

    /// Retired bodies that are gone by now, so that the index may forget them; each is told once.
    pub(crate) fn gone(&self) -> Vec<u64> {
        locked(&self.leases).take_gone()
    }

    fn remove_all(&self, bodies: Vec<u64>) {
        if bodies.is_empty() {
            return;
        }
        let removed = bodies.into_iter().filter(|id| self.remove(*id).is_ok()).collect();
        locked(&self.leases).add_gone(removed);
    }

    /// Removes a body, also one that is not there; blocking.
    pub(crate) fn remove(&self, id: u64) -> io::Result<()> {
        match &self.home {
            Home::Directory(directory) => directory.remove(id),
            Home::Memory(memory) => {
                memory.remove(id);
                Ok(())
            }
        }
    }

    /// Opens a body for reading; blocking.
    pub(crate) fn open(&self, id: u64) -> io::Result<Source> {
        match &self.home {
            Home::Directory(directory) => Ok(Source::File(directory.open(id)?)),
            Home::Memory(memory) => Ok(Source::Memory(memory.open(id)?)),
        }
    }
}

/// A body opened for reading; it outlives the body's removal.
#[derive(Debug)]
pub(crate) enum Source {
    File(File),
    Memory(Arc<Vec<Bytes>>),
    Inline(Bytes),
}

impl Source {
    /// Between one and `most` bytes from `offset` on; blocking. A body that ends earlier is an error.
    pub(crate) fn read(&mut self, offset: u64, most: usize) -> io::Result<Bytes> {
        let bytes = match self {
            Self::File(file) => {
                file.seek(SeekFrom::Start(offset))?;
                let mut buffer = Vec::with_capacity(most);
                file.take(most as u64).read_to_end(&mut buffer)?;
                Bytes::from(buffer)
            }
            Self::Memory(chunks) => {
                let mut before = offset;
                let chunk = chunks.iter().find(|chunk| {
                    let here = before < chunk.len() as u64;
                    if !here {
                        before -= chunk.len() as u64;
                    }
                    here
                });
                chunk.map(|chunk| cut(chunk, before, most)).unwrap_or_default()
            }
            Self::Inline(bytes) => cut(bytes, offset, most),
        };
        if bytes.is_empty() && most > 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "a stored body is shorter than the index says",
            ));
        }
        Ok(bytes)
    }
}

/// At most `most` bytes of `bytes` from `offset` on, shared.
fn cut(bytes: &Bytes, offset: u64, most: usize) -> Bytes {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    bytes.slice(start..start.saturating_add(most).min(bytes.len()))
}

/// The guarded value. What is guarded here stays consistent when a holder panics, so poison means nothing.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
