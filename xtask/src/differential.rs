//! The differential run: generated requests to a store directly and through the server, and what differs.

use std::ffi::{OsStr, OsString};

use crate::shell::Shell;
use crate::{place, venv};

/// `--store NAME` (repeatable), `--requests N`, `--seed X`.
pub(crate) fn run(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    shell.cargo(&["build", "-p", "brigade-server"])?;
    let brigade = place::target().join("debug/brigade");
    let conformance = place::root().join("conformance");
    let bin = venv::ready(shell)?;
    let mut words: Vec<OsString> = ["-m", "differential"].map(OsString::from).to_vec();
    words.extend(args.iter().map(OsString::from));
    let env: [(&str, &OsStr); 2] =
        [("BRIGADE_BIN", brigade.as_os_str()), ("PYTHONPATH", conformance.as_os_str())];
    shell.run(bin.join("python"), &words, &env)
}
