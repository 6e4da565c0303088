//! The person's browser.

use std::process::{Command, Stdio};

use crate::clock;

/// Whether a page opened here is likely to be seen: there is a screen, and it is this machine's.
pub(super) fn is_likely() -> bool {
    let set = |name| clock::environment(name).is_some_and(|value| !value.is_empty());
    if set("BROWSER") {
        return true;
    }
    let remote = set("SSH_CONNECTION") || set("SSH_TTY");
    if cfg!(target_os = "macos") { !remote } else { set("DISPLAY") || set("WAYLAND_DISPLAY") }
}

/// Asks the system to open a page; whether anything took it.
pub(super) fn open(url: &str) -> bool {
    let chosen = clock::environment("BROWSER").filter(|program| !program.is_empty());
    let usual = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let program = chosen.as_deref().unwrap_or(usual);
    // Not waited for: a browser may stay as long as its first page does.
    let started = Command::new(program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    started.is_ok()
}
