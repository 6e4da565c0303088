//! Metrics: what happened to requests, counted once each when its answer has ended, and the process itself.
//!
//! `/metrics` on the admin address gives them in the format of OpenMetrics. No label holds what a client can make up: operations,
//! statuses and codes are a few words of ours, so the tables have a bound.

mod cells;
mod text;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use brigade_gateway::Entry;
use brigade_s3::{Code, Op};

use crate::threads;
use cells::{Cells, Sums};

/// The counters of a process. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// One set for each thread that serves, so that no two write to the same memory.
    sets: [Cells; SETS],
    rare: Mutex<BTreeMap<Rare, u64>>,
}

/// More threads than this share sets.
const SETS: usize = 32;

/// What is counted in one table for all threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rare {
    /// An answer of an operation with a status of its own.
    Status(usize, u16),
    /// An answer of an operation that did not reach its end.
    Aborted(usize),
    /// A refusal.
    Refused(&'static str),
}

/// An open connection, counted as long as this is held.
#[derive(Debug)]
pub(crate) struct Open(Metrics);

#[derive(Clone, Copy, Debug)]
enum Gauge {
    Requests,
    Connections,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.here().change(Gauge::Connections, -1);
    }
}

impl Metrics {
    /// A request has begun, which will be [over](Self::over).
    pub(crate) fn begun(&self) {
        self.here().change(Gauge::Requests, 1);
    }

    /// A request that has begun is under way no more.
    pub(crate) fn over(&self) {
        self.here().change(Gauge::Requests, -1);
    }

    /// A connection is open.
    pub(crate) fn connected(&self) -> Open {
        self.here().change(Gauge::Connections, 1);
        Open(self.clone())
    }

    /// The set of this thread.
    fn here(&self) -> &Cells {
        let [first, ..] = &self.0.sets;
        self.0.sets.get(threads::current() % SETS).unwrap_or(first)
    }

    /// A request has ended: what was delivered counts, whatever had been announced.
    pub(crate) fn ended(&self, entry: &Entry, lasted: Duration) {
        let operation = cells::place(entry.operation);
        let counted = self.here().ended(operation, entry, lasted);
        if let Some(status) = entry.status.filter(|_| !counted) {
            self.add(Rare::Status(operation, status));
        }
        if entry.aborted {
            self.add(Rare::Aborted(operation));
        }
        if let Some(refused) = &entry.refused {
            let name = refused.split(':').next().unwrap_or_default();
            // STS's codes are not S3's.
            self.add(Rare::Refused(Code::from_name(name).map_or("other", Code::name)));
        }
    }

    fn add(&self, what: Rare) {
        *self.0.rare.lock().unwrap_or_else(PoisonError::into_inner).entry(what).or_default() += 1;
    }

    /// The text of `/metrics`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut sums = Sums::default();
        self.0.sets.iter().for_each(|set| set.add_to(&mut sums));
        let rare = self.0.rare.lock().unwrap_or_else(PoisonError::into_inner).clone();
        text::write(&sums, &rare, process().as_ref())
    }
}

/// The name of an operation's place.
fn name(place: usize) -> &'static str {
    Op::ALL.get(place).map_or("none", |op| op.name())
}

/// What the system says of this process.
struct Process {
    resident: u64,
    descriptors: usize,
    cpu: f64,
}

fn process() -> Option<Process> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let resident: u64 = resident.trim().trim_end_matches(" kB").trim().parse().ok()?;
    let descriptors = std::fs::read_dir("/proc/self/fd").ok()?.count();
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name may hold anything; what follows its last parenthesis is numbers. Times are the 14th and 15th field, in ticks of 10 ms.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    let cpu = Duration::from_millis(ticks.saturating_mul(10)).as_secs_f64();
    Some(Process { resident: resident.saturating_mul(1024), descriptors, cpu })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(operation: Option<Op>, status: u16, refused: Option<&str>) -> Entry {
        Entry {
            operation,
            status: Some(status),
            refused: refused.map(str::to_owned),
            bytes_in: 3,
            bytes_out: 5,
            ..Entry::default()
        }
    }

    #[test]
    fn r_met_01_each_request_counts_once_and_refused_ones_apart() {
        let metrics = Metrics::default();
        metrics.begun();
        assert!(metrics.text().contains("brigade_requests_in_flight 1\n"));
        metrics.ended(&entry(Some(Op::GetObject), 200, None), Duration::from_millis(3));
        metrics.over();
        metrics
            .ended(&entry(Some(Op::GetObject), 403, Some("AccessDenied: nothing allows it")), Duration::ZERO);
        metrics.ended(&entry(None, 400, Some("made up by a client: x")), Duration::ZERO);
        let gone = Entry { status: None, aborted: true, ..entry(Some(Op::PutObject), 0, None) };
        metrics.ended(&gone, Duration::from_secs(1));
        let text = metrics.text();
        for line in [
            "brigade_requests_in_flight 0",
            "brigade_requests_total{operation=\"GetObject\",status=\"200\"} 1",
            "brigade_requests_total{operation=\"GetObject\",status=\"403\"} 1",
            "brigade_requests_total{operation=\"none\",status=\"400\"} 1",
            "brigade_refusals_total{code=\"AccessDenied\"} 1",
            "brigade_refusals_total{code=\"other\"} 1",
            "brigade_aborts_total{operation=\"PutObject\"} 1",
            "brigade_received_bytes_total{operation=\"GetObject\"} 6",
            "brigade_sent_bytes_total{operation=\"GetObject\"} 10",
            "brigade_request_duration_seconds_bucket{le=\"0.005\",operation=\"GetObject\"} 2",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("made up"), "{text}");
        assert!(!text.contains("requests_total{operation=\"PutObject\""), "nobody answered it: {text}");
        assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
        assert!(text.contains("process_resident_memory_bytes "), "{text}");
    }
}
