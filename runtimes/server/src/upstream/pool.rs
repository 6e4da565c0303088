//! Connections to stores that wait for the next request.
//!
//! Each thread has its own, as a socket is watched by the runtime it was made on; nothing of a request is woken elsewhere.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use super::connection::{Connection, Tools};
use super::origin::Origin;
use crate::http1::wire::{Home, Unread};

/// How long a connection is kept unused: less than the stores themselves keep theirs.
const IDLE: Duration = Duration::from_secs(15);

/// How often those are looked for that have been unused for too long.
const LOOK: Duration = Duration::from_secs(5);

/// Connections kept unused per store and thread.
const PER_STORE: usize = 128;

/// Connections kept unused per thread.
const PER_THREAD: usize = 512;

/// Within this time of its last answer, a connection's end is seen by what watches it, and the system is not asked for it.
const FRESH: Duration = Duration::from_millis(50);

/// Threads that have a part of their own; more than that share.
const PARTS: usize = 64;

/// Connections at rest. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Pool(Arc<[Arc<Mutex<Part>>]>);

/// One thread's.
#[derive(Debug, Default)]
struct Part {
    /// There are few stores: to compare their names costs less than to hash one.
    resting: Vec<(Origin, Vec<(Instant, Connection)>)>,
    count: usize,
    /// Whether somebody looks for those that rest for too long.
    watched: bool,
}

impl Pool {
    pub(super) fn new() -> Self {
        Self((0..PARTS).map(|_| Arc::default()).collect())
    }

    fn part(&self) -> Option<&Arc<Mutex<Part>>> {
        self.0.get(thread() % PARTS)
    }

    /// A connection that is still good. One that was used a moment ago is looked at less where a `careless` request can be sent again.
    pub(super) fn take(&self, origin: &Origin, careless: bool) -> Option<Connection> {
        loop {
            let (since, mut connection) = lock(self.part()?).take(origin)?;
            let rested = since.elapsed();
            if rested >= IDLE {
                continue;
            }
            let quiet =
                if careless && rested < FRESH { connection.seems_quiet() } else { connection.is_quiet() };
            if quiet {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose last answer was read to its end.
    pub(super) fn put(&self, mut connection: Connection) {
        connection.rest();
        let Some(part) = self.part() else { return };
        let watch = lock(part).put(connection);
        if watch && let Ok(runtime) = Handle::try_current() {
            runtime.spawn(watching(Arc::downgrade(part)));
        }
    }
}

fn lock(part: &Mutex<Part>) -> std::sync::MutexGuard<'_, Part> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Part {
    /// Those to one store.
    fn to(&mut self, origin: &Origin) -> Option<&mut Vec<(Instant, Connection)>> {
        self.resting.iter_mut().find(|(other, _)| other == origin).map(|(_, same)| same)
    }

    /// The one that was used last.
    fn take(&mut self, origin: &Origin) -> Option<(Instant, Connection)> {
        let taken = self.to(origin)?.pop()?;
        self.count -= 1;
        Some(taken)
    }

    /// Keeps one; says whether somebody must begin to watch.
    fn put(&mut self, connection: Connection) -> bool {
        if self.count >= PER_THREAD {
            return false;
        }
        let rested = (Instant::now(), connection);
        match self.to(&rested.1.tools.origin) {
            Some(same) if same.len() >= PER_STORE => return false,
            Some(same) => same.push(rested),
            None => self.resting.push((rested.1.tools.origin.clone(), vec![rested])),
        }
        self.count += 1;
        !std::mem::replace(&mut self.watched, true)
    }

    /// Lets go of those that have rested for too long; says whether any are left.
    fn sweep(&mut self, now: Instant) -> bool {
        self.resting.retain_mut(|(_, same)| {
            same.retain(|(since, _)| now.saturating_duration_since(*since) < IDLE);
            !same.is_empty()
        });
        self.count = self.resting.iter().map(|(_, same)| same.len()).sum();
        self.watched = self.count > 0;
        self.watched
    }
}

async fn watching(part: Weak<Mutex<Part>>) {
    loop {
        sleep(LOOK).await;
        let Some(part) = part.upgrade() else { return };
        if !lock(&part).sweep(Instant::now()) {
            return;
        }
    }
}

/// This thread's number.
fn thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
    }
    NUMBER.get().unwrap_or_else(|| {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        NUMBER.set(Some(number));
        number
    })
}

/// Where the reading half of a connection goes when an answer has been read.
#[derive(Debug)]
pub(super) struct Returning {
    pub(super) pool: Pool,
    pub(super) tools: Box<Tools>,
    /// Whether another request may follow.
    pub(super) reusable: bool,
}

impl Home for Returning {
    fn back(self: Box<Self>, unread: Unread) {
        let Self { pool, tools, reusable } = *self;
        let Unread { reader, buffer, framing } = unread;
        if reusable && framing.is_over() && buffer.is_empty() {
            pool.put(Connection { reader, buffer, tools });
        }
    }
}
