//! The text of `/metrics`: OpenMetrics 1.0, section 5.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::cells::{SECONDS, Sum, Sums, USUAL};
use super::{Process, Rare, name};

/// A text in which families stand one after another, and under each its samples.
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, unit: &str, help: &str) {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(self.0, "# HELP brigade_{name} {help}.\n# TYPE brigade_{name} {kind}");
        if !unit.is_empty() {
            let _ = writeln!(self.0, "# UNIT brigade_{name} {unit}");
        }
    }

    /// A sample. Labels are words of ours: nothing in them needs escaping.
    fn sample(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = match labels {
            "" => writeln!(self.0, "brigade_{name} {value}"),
            labels => writeln!(self.0, "brigade_{name}{{{labels}}} {value}"),
        };
    }

    fn bytes(&mut self, name: &str, help: &str, sums: &Sums, of: impl Fn(&Sum) -> u64) {
        self.family(name, "counter", "bytes", help);
        for (place, sum) in &sums.each {
            self.sample(&format!("{name}_total"), &operation(*place), of(sum));
        }
    }
}

fn operation(place: usize) -> String {
    format!("operation=\"{}\"", name(place))
}

pub(super) fn write(sums: &Sums, rare: &BTreeMap<Rare, u64>, process: Option<&Process>) -> String {
    let mut text = Text(String::with_capacity(4096));
    text.family("requests", "counter", "", "Requests answered, by operation and status");
    let usual = sums.each.iter().flat_map(|(place, sum)| {
        USUAL.iter().zip(sum.statuses).map(|(status, count)| (*place, *status, count))
    });
    let others = rare.iter().filter_map(|(what, count)| match what {
        Rare::Status(place, status) => Some((*place, *status, *count)),
        Rare::Aborted(_) | Rare::Refused(_) => None,
    });
    for (place, status, count) in usual.chain(others).filter(|(.., count)| *count > 0) {
        let labels = format!("operation=\"{}\",status=\"{status}\"", name(place));
        text.sample("requests_total", &labels, count);
    }
    text.family("refusals", "counter", "", "Requests refused or failed, by the code they were answered with");
    for (what, count) in rare {
        if let Rare::Refused(code) = what {
            text.sample("refusals_total", &format!("code=\"{code}\""), count);
        }
    }
    text.family("aborts", "counter", "", "Requests whose answer did not reach its end");
    for (what, count) in rare {
        if let Rare::Aborted(place) = what {
            text.sample("aborts_total", &operation(*place), count);
        }
    }
    text.bytes("received_bytes", "Bytes of bodies received from clients", sums, |sum| sum.received);
    text.bytes("sent_bytes", "Bytes of bodies delivered to clients", sums, |sum| sum.sent);
    let help = "From a request's head to the end of its answer";
    text.family("request_duration_seconds", "histogram", "seconds", help);
    for (place, sum) in &sums.each {
        let of = operation(*place);
        let mut count = 0;
        let bounds = SECONDS.iter().map(|bound| format!("{bound:?}")).chain(["+Inf".to_owned()]);
        for (bound, lasted) in bounds.zip(sum.lasted) {
            count += lasted;
            text.sample("request_duration_seconds_bucket", &format!("le=\"{bound}\",{of}"), count);
        }
        text.sample("request_duration_seconds_sum", &of, format!("{:?}", sum.seconds));
        text.sample("request_duration_seconds_count", &of, count);
    }
    text.family("requests_in_flight", "gauge", "", "Requests whose answer has not ended");
    text.sample("requests_in_flight", "", sums.requests);
    text.family("connections", "gauge", "", "Connections of clients that are open");
    text.sample("connections", "", sums.connections);
    let Text(mut text) = text;
    if let Some(Process { resident, descriptors, cpu }) = process {
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
