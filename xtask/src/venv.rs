//! The Python environment of the conformance cases: `target/venv`, made from pinned versions.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::PathBuf;

use crate::place;
use crate::shell::Shell;

/// The environment's `bin` directory, ready to use. It is made anew only when
/// `conformance/requirements.txt` has changed since.
pub(crate) fn ready(shell: &mut Shell) -> Result<PathBuf, String> {
    let requirements = place::root().join("conformance/requirements.txt");
    let wanted =
        fs::read_to_string(&requirements).map_err(|error| format!("{}: {error}", requirements.display()))?;
    let venv = place::target().join("venv");
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
