//! How long answers take.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::{Bench, Figure, Peer};
use crate::load::{Client, Failure, Latencies, Slow, paced};
use crate::request::Ask;
use crate::scenario::{Goal, Scenario};

/// Small requests a second beside the large ones, and how many connections they have.
const MIXED: (f64, usize) = (500.0, 8);

impl Bench {
    fn paced(&self, peer: &Peer, connections: usize, rate: f64, seconds: f64) -> Result<Latencies, Failure> {
        paced(peer.address(self.store), &self.pattern, Ask::Get(1024), connections, rate, self.time(seconds))
    }

    /// Added over the store's own answers, which are measured just before.
    pub(super) fn latency(&self, scenario: &Scenario, peer: &Peer) -> Result<Vec<Figure>, Failure> {
        let Some(_) = peer.running else { return Ok(Vec::new()) };
        let direct =
            self.paced(&Peer { kind: crate::peers::Kind::Direct, running: None }, 32, self.half, 2.0)?;
        let through = self.paced(peer, 32, self.half, 2.0)?;
        let added = |percent, name, goal| {
            let added = through.percentile(percent) - direct.percentile(percent);
            (format!("{}_{name}_added", scenario.name), "µs", Goal::AtMost(goal), added)
        };
        Ok(vec![added(50.0, "p50", 100.0), added(99.0, "p99", 1000.0)])
    }

    pub(super) fn rate(&self, scenario: &Scenario, peer: &Peer, rate: f64) -> Result<Vec<Figure>, Failure> {
        let all = self.paced(peer, 64, rate, 4.0)?;
        let p50 = (format!("{}_p50", scenario.name), "ms", Goal::None, all.percentile(50.0) / 1e3);
        Ok(vec![p50, (format!("{}_p99", scenario.name), "ms", scenario.goal, all.percentile(99.0) / 1e3)])
    }

    /// Small requests by themselves, beside slow readers, and beside large transfers both ways.
    pub(super) fn mixed(&self, scenario: &Scenario, peer: &Peer) -> Result<Vec<Figure>, Failure> {
        let (rate, connections) = MIXED;
        let to = peer.address(self.store);
        let alone = self.paced(peer, connections, rate, 2.0)?;
        let slow = Slow::start(to, &self.pattern, 64, 64 << 10)?;
        // Their first bytes fill buffers all along the way: that is no part of it.
        thread::sleep(Duration::from_secs(1));
        let beside_slow = self.paced(peer, connections, rate, 2.0);
        slow.end();
        let over = AtomicBool::new(false);
        let beside_large = thread::scope(|scope| {
            let large = |ask: Ask| {
                let over = &over;
                move || {
                    let mut client = Client::connect(to, &self.pattern)?;
                    let shots = ask.shots(&to.to_string(), &self.pattern, 1);
                    while !over.load(Ordering::Relaxed) {
                        shots.iter().try_for_each(|shot| client.fire(shot).map(drop))?;
                    }
                    Ok::<_, Failure>(())
                }
            };
            let asks = [Ask::Get(64 << 20), Ask::Get(64 << 20), Ask::Put(64 << 20)];
            let threads: Vec<_> = asks.into_iter().map(|ask| scope.spawn(large(ask))).collect();
            let all = self.paced(peer, connections, rate, 2.0);
            over.store(true, Ordering::Relaxed);
            threads.into_iter().try_for_each(|thread| thread.join().unwrap())?;
            all
        })?;
        let line = |name: &str, all: &Latencies| {
            (format!("{}_p99_{name}", scenario.name), "µs", Goal::None, all.percentile(99.0))
        };
        Ok(vec![
            line("alone", &alone),
            line("beside_slow", &beside_slow?),
            line("beside_large", &beside_large),
        ])
    }
}
