//! The configuration file, read from this machine.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use brigade_config::{Config, Diagnostic, Problem, Sources};
use brigade_identity::federation::Federation;

use crate::{AwsLc, clock};

/// This machine's environment and files.
#[derive(Debug)]
pub(crate) struct Machine;

impl Sources for Machine {
    fn env(&self, name: &str) -> Option<String> {
        clock::environment(name)
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        std::fs::read_to_string(path)
    }
}

/// Reads a configuration file.
///
/// # Errors
/// What is wrong with it, each on a line of its own.
pub(crate) fn read(path: &Path) -> Result<Config, String> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: cannot be read: {error}"))?;
    let config = Config::load(&text, &name, &Machine).map_err(|diagnostics| diagnostics.to_string())?;
    let mode = std::fs::metadata(path).map_err(|error| format!("{name}: {error}"))?.permissions().mode();
    // Only the file's own text can give a secret away, so one that refers to the environment may be read by all.
    if mode & 0o004 != 0 && config.holds_secrets {
        let problem = Problem::WorldReadable { path: name.clone() };
        return Err(Diagnostic::of_file(&name, problem).to_string());
    }
    for (index, key) in config.federation.iter().flat_map(Federation::keys).enumerate() {
        AwsLc::prove(key).map_err(|why| format!("{name}: federation.keys[{index}]: {why}"))?;
    }
    Ok(config)
}

/// `brigade check`.
pub(crate) fn check(path: &Path) -> Result<String, String> {
    let config = read(path)?;
    let stores = config.embedded.len();
    let name = path.display();
    Ok(format!("{name}: ok: listens on {}, {stores} embedded store{}", config.server.listen, plural(stores)))
}

/// `brigade check --workers`: what is otherwise in a Worker than here, after what is wrong everywhere.
pub(crate) fn check_for_workers(path: &Path) -> Result<String, String> {
    read(path)?;
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: cannot be read: {error}"))?;
    let looked = brigade_config::for_workers(&text, &name);
    if !looked.is_good() {
        return Err(looked.wrong.to_string());
    }
    let mut lines = vec![format!("{name}: ok for a Worker")];
    lines.extend(looked.notes.0.iter().map(ToString::to_string));
    lines.extend(looked.variables.iter().map(|name| format!("to be set: npx wrangler secret put {name}")));
    Ok(lines.join("\n"))
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
