//! What one thread counts: memory that no other thread writes to.

use std::array;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use brigade_gateway::Entry;
use brigade_s3::Op;

use super::Gauge;

/// How long requests take, in seconds: from a small read nearby to a large upload.
pub(super) const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0];

/// The statuses that are counted without a table.
pub(super) const USUAL: [u16; 6] = [200, 204, 206, 304, 403, 404];

/// Every operation, and what is none.
pub(super) const PLACES: usize = Op::ALL.len() + 1;

/// The place of an operation.
pub(super) fn place(operation: Option<Op>) -> usize {
    // Their order is that of `Op::ALL`.
    operation.map_or(PLACES - 1, |op| op as usize)
}

/// The counters of a thread. Two sets have no line of a processor's cache in common.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Cells {
    requests: AtomicI64,
    connections: AtomicI64,
    /// Made when an operation is first asked for.
    each: [OnceLock<Box<Each>>; PLACES],
}

/// What is counted of an operation.
#[derive(Debug, Default)]
struct Each {
    received: AtomicU64,
    sent: AtomicU64,
    nanoseconds: AtomicU64,
    /// By how long they took; the last: longer than all.
    lasted: [AtomicU64; SECONDS.len() + 1],
    statuses: [AtomicU64; USUAL.len()],
}

/// What all threads have counted.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) requests: i64,
    pub(super) connections: i64,
    /// Those that were asked for, each with its place.
    pub(super) each: Vec<(usize, Sum)>,
}

/// What all threads have counted of an operation.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) seconds: f64,
    pub(super) lasted: [u64; SECONDS.len() + 1],
    pub(super) statuses: [u64; USUAL.len()],
}

impl Default for Cells {
    fn default() -> Self {
        Self {
            requests: AtomicI64::default(),
            connections: AtomicI64::default(),
            each: array::from_fn(|_| OnceLock::new()),
        }
    }
}

impl Cells {
    pub(super) fn change(&self, what: Gauge, by: i64) {
        match what {
            Gauge::Requests => &self.requests,
            Gauge::Connections => &self.connections,
        }
        .fetch_add(by, Relaxed);
    }

    /// Counts a request; whether its status is counted with it.
    pub(super) fn ended(&self, operation: usize, entry: &Entry, lasted: Duration) -> bool {
        let Some(each) = self.each.get(operation) else { return false };
        let each = each.get_or_init(Box::default);
        each.received.fetch_add(entry.bytes_in, Relaxed);
        each.sent.fetch_add(entry.bytes_out, Relaxed);
        each.nanoseconds.fetch_add(u64::try_from(lasted.as_nanos()).unwrap_or(u64::MAX), Relaxed);
        let seconds = lasted.as_secs_f64();
        let bucket = SECONDS.iter().position(|bound| seconds <= *bound).unwrap_or(SECONDS.len());
        if let Some(bucket) = each.lasted.get(bucket) {
            bucket.fetch_add(1, Relaxed);
        }
        let usual = USUAL.iter().position(|usual| Some(*usual) == entry.status);
        let status = usual.and_then(|at| each.statuses.get(at));
        status.is_some_and(|status| {
            status.fetch_add(1, Relaxed);
            true
        })
    }

    pub(super) fn add_to(&self, sums: &mut Sums) {
        sums.requests += self.requests.load(Relaxed);
        sums.connections += self.connections.load(Relaxed);
        for (place, each) in self.each.iter().enumerate() {
            let Some(each) = each.get() else { continue };
            let at = match sums.each.binary_search_by_key(&place, |(place, _)| *place) {
                Ok(at) => at,
                Err(at) => {
                    sums.each.insert(at, (place, Sum::default()));
                    at
                }
            };
            if let Some((_, sum)) = sums.each.get_mut(at) {
                sum.add(each);
            }
        }
    }
}

impl Sum {
    fn add(&mut self, each: &Each) {
        self.received += each.received.load(Relaxed);
        self.sent += each.sent.load(Relaxed);
        self.seconds += Duration::from_nanos(each.nanoseconds.load(Relaxed)).as_secs_f64();
        let lasted = self.lasted.iter_mut().zip(&each.lasted);
        let statuses = self.statuses.iter_mut().zip(&each.statuses);
        for (sum, one) in lasted.chain(statuses) {
            *sum += one.load(Relaxed);
        }
    }
}
