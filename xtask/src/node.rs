//! Folders of npm packages, installed from pinned versions.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use crate::place;
use crate::shell::Shell;

/// The packages that `package.json` in the folder `source` of the checkout names, installed in `folder`; exactly those of
/// `package-lock.json`, where that is beside it. `None` where there is no npm: who needs them is left out, and says so.
pub(crate) fn ready(shell: &mut Shell, source: &str, folder: PathBuf) -> Result<Option<PathBuf>, String> {
    if Shell::output("npm", &["--version"]).is_err() {
        return Ok(None);
    }
    let mut wanted = Vec::new();
    for name in ["package.json", "package-lock.json"] {
        let file = place::root().join(source).join(name);
        match fs::read_to_string(&file) {
            Ok(text) => wanted.push((name, text)),
            Err(_) if name == "package-lock.json" => {}
            Err(error) => return Err(format!("{}: {error}", file.display())),
        }
    }
    let all: String = wanted.iter().map(|(_, text)| text.as_str()).collect();
    let stamp = folder.join("installed.json");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == all) {
        return Ok(Some(folder));
    }
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for (name, text) in &wanted {
        let file = folder.join(name);
        fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let how: &[&str] = if wanted.len() == 2 { &["ci"] } else { &["install", "--no-package-lock"] };
    let quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--prefix"];
    let mut words: Vec<OsString> = how.iter().chain(&quiet).map(OsString::from).collect();
    words.push(folder.clone().into_os_string());
    shell.run("npm", &words, &[])?;
    fs::write(&stamp, all).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(Some(folder))
}
