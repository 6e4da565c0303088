//! Public suites of tests for S3, directly and through the server.

use std::ffi::{OsStr, OsString};

use crate::shell::Shell;
use crate::{matrix, place};

/// `--store NAME`, repeatable.
pub(crate) fn run(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    shell.cargo(&["build", "-p", "brigade-server"])?;
    let brigade = place::target().join("debug/brigade");
    let conformance = place::root().join("conformance");
    let python = matrix::python(shell)?;
    let mut words: Vec<OsString> = ["-m", "suites"].map(OsString::from).to_vec();
    words.extend(args.iter().map(OsString::from));
    let env: [(&str, &OsStr); 2] =
        [("BRIGADE_BIN", brigade.as_os_str()), ("PYTHONPATH", conformance.as_os_str())];
    shell.run(python, &words, &env)
}
