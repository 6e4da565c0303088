//! `cargo deny`: licences, sources and banned crates.

use crate::shell::Shell;
use crate::tools;

/// Checks the dependency tree against `deny.toml`.
pub(crate) fn run(shell: &mut Shell, _: &[String]) -> Result<(), String> {
    let program = tools::CARGO_DENY.ready(shell)?;
    shell.run(program, &["--workspace", "check", "bans", "licenses", "sources"], &[])
}
