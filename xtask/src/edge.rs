//! The Worker in workerd: the conformance cases unchanged, its answers beside the server's, and what it costs.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::shell::Shell;
use crate::{conformance, matrix, place, venv, workers};

/// What of `conformance` is run besides the cases themselves.
const OWN: &str = "conformance/edge";

/// As `conformance::run`: `--backend NAME` (repeatable), and what pytest takes.
pub(crate) fn run(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    let Some((packages, build)) = ready(shell)? else { return Ok(()) };
    let mut words: Vec<String> = ["--runtime", "workers"].map(String::from).to_vec();
    if args.iter().all(|arg| arg.starts_with('-') || !arg.contains(".py")) {
        words.push(OWN.to_owned());
    }
    words.extend(args.iter().cloned());
    conformance::cases(shell, &words, &variables(&packages, &build))
}

/// As `matrix::run`; of the stores, the quicker one.
pub(crate) fn clients(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    let Some((packages, build)) = ready(shell)? else { return Ok(()) };
    let mut words: Vec<String> = ["--runtime", "edge"].map(String::from).to_vec();
    if args.iter().all(|arg| arg != "--store") {
        words.extend(["--store", "seaweedfs"].map(String::from));
    }
    words.extend(args.iter().cloned());
    matrix::clients(shell, &words, &variables(&packages, &build))
}

/// `--rounds N`, `--requests N`, `--json FILE`.
pub(crate) fn bench(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    let Some((packages, build)) = ready(shell)? else { return Ok(()) };
    let python = venv::ready(shell)?.join("python");
    let workerd = packages.join("node_modules/@cloudflare/workerd-linux-64/bin/workerd");
    let script = place::root().join("bench/workers/run.py");
    let mut words = vec![script.into_os_string(), build.into_os_string(), workerd.into_os_string()];
    words.extend(args.iter().map(OsString::from));
    shell.run(python, &words, &[])
}

/// The folder with Miniflare and workerd, and that of the built Worker; `None` where there is no npm. A run that ran nothing
/// must not read like one in which nothing failed.
fn ready(shell: &mut Shell) -> Result<Option<(PathBuf, PathBuf)>, String> {
    if let Some(packages) = workers::packages(shell)? {
        let build = workers::build(shell)?;
        return Ok(Some((packages, build)));
    }
    let line = "0 passed, 0 failed, 1 skipped in 0.00s (NOT RUN: the Worker, which takes node and npm)";
    crate::print(&format!("{line}\n"));
    shell.tally.read(line);
    Ok(None)
}

fn variables<'a>(packages: &'a Path, build: &'a Path) -> [(&'static str, &'a OsStr); 2] {
    [("BRIGADE_WORKER", build.as_os_str()), ("BRIGADE_WORKERS_PACKAGES", packages.as_os_str())]
}
