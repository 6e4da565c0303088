//! What processes have used, as Linux's /proc tells.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Nanoseconds by thread.
#[derive(Clone, Debug)]
pub(crate) struct Cpu(BTreeMap<u32, u64>);

impl Cpu {
    /// What was spent since then. What a thread spent that has ended meanwhile is not counted.
    pub(crate) fn since(&self, then: &Self) -> Duration {
        let before = |thread: &u32| then.0.get(thread).copied().unwrap_or(0);
        let spent = |(thread, now): (&u32, &u64)| now.saturating_sub(before(thread));
        Duration::from_nanos(self.0.iter().map(spent).sum())
    }
}

/// The process and its descendants, whatever they are called.
#[derive(Clone, Debug)]
pub(crate) struct Family(u32);

impl Family {
    pub(crate) fn of(pid: u32) -> Self {
        Self(pid)
    }

    /// Their ids, its own first.
    pub(crate) fn members(&self) -> Vec<u32> {
        let mut parents = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            // Behind the name of the program, which may hold anything but ends in the last parenthesis: state, parent.
            let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
            let parent =
                stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
            parents.extend(parent.map(|parent| (pid, parent)));
        }
        let mut members = vec![self.0];
        let mut at = 0;
        while let Some(parent) = members.get(at).copied() {
            members.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
            at += 1;
        }
        members
    }

    /// Asks the first of them to end.
    pub(crate) fn ask_to_end(&self) {
        signal(self.0, Signal::TERM);
    }

    /// Ends these, but for the first.
    pub(crate) fn end(members: &[u32]) {
        members.iter().skip(1).for_each(|pid| signal(*pid, Signal::KILL));
    }

    /// The time that each of their threads has been on a processor.
    pub(crate) fn cpu(&self) -> Cpu {
        let tasks = |pid: u32| fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let spent = |task: &Path| -> Option<(u32, u64)> {
            let thread = task.file_name()?.to_str()?.parse().ok()?;
            let text = fs::read_to_string(task.join("schedstat")).ok()?;
            Some((thread, text.split_whitespace().next()?.parse().ok()?))
        };
        let all = self.members().into_iter().flat_map(tasks);
        Cpu(all.filter_map(|task| spent(&task.path())).collect())
    }

    /// A line of every member's status, summed: `VmRSS` and `VmHWM` are in KiB.
    pub(crate) fn status(&self, field: &str) -> u64 {
        let of = |pid: u32| -> Option<u64> {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
            line.split_whitespace().next()?.parse().ok()
        };
        self.members().into_iter().filter_map(of).sum()
    }

    /// What they hold in memory, in MiB.
    pub(crate) fn resident(&self) -> f64 {
        self.status("VmRSS") as f64 / 1024.0
    }

    /// The most they have held, each at its time, since [`Self::forget_peak`], in MiB.
    pub(crate) fn peak(&self) -> f64 {
        self.status("VmHWM") as f64 / 1024.0
    }

    /// Begins the peak anew (proc(5), `clear_refs`).
    pub(crate) fn forget_peak(&self) {
        for pid in self.members() {
            let _ = fs::write(format!("/proc/{pid}/clear_refs"), "5");
        }
    }

    pub(crate) fn descriptors(&self) -> usize {
        let count = |pid: u32| fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, |entries| entries.count());
        self.members().into_iter().map(count).sum()
    }

    pub(crate) fn threads(&self) -> u64 {
        self.status("Threads")
    }
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}
