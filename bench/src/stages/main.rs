//! What the stages of a request cost: `cargo xtask bench-stages [NAME]`, and `--count` for instructions instead of time.
//!
//! ```text
//! NAME…     CPU time: 9 interleaved rounds, for a noisy machine a hint
//! --count   instructions under callgrind, which repeat to a few thousandths; beside the committed ones (bench/instructions.txt)
//! ```
//! Time is printed as the least, the median and the most of the rounds, in nanoseconds of this thread's CPU time for one run: what
//! others take of the processor does not count.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, prints, and stops when its fixture is broken"
)]

mod callgrind;
mod counts;
mod line;
mod policy;
mod requests;
mod session;
mod stage;
mod whole;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use stage::Stage;

const ROUNDS: usize = 9;

fn main() -> ExitCode {
    let (flags, names): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let only = names.join(" ");
    match flags.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => time(&only),
        ["--count"] => return counts::report(&only, false),
        ["--count", "--write"] => return counts::report(&only, true),
        [callgrind::ONCE] => callgrind::once(stages(&only)),
        _ => {
            println!("usage: cargo xtask bench-stages [--count [--write]] [NAME]");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// The stages whose names have this in them.
fn stages(only: &str) -> Vec<Stage> {
    let all = line::stages().into_iter().chain(session::stages()).chain(policy::stages());
    all.filter(|stage| stage.name.contains(only)).collect()
}

fn time(only: &str) {
    let mut stages = stages(only);
    let mut rounds: Vec<Vec<f64>> = vec![Vec::new(); stages.len()];
    for _ in 0..ROUNDS {
        for (stage, rounds) in stages.iter_mut().zip(&mut rounds) {
            rounds.push(round(stage));
        }
    }
    println!("{:<52} {:>10} {:>10} {:>10}   ns, of {ROUNDS} rounds", "stage", "min", "median", "max");
    for (stage, mut rounds) in stages.into_iter().zip(rounds) {
        rounds.sort_by(f64::total_cmp);
        let at = |place: usize| rounds.get(place).copied().unwrap_or_default();
        println!("{:<52} {:>10.0} {:>10.0} {:>10.0}", stage.name, at(0), at(ROUNDS / 2), at(ROUNDS - 1));
    }
}

/// Nanoseconds for one run, over a twentieth of a second.
fn round(stage: &mut Stage) -> f64 {
    let (began, mut spent, mut runs) = (Instant::now(), 0.0, 0.0);
    while began.elapsed() < Duration::from_millis(50) {
        let batch = stage.prepare(64);
        let before = on_cpu();
        for run in batch {
            run();
            runs += 1.0;
        }
        spent += on_cpu() - before;
    }
    spent / runs
}

/// Nanoseconds that this thread has been on a processor.
fn on_cpu() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}
