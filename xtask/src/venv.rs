//! Python environments, made from pinned versions: that of the conformance cases is `target/venv`.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::PathBuf;

use crate::place;
use crate::shell::Shell;

/// The `bin` directory of the conformance cases' environment, ready to use.
pub(crate) fn ready(shell: &mut Shell) -> Result<PathBuf, String> {
    of(shell, place::root().join("conformance/requirements.txt"), place::target().join("venv"))
}

/// The `bin` directory of the environment `venv`, ready to use. It is made anew only when `requirements` has changed since.
pub(crate) fn of(shell: &mut Shell, requirements: PathBuf, venv: PathBuf) -> Result<PathBuf, String> {
    let wanted =
        fs::read_to_string(&requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
    let bin = venv.join("bin");
    let stamp = venv.join("installed-requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(bin);
    }
    if venv.exists() {
        fs::remove_dir_all(&venv).map_err(|error| format!("{}: {error}", venv.display()))?;
    }
    let make: [&OsStr; 3] = [OsStr::new("-m"), OsStr::new("venv"), venv.as_os_str()];
    shell.run("python3", &make, &[]).map_err(|error| {
        format!("{error}; the conformance cases need Python 3.10 or newer with its venv module (Debian: python3-venv)")
    })?;
    let mut install: Vec<OsString> = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
        .into_iter()
        .map(OsString::from)
        .collect();
    install.push(requirements.into_os_string());
    shell.run(bin.join("python"), &install, &[])?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(bin)
}
