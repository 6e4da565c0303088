//! `cargo deny`, at a pinned version, built once into the cache of tools.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::place;
use crate::shell::Shell;

const VERSION: &str = "0.20.2";

/// Checks the dependency tree against `deny.toml`.
pub(crate) fn run(shell: &mut Shell, _: &[String]) -> Result<(), String> {
    let program = ready(shell)?;
    shell.run(program, &["--workspace", "check", "bans", "licenses", "sources"], &[])
}

fn ready(shell: &mut Shell) -> Result<PathBuf, String> {
    let home = place::cache()?.join(format!("cargo-deny-{VERSION}"));
    let program = home.join("bin/cargo-deny");
    if program.is_file() {
        return Ok(program);
    }
    let mut args: Vec<OsString> =
        ["install", "--locked", "--version", VERSION, "cargo-deny", "--root"].map(OsString::from).to_vec();
    args.push(home.into_os_string());
    let build = place::target().join("tools");
    shell.run("cargo", &args, &[("CARGO_TARGET_DIR", build.as_os_str())])?;
    Ok(program)
}
