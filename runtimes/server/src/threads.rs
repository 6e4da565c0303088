//! Threads that serve connections, each with a runtime of its own that no other thread takes work from.
//!
//! ```text
//! the first thread: accepts, signals, the admin address ── a connection ──► the thread with the fewest of them
//! ```
//!
//! A connection and what it asks of stores stay on one thread from first byte to last: nothing of a request is
//! woken on, or moved to, another processor. Newcomers are handed round rather than left to the kernel
//! (`SO_REUSEPORT` hashes: of two connections both may fall to one thread while another is idle).

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

/// The threads; dropped, they end without waiting for what they serve.
#[derive(Debug)]
pub struct Threads {
    seats: Box<[Seats]>,
    running: Vec<Running>,
}

/// One thread, as what hands it connections sees it.
#[derive(Clone, Debug)]
struct Seats {
    runtime: Handle,
    taken: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Running {
    end: oneshot::Sender<Duration>,
    thread: JoinHandle<()>,
}

/// A connection's place on a thread, counted as long as this is held.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) runtime: Handle,
    taken: Arc<AtomicUsize>,
}

thread_local! {
    static CURRENT: Cell<usize> = const { Cell::new(0) };
}

/// Which of the threads this is, from 1 on; 0 for any other thread of the process.
pub(crate) fn current() -> usize {
    CURRENT.get()
}

/// How many threads may block for those that serve: what reads and writes the files of a store in this process.
const BLOCKING: usize = 512;

/// A runtime that runs on the thread that waits for it, beside which so many may block.
///
/// # Errors
/// When the system has no descriptors left for it.
pub(crate) fn runtime(blocking: usize) -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().max_blocking_threads(blocking).build()
}

impl Threads {
    /// Starts so many; at least one.
    ///
    /// # Errors
    /// When there can be no more threads.
    pub fn start(count: usize) -> io::Result<Self> {
        keep_memory();
        let mut threads = Self { seats: Box::default(), running: Vec::new() };
        let mut seats = Vec::new();
        for number in 1..=count.max(1) {
            let runtime = runtime((BLOCKING / count.max(1)).max(16))?;
            seats.push(Seats { runtime: runtime.handle().clone(), taken: Arc::default() });
            let (end, ended) = oneshot::channel();
            let thread = std::thread::Builder::new()
                .name(format!("serve-{number}"))
                .spawn(move || run(number, runtime, ended))?;
            threads.running.push(Running { end, thread });
        }
        threads.seats = seats.into();
        Ok(threads)
    }

    /// How many this machine is best served by: as many as the process may have processors.
    #[must_use]
    pub fn fitting() -> usize {
        std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
    }

    /// A place on the thread that has the fewest connections.
    pub(crate) fn seat(&self) -> Option<Seat> {
        let Seats { runtime, taken } = self.seats.iter().min_by_key(|it| it.taken.load(Ordering::Relaxed))?;
        taken.fetch_add(1, Ordering::Relaxed);
        Some(Seat { runtime: runtime.clone(), taken: Arc::clone(taken) })
    }

    /// Ends them: what they still do is dropped, and what blocks has so long to come to its end. Gives whether all of them
    /// did end: one that is stuck is left behind.
    pub fn stop(self, within: Duration) -> bool {
        let threads: Vec<_> = self
            .running
            .into_iter()
            .map(|Running { end, thread }| {
                let _ = end.send(within);
                thread
            })
            .collect();
        // Each has this for itself, and a moment to get there.
        ended(&threads, within + LOOK * 100)
    }
}

/// What glibc keeps of what was given back, for each thread: twice this. More than a listing and what becomes of it.
const KEPT: usize = 1 << 20;

/// Has glibc keep memory that comes and goes with each large document. It gives the system back what exceeds twice the
/// largest block that was ever freed (mallopt(3), `M_MMAP_THRESHOLD`), and begins by far less: page by page, such memory would have
/// to be asked for again.
fn keep_memory() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(KEPT)));
}

/// How often it is looked whether threads have ended.
const LOOK: Duration = Duration::from_millis(10);

/// Waits until threads have ended, at most for so long; gives whether they have.
pub(crate) fn ended(threads: &[JoinHandle<()>], within: Duration) -> bool {
    let mut waited = Duration::ZERO;
    while !threads.iter().all(JoinHandle::is_finished) {
        if waited >= within {
            return false;
        }
        std::thread::sleep(LOOK);
        waited += LOOK;
    }
    true
}

fn run(
    number: usize,
    runtime: Runtime,
    ended: impl Future<Output = Result<Duration, oneshot::error::RecvError>>,
) {
    CURRENT.set(number);
    let within = runtime.block_on(ended).unwrap_or_default();
    runtime.shutdown_timeout(within);
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newcomers_go_to_the_thread_with_the_fewest() {
        let threads = Threads::start(3).unwrap();
        let taken = || threads.seats.iter().map(|it| it.taken.load(Ordering::Relaxed)).collect::<Vec<_>>();
        let mut held: Vec<_> = (0..6).filter_map(|_| threads.seat()).collect();
        assert_eq!(taken(), [2, 2, 2]);
        held.drain(1..=1);
        held.extend(threads.seat());
        assert_eq!(taken(), [2, 2, 2], "the place that came free is taken again");
        assert!(threads.stop(Duration::ZERO));
    }

    #[test]
    fn each_connection_runs_on_its_seats_thread() {
        let threads = Threads::start(2).unwrap();
        let seats = [threads.seat().unwrap(), threads.seat().unwrap()];
        let first = runtime(1).unwrap();
        for (seat, expect) in seats.iter().zip([1, 2]) {
            let on = first.block_on(seat.runtime.spawn(async { current() })).unwrap();
            assert_eq!(on, expect);
        }
        assert_eq!(current(), 0);
        assert!(threads.stop(Duration::from_secs(1)));
    }

    #[test]
    fn a_thread_that_is_stuck_is_left_behind() {
        let threads = Threads::start(1).unwrap();
        let (enter, entered) = std::sync::mpsc::channel();
        let (leave, left) = std::sync::mpsc::channel::<()>();
        threads.seat().unwrap().runtime.spawn(async move {
            enter.send(()).unwrap();
            let _ = left.recv();
        });
        entered.recv().unwrap();
        assert!(!threads.stop(Duration::ZERO));
        drop(leave);
    }
}
