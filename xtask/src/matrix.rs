//! The client matrix: installs the clients, builds the server, runs every client directly and through it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::Shell;
use crate::{node, place, venv};

/// `--store NAME`, `--client NAME` (both repeatable), `--full`, `--table FILE`.
pub(crate) fn run(shell: &mut Shell, args: &[String]) -> Result<(), String> {
    clients(shell, args, &[])
}

/// The same, with variables besides those that every run needs.
pub(crate) fn clients(shell: &mut Shell, args: &[String], more: &[(&str, &OsStr)]) -> Result<(), String> {
    shell.cargo(&["build", "-p", "brigade-server"])?;
    let brigade = place::target().join("debug/brigade");
    let aws = venv::ready(shell)?.join("aws");
    let conformance = place::root().join("conformance");
    let home = home()?;
    let python = python(shell)?;
    let packages = node::ready(shell, "conformance/matrix/javascript", home.join("node"))?;

    let rust = if args.iter().any(|arg| arg == "--full") { Some(rust_clients(shell, &home)?) } else { None };

    let mut words: Vec<OsString> = ["-m", "matrix"].map(OsString::from).to_vec();
    words.extend(args.iter().map(OsString::from));
    let mut env: Vec<(&str, &OsStr)> = vec![
        ("BRIGADE_BIN", brigade.as_os_str()),
        ("BRIGADE_AWS", aws.as_os_str()),
        ("PYTHONPATH", conformance.as_os_str()),
    ];
    env.extend(more);
    if let Some(packages) = &packages {
        env.push(("BRIGADE_NODE_PACKAGES", packages.as_os_str()));
    }
    if let Some(rust) = &rust {
        env.push(("BRIGADE_RUST_CLIENTS", rust.as_os_str()));
    }
    shell.run(python, &words, &env)
}

/// The Python that has the clients.
pub(crate) fn python(shell: &mut Shell) -> Result<PathBuf, String> {
    let requirements = place::root().join("conformance/matrix/requirements.txt");
    Ok(venv::of(shell, requirements, home()?.join("venv"))?.join("python"))
}

/// Where the clients are kept.
fn home() -> Result<PathBuf, String> {
    let home = place::cache()?.join("matrix");
    fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    Ok(home)
}

/// The driver of the clients in Rust: a package of its own, outside of the workspace.
fn rust_clients(shell: &mut Shell, home: &Path) -> Result<PathBuf, String> {
    let manifest = place::root().join("conformance/matrix/rust/Cargo.toml");
    let target = home.join("rust");
    let args = ["build", "--quiet", "--locked", "--manifest-path"].map(OsString::from);
    let args: Vec<_> = args.into_iter().chain([manifest.into_os_string()]).collect();
    shell.run("cargo", &args, &[("CARGO_TARGET_DIR", target.as_os_str())])?;
    Ok(target.join("debug/brigade-matrix-clients"))
}
