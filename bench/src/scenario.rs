//! The scenarios: what is asked for, how often, and what Brigade is to reach.

use crate::peers::Kind;
use crate::request::Ask;

/// One line of the table, or a few.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) work: Work,
    pub(crate) goal: Goal,
    /// Whether `--quick` runs it.
    pub(crate) quick: bool,
}

/// What is done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// CPU time of so many requests over so many connections; `bytes` of each count where they are what costs.
    Cpu { ask: Ask, connections: usize, count: usize, bytes: Option<u64> },
    /// How much longer answers take than the store's own, at half of the load that Brigade or nginx can take.
    Latency,
    /// How long answers take at so many requests a second.
    Rate(f64),
    /// The same of few small requests beside slow readers and large transfers.
    Mixed,
    /// Peak memory with so many readers of 64 KiB/s.
    SlowReaders(usize),
    /// Memory with so many connections that do nothing.
    Idle(usize),
    /// From the start to the first byte of an answer.
    Start,
    /// The weight of the program.
    Size,
}

/// What Brigade is to reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// So much of nginx's.
    OfNginx(f64),
    /// So much of the copying TLS relay's.
    OfTls(f64),
    /// No more than nginx and one SHA-256 of each byte.
    Sha256,
    /// So many of the line's units.
    AtMost(f64),
    /// None: it is printed beside others'.
    None,
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

const fn small(name: &'static str, ask: Ask, connections: usize, count: usize, goal: f64) -> Scenario {
    let work = Work::Cpu { ask, connections, count, bytes: None };
    Scenario { name, work, goal: Goal::OfNginx(goal), quick: true }
}

const fn large(
    name: &'static str,
    ask: Ask,
    bytes: u64,
    connections: usize,
    count: usize,
    quick: bool,
) -> Scenario {
    let work = Work::Cpu { ask, connections, count, bytes: Some(bytes) };
    Scenario { name, work, goal: Goal::OfNginx(0.5), quick }
}

const fn other(name: &'static str, work: Work, goal: Goal, quick: bool) -> Scenario {
    Scenario { name, work, goal, quick }
}

/// All of them.
pub(crate) const ALL: &[Scenario] = &[
    small("get_1k", Ask::Get(KIB), 64, 24_000, 1.0),
    small("get_64k", Ask::Get(64 * KIB), 32, 12_000, 1.0),
    large("get_1m", Ask::Get(MIB), MIB, 16, 2_000, true),
    large("get_64m", Ask::Get(64 * MIB), 64 * MIB, 4, 48, true),
    large("get_1g", Ask::Get(GIB), GIB, 1, 2, false),
    large("get_1g_x8", Ask::Get(GIB), GIB, 8, 8, false),
    small("put_1k", Ask::Put(KIB), 64, 24_000, 1.0),
    large("put_1m", Ask::Put(MIB), MIB, 16, 2_000, true),
    large("put_64m", Ask::Put(64 * MIB), 64 * MIB, 4, 48, true),
    large("put_1g", Ask::Put(GIB), GIB, 1, 2, false),
    large("put_trailer", Ask::PutTrailer(16 << 20), 16 * MIB, 4, 96, true),
    Scenario {
        goal: Goal::Sha256,
        ..large("put_signed_chunks", Ask::PutSignedChunks(16 << 20), 16 * MIB, 4, 64, true)
    },
    small("list_1000", Ask::List, 16, 2_000, 2.0),
    Scenario {
        goal: Goal::OfTls(1.15),
        ..large("get_64m_https", Ask::GetSecure(64 * MIB), 64 * MIB, 4, 32, true)
    },
    other("latency", Work::Latency, Goal::None, true),
    other("rate_10k", Work::Rate(10_000.0), Goal::AtMost(50.0), true),
    other("mixed", Work::Mixed, Goal::None, false),
    other("slow_256", Work::SlowReaders(256), Goal::AtMost(16.0), true),
    other("idle", Work::Idle(0), Goal::AtMost(12.0), true),
    other("idle_10000", Work::Idle(10_000), Goal::AtMost(120.0), false),
    other("start", Work::Start, Goal::AtMost(30.0), true),
    other("binary", Work::Size, Goal::AtMost(10.0), true),
];

impl Scenario {
    /// Whether it says something of this peer.
    pub(crate) fn is_for(&self, kind: Kind) -> bool {
        match self.work {
            Work::Cpu { ask: Ask::GetSecure(_), .. } => matches!(kind, Kind::Brigade | Kind::Tls),
            Work::Latency | Work::Rate(_) | Work::Mixed => kind != Kind::Tls,
            Work::Size => kind == Kind::Brigade,
            Work::Cpu { .. } | Work::SlowReaders(_) | Work::Idle(_) | Work::Start => {
                !matches!(kind, Kind::Tls | Kind::Direct)
            }
        }
    }
}
