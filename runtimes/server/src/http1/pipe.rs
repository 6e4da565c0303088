//! Pipes of the kernel, and the few of them that a thread keeps.
//!
//! Source: pipe(7), splice(2), fcntl(2) (`F_SETPIPE_SZ`).

use std::cell::RefCell;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_getpipe_size, fcntl_setpipe_size, pipe_with, splice};
use rustix::process::{Resource, getrlimit};
use tokio::net::TcpStream;

/// What the first of them are asked to hold: a pipe of 64 KiB costs 0.28 CPU seconds per GB, one of 256 KiB 0.20, this 0.16.
const LARGE: usize = 1 << 20;

/// How many may be large. A user without privileges has 64 MiB in all, and beyond that pipes of two pages.
const LARGE_ONES: usize = 48;

/// What pipes hold unasked. One that holds less is worse than copying.
const USUAL: usize = 64 << 10;

/// Empty pipes that a thread keeps.
const KEPT: usize = 32;

/// Pipes of the process, at most.
const MOST: usize = 512;

/// In how many parts descriptors are divided, of which pipes may have two.
const PARTS: u64 = 8;

static LIVE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static EMPTY: RefCell<Vec<Pipe>> = const { RefCell::new(Vec::new()) };
}

/// A pipe, both ends of which are here.
#[derive(Debug)]
pub(super) struct Pipe {
    read: OwnedFd,
    write: OwnedFd,
}

impl Pipe {
    /// An empty one; `None` when there are as many as there may be, or the system gives no more.
    pub(super) fn take() -> Option<Self> {
        EMPTY.try_with(|kept| kept.borrow_mut().pop()).ok().flatten().or_else(Self::new)
    }

    fn new() -> Option<Self> {
        let others = LIVE.fetch_add(1, Ordering::Relaxed);
        let made = if others < most() { Self::of(others < LARGE_ONES) } else { None };
        if made.is_none() {
            LIVE.fetch_sub(1, Ordering::Relaxed);
        }
        made
    }

    fn of(large: bool) -> Option<Self> {
        let (read, write) = match pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC) {
            Ok(ends) => ends,
            Err(error) => {
                tracing::debug!(%error, "no pipe: copying instead");
                return None;
            }
        };
        let size = match large {
            true => fcntl_setpipe_size(&write, LARGE).or_else(|_| fcntl_getpipe_size(&write)),
            false => fcntl_getpipe_size(&write),
        };
        size.is_ok_and(|size| size >= USUAL).then(|| Self { read, write })
    }

    /// Keeps it for this thread. It must be empty: what is in it would go to a stranger.
    pub(super) fn give_back(self) {
        // A thread that ends keeps none.
        let _ = EMPTY.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            if kept.len() < KEPT {
                kept.push(self);
            }
        });
    }

    /// Takes what a socket has, up to `limit` bytes.
    pub(super) fn fill(&self, from: &TcpStream, limit: usize) -> io::Result<usize> {
        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        Ok(splice(from, None, &self.write, None, limit, flags)?)
    }

    /// Gives a socket what is held.
    pub(super) fn drain(&self, to: &TcpStream, held: usize) -> io::Result<usize> {
        // Not MORE: the kernel would keep the last part of a segment back while the sender pauses.
        let flags = SpliceFlags::MOVE | SpliceFlags::NONBLOCK;
        Ok(splice(&self.read, None, to, None, held, flags)?)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        LIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Whether the system cannot do this at all, rather than not now.
pub(super) fn is_unable(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::INVAL | Errno::NOSYS | Errno::PERM | Errno::OPNOTSUPP))
}

/// How many pipes this process may have, by how many descriptors it has.
fn most() -> usize {
    static MAY: OnceLock<usize> = OnceLock::new();
    *MAY.get_or_init(|| {
        let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        usize::try_from(descriptors / PARTS).unwrap_or(usize::MAX).min(MOST)
    })
}
