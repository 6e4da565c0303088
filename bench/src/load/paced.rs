//! Open loops: how long answers take at a given rate.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::{Client, Failure};
use crate::pattern::Pattern;
use crate::request::{Ask, Shot};

/// How long answers took, in order.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Vec<u32>);

impl Latencies {
    /// What so many percent did not exceed, in microseconds.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let place = (percent / 100.0 * self.0.len() as f64) as usize;
        self.0.get(place.min(self.0.len().saturating_sub(1))).copied().map_or(0.0, f64::from)
    }
}

/// Sends `rate` requests a second for a time. An answer counts from when its request was due, so that one that takes long
/// delays none unseen; a thread that woke late of its own accord counts from when it did.
pub(crate) fn paced(
    to: SocketAddr,
    pattern: &Pattern,
    ask: Ask,
    connections: usize,
    rate: f64,
    time: Duration,
) -> Result<Latencies, Failure> {
    let shots = ask.shots(&to.to_string(), pattern, connections);
    let each = (rate * time.as_secs_f64() / connections as f64) as usize;
    let apart = Duration::from_secs_f64(connections as f64 / rate);
    let begin = Instant::now() + Duration::from_millis(100);
    let all = thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .zip(&shots)
            .map(|(n, shot)| {
                let begin = begin + apart.mul_f64(n as f64 / connections as f64);
                scope.spawn(move || one(to, pattern, shot, begin, apart, each))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Result<Vec<_>, _>>()
    })?;
    let mut all = all.concat();
    all.sort_unstable();
    Ok(Latencies(all))
}

fn one(
    to: SocketAddr,
    pattern: &Pattern,
    shot: &Shot,
    begin: Instant,
    apart: Duration,
    count: usize,
) -> Result<Vec<u32>, Failure> {
    let mut client = Client::connect(to, pattern)?;
    client.fire(shot)?;
    let (mut took, mut free) = (Vec::with_capacity(count), Instant::now());
    for n in 0..count {
        let due = begin + apart * u32::try_from(n).unwrap_or(u32::MAX);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let from = if free > due { due } else { Instant::now() };
        client.fire(shot)?;
        free = Instant::now();
        took.push(u32::try_from((free - from).as_micros()).unwrap_or(u32::MAX));
    }
    Ok(took)
}
