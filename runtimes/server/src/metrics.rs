//! Metrics: what happened to requests, counted once each when its answer has ended, and the process itself.
//!
//! `/metrics` on the admin address gives them in the format of OpenMetrics. No label holds what a client can make up: operations,
//! statuses and codes are a few words of ours, so the tables have a bound.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use brigade_gateway::Entry;
use brigade_s3::Code;
use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// How long requests take, in seconds: from a small read nearby to a large upload.
const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0];

/// The counters of a process. Clones count together.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    requests: Family<Done, Counter>,
    refused: Family<Why, Counter>,
    aborted: Family<What, Counter>,
    received: Family<What, Counter>,
    sent: Family<What, Counter>,
    seconds: Family<What, Histogram>,
    in_flight: Gauge,
    connections: Gauge,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct What {
    operation: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Done {
    operation: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Why {
    code: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("brigade");
        let requests = Family::default();
        registry.register("requests", "Requests answered, by operation and status", requests.clone());
        let refused = Family::default();
        registry.register(
            "refusals",
            "Requests refused or failed, by the code they were answered with",
            refused.clone(),
        );
        let aborted = Family::default();
        registry.register("aborts", "Requests whose answer did not reach its end", aborted.clone());
        let received = Family::default();
        registry.register_with_unit(
            "received",
            "Bytes of bodies received from clients",
            Unit::Bytes,
            received.clone(),
        );
        let sent = Family::default();
        registry.register_with_unit(
            "sent",
            "Bytes of bodies delivered to clients",
            Unit::Bytes,
            sent.clone(),
        );
        let seconds = Family::new_with_constructor((|| Histogram::new(SECONDS)) as fn() -> Histogram);
        registry.register_with_unit(
            "request_duration",
            "From a request's head to the end of its answer",
            Unit::Seconds,
            seconds.clone(),
        );
        let in_flight = Gauge::default();
        registry.register("requests_in_flight", "Requests whose answer has not ended", in_flight.clone());
        let connections = Gauge::default();
        registry.register("connections", "Connections of clients that are open", connections.clone());
        Self(Arc::new(Inner {
            registry,
            requests,
            refused,
            aborted,
            received,
            sent,
            seconds,
            in_flight,
            connections,
        }))
    }
}

/// Something under way, counted as long as this is held.
#[derive(Debug)]
pub(crate) struct Held(Gauge);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// A request has begun.
    pub(crate) fn begun(&self) -> Held {
        self.0.in_flight.inc();
        Held(self.0.in_flight.clone())
    }

    /// A connection is open.
    pub(crate) fn connected(&self) -> Held {
        self.0.connections.inc();
        Held(self.0.connections.clone())
    }

    /// A request has ended: what was delivered counts, whatever had been announced.
    pub(crate) fn ended(&self, entry: &Entry, lasted: Duration) {
        let operation = entry.operation.clone().unwrap_or_else(|| "none".to_owned());
        let what = What { operation: operation.clone() };
        self.0.received.get_or_create(&what).inc_by(entry.bytes_in);
        self.0.sent.get_or_create(&what).inc_by(entry.bytes_out);
        self.0.seconds.get_or_create(&what).observe(lasted.as_secs_f64());
        if entry.aborted {
            self.0.aborted.get_or_create(&what).inc();
        }
        if let Some(status) = entry.status {
            self.0.requests.get_or_create(&Done { operation, status }).inc();
        }
        if let Some(refused) = &entry.refused {
            let name = refused.split(':').next().unwrap_or_default();
            // STS's codes are not S3's.
            let code = Code::from_name(name).map_or("other", Code::name);
            self.0.refused.get_or_create(&Why { code }).inc();
        }
    }

    /// The text of `/metrics`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Written to memory, which does not fail.
        let _ = encode(&mut text, &self.0.registry);
        let mut text = text.trim_end_matches("# EOF\n").to_owned();
        if let Some(Process { resident, descriptors, cpu }) = process() {
            let _ = write!(
                text,
                "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes {resident}\n\
                 # TYPE process_open_fds gauge\nprocess_open_fds {descriptors}\n\
                 # TYPE process_cpu_seconds counter\nprocess_cpu_seconds_total {cpu}\n"
            );
        }
        text.push_str("# EOF\n");
        text
    }
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

    fn entry(operation: Option<&str>, status: u16, refused: Option<&str>) -> Entry {
        Entry {
            operation: operation.map(str::to_owned),
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
        let held = metrics.begun();
        assert!(metrics.text().contains("brigade_requests_in_flight 1\n"));
        metrics.ended(&entry(Some("GetObject"), 200, None), Duration::from_millis(3));
        drop(held);
        metrics
            .ended(&entry(Some("GetObject"), 403, Some("AccessDenied: nothing allows it")), Duration::ZERO);
        metrics.ended(&entry(None, 400, Some("made up by a client: x")), Duration::ZERO);
        let gone = Entry { status: None, aborted: true, ..entry(Some("PutObject"), 0, None) };
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
