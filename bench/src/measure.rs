//! One scenario, one peer, one round.

mod latency;
mod memory;
mod process;

use std::net::SocketAddr;
use std::time::Duration;

use crate::load::{Client, Failure, closed};
use crate::pattern::Pattern;
use crate::peers::{Kind, Running, Stage, Store};
use crate::procfs::Family;
use crate::request::Ask;
use crate::scenario::{Goal, Scenario, Work};

/// What all measurements share.
pub(crate) struct Bench {
    pub(crate) stage: Stage,
    pub(crate) store: Store,
    pub(crate) pattern: Pattern,
    /// A sixth of everything.
    pub(crate) quick: bool,
    /// Requests a second that are half of what Brigade or nginx takes.
    pub(crate) half: f64,
}

/// A figure: the line it belongs to, its unit, its goal.
pub(crate) type Figure = (String, &'static str, Goal, f64);

/// A peer that runs; [`Kind::Direct`] is the store itself.
pub(crate) struct Peer {
    pub(crate) kind: Kind,
    pub(crate) running: Option<Running>,
}

impl Peer {
    pub(crate) fn address(&self, store: Store) -> SocketAddr {
        self.running.as_ref().map_or(store.plain, |running| running.address)
    }

    pub(crate) fn family(&self) -> Option<Family> {
        self.running.as_ref().map(Running::family)
    }
}

impl Bench {
    /// Measures; what begins with a process of its own starts one.
    pub(crate) fn measure(&self, scenario: &Scenario, peer: &Peer) -> Result<Vec<Figure>, Failure> {
        let one = |unit, figure| Ok(vec![(scenario.name.to_owned(), unit, scenario.goal, figure)]);
        match scenario.work {
            Work::Cpu { ask, connections, count, bytes } => {
                let count = self.less(count).max(connections);
                let Some(family) = peer.family() else { return Ok(Vec::new()) };
                let to = peer.address(self.store);
                let run = closed(
                    to,
                    &self.pattern,
                    ask,
                    connections,
                    count,
                    || family.cpu(),
                    |before, after| after.since(&before),
                )?;
                let seconds = run.metered.as_secs_f64() / run.requests as f64;
                match bytes {
                    None => one("µs", seconds * 1e6),
                    Some(bytes) => one("s/GB", seconds / bytes as f64 * 1e9),
                }
            }
            Work::Latency => self.latency(scenario, peer),
            Work::Rate(rate) => self.rate(scenario, peer, rate),
            Work::Mixed => self.mixed(scenario, peer),
            Work::SlowReaders(readers) => one("MiB", self.slow_readers(peer.kind, readers)?),
            Work::Idle(connections) => one("MiB", self.idle(peer.kind, connections)?),
            Work::Start => one("ms", self.start(peer.kind)?),
            Work::Size => self.size().map_or(Ok(Vec::new()), |size| one("MB", size)),
        }
    }

    /// Requests a second that a peer takes at most, by a short run.
    pub(crate) fn most(&self, peer: &Peer) -> Result<f64, Failure> {
        let run = closed(
            peer.address(self.store),
            &self.pattern,
            Ask::Get(1024),
            64,
            8_000,
            || (),
            |(), ()| Duration::ZERO,
        )?;
        Ok(run.requests as f64 / run.wall.as_secs_f64())
    }

    /// Sees that a peer gives the right bytes before any are counted.
    pub(crate) fn prove(&self, peer: &Peer) -> Result<(), Failure> {
        let to = peer.address(self.store);
        let host = to.to_string();
        let asks: &[Ask] = match peer.kind {
            Kind::Tls => &[Ask::GetSecure(5 << 20)],
            Kind::Brigade => &[
                Ask::Get(1024),
                Ask::Get(5 << 20),
                Ask::GetSecure(5 << 20),
                Ask::List,
                Ask::Put(5 << 20),
                Ask::PutTrailer(3 << 20),
                Ask::PutSignedChunks(3 << 20),
            ],
            Kind::Nginx | Kind::Haproxy | Kind::HaproxySplice | Kind::Hyper | Kind::Direct => {
                &[Ask::Get(1024), Ask::Get(5 << 20), Ask::List, Ask::Put(5 << 20)]
            }
        };
        let mut client = Client::connect(to, &self.pattern)?;
        for ask in asks {
            for shot in ask.shots(&host, &self.pattern, 1) {
                let body =
                    client.prove(&shot).map_err(|why| format!("{}, {ask:?}: {why}", peer.kind.name()))?;
                let keys = String::from_utf8_lossy(&body).matches("<Key>scenes/").count();
                if matches!(ask, Ask::List) && keys != 1000 {
                    return Err(format!("{}: a listing has {keys} of 1,000 keys", peer.kind.name()));
                }
            }
        }
        Ok(())
    }

    fn less(&self, count: usize) -> usize {
        if self.quick { count / 6 } else { count }
    }

    fn time(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64(if self.quick { seconds / 4.0 } else { seconds })
    }
}
