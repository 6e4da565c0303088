//! What the stages of a request cost: `cargo xtask bench [NAME]`.
//!
//! Each stage is run for a tenth of a second in each of several rounds, which are interleaved so that a busy machine slows all of
//! them alike. Printed are the least, the median and the most of the rounds, in nanoseconds of this thread's CPU time for one run
//! (Linux's `schedstat`: what others take of the processor does not count). Nothing is asserted.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, prints, and stops when its fixture is broken"
)]

mod policy;
mod session;

use std::time::{Duration, Instant};

/// One stage, and how to run it once.
struct Stage {
    name: &'static str,
    run: Box<dyn FnMut()>,
}

impl Stage {
    fn new<T>(name: &'static str, mut run: impl FnMut() -> T + 'static) -> Self {
        Self { name, run: Box::new(move || drop(std::hint::black_box(run()))) }
    }

    /// Nanoseconds for one run, over a tenth of a second.
    fn round(&mut self) -> f64 {
        let (began, before, mut runs) = (Instant::now(), on_cpu(), 0_u32);
        while began.elapsed() < Duration::from_millis(100) {
            for _ in 0..256 {
                (self.run)();
            }
            runs += 256;
        }
        (on_cpu() - before) / f64::from(runs)
    }
}

/// Nanoseconds that this thread has been on a processor.
fn on_cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts a thread's time");
    text.split_whitespace().next().unwrap().parse().unwrap()
}

const ROUNDS: usize = 9;

fn main() {
    let only = std::env::args().nth(1).unwrap_or_default();
    let mut stages: Vec<Stage> = session::stages().into_iter().chain(policy::stages()).collect();
    stages.retain(|stage| stage.name.contains(&only));
    let mut rounds: Vec<Vec<f64>> = vec![Vec::new(); stages.len()];
    for _ in 0..ROUNDS {
        for (stage, rounds) in stages.iter_mut().zip(&mut rounds) {
            rounds.push(stage.round());
        }
    }
    println!("{:<52} {:>10} {:>10} {:>10}   ns, of {ROUNDS} rounds", "stage", "min", "median", "max");
    for (stage, mut rounds) in stages.into_iter().zip(rounds) {
        rounds.sort_by(f64::total_cmp);
        let at = |place: usize| rounds.get(place).copied().unwrap_or_default();
        println!("{:<52} {:>10.0} {:>10.0} {:>10.0}", stage.name, at(0), at(ROUNDS / 2), at(ROUNDS - 1));
    }
}
