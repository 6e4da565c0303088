//! A short run of every fuzz target.
//!
//! `cargo fuzz` without a sanitizer needs no nightly compiler; `unsafe` is forbidden in the code under test, so an
//! address sanitizer would only watch the libraries.

use std::ffi::OsString;
use std::fs;

use crate::shell::Shell;
use crate::{place, tools};

/// What every run of CI tries. One seed, so that a change fails for what it did; but mutations follow the code's own coverage, and
/// another machine may come upon what this one did not.
const SAME: [&str; 3] = ["-seed=1", "-runs=100000", "-max_total_time=60"];

/// Runs each target on the same inputs as ever, or for as many seconds as the first argument says on new ones; an input
/// that breaks one is kept in `fuzz/artifacts/` and named in the log.
pub(crate) fn run(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    let bounds = match args.first() {
        None => SAME.map(OsString::from).to_vec(),
        Some(seconds) if seconds.parse::<u32>().is_ok() => vec![format!("-max_total_time={seconds}").into()],
        Some(other) => return Err(format!("{other:?} is no number of seconds")),
    };
    let program = tools::CARGO_FUZZ.ready(shell)?;
    let build = place::target().join("fuzz");
    let env = [("CARGO_TARGET_DIR", build.as_os_str())];
    shell.run(&program, &["fuzz", "build", "--sanitizer", "none"], &env)?;
    for target in targets()? {
        // What is found goes to a folder of its own: the committed corpus is read, never written.
        let found = build.join("found").join(&target);
        if args.is_empty() && found.exists() {
            fs::remove_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
        }
        fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
        let mut run: Vec<OsString> =
            ["fuzz", "run", "--sanitizer", "none", &target].map(OsString::from).to_vec();
        run.push(found.into_os_string());
        run.push(place::root().join("fuzz/corpus").join(&target).into_os_string());
        run.push("--".into());
        run.extend(bounds.iter().cloned());
        run.extend(["-verbosity=0", "-print_final_stats=1"].map(OsString::from));
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
