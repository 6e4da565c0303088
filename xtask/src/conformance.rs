//! The conformance cases: builds the server, makes the Python environment, runs pytest.

use std::ffi::OsStr;

use crate::shell::Shell;
use crate::{node, place, venv};

/// `--backend NAME` (repeatable), `--large`, `--browser`, `--direct`, `--release`; the rest goes to pytest (`-k …`).
pub(crate) fn run(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    cases(shell, args, &[])
}

/// The same, with variables besides those that every run needs.
pub(crate) fn cases(shell: &mut Shell, args: &[String], more: &[(&str, &OsStr)]) -> Result<(), String> {
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
    let provider = node::ready(shell, "conformance/oidc", place::cache()?.join("oidc"))?;

    let mut pytest: Vec<String> =
        ["-m", "pytest", "-c", "conformance/pytest.ini", "--rootdir", "conformance"]
            .map(String::from)
            .to_vec();
    if args.iter().all(|arg| arg.starts_with('-') || !arg.contains(".py")) {
        pytest.push("conformance/cases".to_owned());
    }
    pytest.extend(passed_on);
    let mut env: Vec<(&str, &OsStr)> = vec![("BRIGADE_BIN", brigade.as_os_str())];
    match &provider {
        Some(packages) => env.push(("BRIGADE_OIDC_PACKAGES", packages.as_os_str())),
        None => crate::print("   there is no npm: the cases with an OpenID Connect provider are left out\n"),
    }
    env.extend(more);
    shell.run(bin.join("python"), &pytest, &env)
}
