//! A short run of every fuzz target.
//!
//! `cargo fuzz` without a sanitizer needs no nightly compiler; `unsafe` is forbidden in the code under test, so an
//! address sanitizer would only watch the libraries.

use std::ffi::OsString;
use std::fs;

use crate::shell::Shell;
use crate::{place, tools};

/// Seconds for each target, unless the command line says otherwise.
const SECONDS: &str = "15";

/// Runs each target for a few seconds, or for as many as the first argument says; an input that breaks one is
/// kept in `fuzz/artifacts/` and named in the log.
pub(crate) fn run(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    let seconds = args.first().map_or(SECONDS, String::as_str);
    if seconds.parse::<u32>().is_err() {
        return Err(format!("{seconds:?} is no number of seconds"));
    }
    let program = tools::CARGO_FUZZ.ready(shell)?;
    let build = place::target().join("fuzz");
    let env = [("CARGO_TARGET_DIR", build.as_os_str())];
    shell.run(&program, &["fuzz", "build", "--sanitizer", "none"], &env)?;
    for target in targets()? {
        // What is found goes to a folder of its own: the committed corpus is read, never written.
        let found = build.join("found").join(&target);
        fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
        let mut run: Vec<OsString> =
            ["fuzz", "run", "--sanitizer", "none", &target].map(OsString::from).to_vec();
        run.push(found.into_os_string());
        run.push(place::root().join("fuzz/corpus").join(&target).into_os_string());
        let time = format!("-max_total_time={seconds}");
        run.extend(["--", &time, "-verbosity=0", "-print_final_stats=1"].map(OsString::from));
        shell.run(&program, &run, &env).map_err(|error| format!("target {target}: {error}"))?;
    }
    Ok(())
}

/// The names of the targets, in order.
fn targets() -> Result<Vec<String>, String> {
    let folder = place::root().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let names = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        let is_target = path.extension().is_some_and(|ending| ending == "rs");
        if is_target { Some(path.file_stem()?.to_str()?.to_owned()) } else { None }
    });
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    if names.is_empty() { Err(format!("{} holds no target", folder.display())) } else { Ok(names) }
}
