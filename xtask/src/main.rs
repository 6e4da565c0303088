//! Chores. `cargo xtask help` lists them.
//!
//! ```text
//! main ── Request ──► steps::ALL, or one of them ──► each: banner, run, duration ──► closing line
//! ```
//! A chore is a list of steps; a step is a name and a function, so every step can be run alone by its
//! name, and a failure says how.
#![allow(
    clippy::disallowed_methods,
    reason = "a chore reads the clock and the environment; nothing embeds it"
)]

mod bench;
mod conformance;
mod deny;
mod differential;
mod edge;
mod fuzz;
mod layering;
mod matrix;
mod node;
mod place;
mod regressions;
mod shell;
mod steps;
mod suites;
mod tally;
mod tools;
mod venv;
mod workers;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use shell::Shell;
use steps::Step;

const USAGE: &str = "\
usage: cargo xtask <chore>

  test | ci     everything CI holds, from first to last; --from STEP resumes there
  tidy          format, then lint

one step alone:
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (chore, rest) = match args.split_first() {
        Some((chore, rest)) => (chore.as_str(), rest),
        None => ("help", [].as_slice()),
    };
    match chore {
        "test" | "ci" => match from(rest) {
            Ok(steps) => run(steps, &[]),
            Err(message) => usage(&message),
        },
        "tidy" => run(steps::TIDY, &[]),
        "help" | "--help" | "-h" => {
            print(&usage_text());
            ExitCode::SUCCESS
        }
        name => match one(name) {
            Some(step) => run(std::slice::from_ref(step), rest),
            None => usage(&format!("no chore is named {name:?}")),
        },
    }
}

/// The step of that name, in a full check or apart from it.
fn one(name: &str) -> Option<&'static Step> {
    steps::ALL.iter().chain(steps::APART).find(|step| step.name == name)
}

/// The steps that `--from STEP` leaves, or all of them.
fn from(args: &[String]) -> Result<&'static [Step], String> {
    let name = match args {
        [] => return Ok(steps::ALL),
        [flag, name] if flag == "--from" => name,
        _ => return Err(format!("not understood: {}", args.join(" "))),
    };
    let at = steps::ALL.iter().position(|step| step.name == name);
    let at = at.ok_or_else(|| format!("no step is named {name:?}"))?;
    Ok(steps::ALL.get(at..).unwrap_or_default())
}

/// Runs the steps in order, stops at the first that fails, and ends with one line in the form of
/// `cargo test`.
fn run(steps: &[Step], args: &[String]) -> ExitCode {
    let began = Instant::now();
    let mut shell = Shell::default();
    for step in steps {
        print(&format!("\n── {}: {}\n", step.name, step.about));
        let step_began = Instant::now();
        let outcome = (step.run)(&mut shell, args);
        let took = step_began.elapsed().as_secs_f64();
        match outcome {
            Ok(()) => print(&format!("── {}: ok in {took:.1} s\n", step.name)),
            Err(message) => {
                let again = std::iter::once(step.name.to_owned()).chain(args.iter().cloned());
                let again: Vec<String> = again.collect();
                shell.tally.count_broken_step();
                print(&format!(
                    "── {}: FAILED after {took:.1} s: {message}\n   this step alone: cargo xtask {}\n",
                    step.name,
                    again.join(" "),
                ));
                print(&shell.tally.closing_line(began.elapsed()));
                return ExitCode::FAILURE;
            }
        }
    }
    print(&shell.tally.closing_line(began.elapsed()));
    ExitCode::SUCCESS
}

fn usage(message: &str) -> ExitCode {
    print(&format!("{message}\n\n{}", usage_text()));
    ExitCode::from(2)
}

fn usage_text() -> String {
    let steps =
        steps::ALL.iter().chain(steps::APART).map(|step| format!("  {:<13} {}\n", step.name, step.about));
    steps.fold(USAGE.to_owned(), |text, line| text + &line)
}

/// Standard output, flushed; a reader that has gone away is no reason to stop.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
