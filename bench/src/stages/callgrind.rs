//! Instructions of stages: this program run once more, under callgrind, which dumps its counts after each stage.
//!
//! ```text
//! once: warm up ─ prepare ─► measured (counted, then dumped) ─ next stage …
//! ```

use std::path::Path;
use std::process::{Command, Stdio};

use crate::stage::{Run, Stage};

/// The flag of the run under callgrind.
pub(crate) const ONCE: &str = "--once";

/// Runs that are counted together; what the first runs alone do, such as deriving a key, is done before.
const RUNS: u64 = 32;
const WARM: usize = 64;

/// What one run of a stage takes.
#[derive(Clone, Debug)]
pub(crate) struct Count {
    pub(crate) stage: String,
    /// Instructions in all.
    pub(crate) all: u64,
    /// Of them, those of SHA-256: without the processor's instructions for it, which valgrind lacks, so far more than there are.
    pub(crate) hashing: u64,
}

/// Runs every stage, for callgrind to count.
pub(crate) fn once(stages: Vec<Stage>) {
    for mut stage in stages {
        for run in stage.prepare(WARM) {
            run();
        }
        brigade_bench_measured(stage.prepare(usize::try_from(RUNS).unwrap()));
        println!("{}", stage.name);
        brigade_bench_dump();
    }
}

/// What callgrind counts, by its name.
#[inline(never)]
fn brigade_bench_measured(runs: Vec<Run>) {
    for run in runs {
        run();
    }
}

/// Where it dumps what it has counted, by its name: a function that is both counts nothing.
#[inline(never)]
fn brigade_bench_dump() {
    std::hint::black_box(());
}

/// Runs this program under callgrind.
///
/// # Errors
/// That there is no valgrind, or what it said.
pub(crate) fn counts(only: &str, folder: &Path) -> Result<Vec<Count>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let out = folder.join("callgrind.out");
    let done = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*brigade_bench_measured*"])
        .args(["--dump-before=*brigade_bench_dump*", "--compress-strings=no", "--compress-pos=no"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args([ONCE, only])
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| {
            format!("valgrind did not start ({error}): install it (Debian: apt-get install valgrind)")
        })?;
    if !done.status.success() {
        return Err(format!("valgrind: {}", String::from_utf8_lossy(&done.stderr)));
    }
    let names = String::from_utf8_lossy(&done.stdout);
    let part = |number: usize| folder.join(format!("callgrind.out.{number}"));
    names.lines().zip(1..).map(|(name, number)| read(name, &part(number))).collect()
}

fn read(stage: &str, file: &Path) -> Result<Count, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let (mut all, mut hashing, mut hashes, mut call) = (0, 0, false, false);
    for line in text.lines() {
        if let Some(function) = line.strip_prefix("fn=") {
            hashes = function.contains("sha2") || function.contains("sha256");
        } else if line.starts_with("calls=") {
            // The line behind it is the callee's cost, which stands there as well.
            call = true;
        } else if line.starts_with(|c: char| c.is_ascii_digit()) {
            let cost: u64 = line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
            if !std::mem::take(&mut call) {
                all += cost;
                hashing += if hashes { cost } else { 0 };
            }
        }
    }
    Ok(Count { stage: stage.to_owned(), all: all / RUNS, hashing: hashing / RUNS })
}
