//! The conformance cases: builds the server, makes the Python environment, runs pytest.

use crate::shell::Shell;
use crate::{place, venv};

/// `--backend NAME` (repeatable), `--large`, `--browser`, `--direct`, `--release`; the rest goes to pytest (`-k …`).
pub(crate) fn run(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    let large = args.iter().any(|arg| arg == "--large");
    let release = large || args.iter().any(|arg| arg == "--release");
    let passed_on = args.iter().filter(|arg| *arg != "--release").cloned();

    // The profile of `cargo test`, unless asked: everything but the binary itself is built already.
    let (build, folder): (&[&str], _) = if release {
        (&["build", "--release", "-p", "brigade-server"], "release")
    } else {
        (&["build", "-p", "brigade-server"], "debug")
    };
    shell.cargo(build)?;
    let brigade = place::target().join(folder).join("brigade");
    let bin = venv::ready(shell)?;

    let mut pytest: Vec<String> =
        ["-m", "pytest", "-c", "conformance/pytest.ini", "--rootdir", "conformance"]
            .map(String::from)
            .to_vec();
    if args.iter().all(|arg| arg.starts_with('-') || !arg.contains(".py")) {
        pytest.push("conformance/cases".to_owned());
    }
    pytest.extend(passed_on);
    shell.run(bin.join("python"), &pytest, &[("BRIGADE_BIN", brigade.as_os_str())])
}
