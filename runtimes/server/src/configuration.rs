//! The configuration file, read from this machine.

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use brigade_config::{Config, Diagnostic, Problem, Sources};

use crate::clock;

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
    if mode & 0o004 != 0 && holds_secrets(&text) {
        let problem = Problem::WorldReadable { path: name.clone() };
        return Err(Diagnostic::of_file(&name, problem).to_string());
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

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Whether a secret is written out in the document, which is TOML or JSON.
fn holds_secrets(text: &str) -> bool {
    let document = toml::from_str::<serde_json::Value>(text).ok().or_else(|| serde_json::from_str(text).ok());
    document.is_none_or(|document| holds(&document))
}

fn holds(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    let written = |name: &str, value: &Value| {
        matches!(name, "secret" | "secret_access_key" | "session_token")
            && value.as_str().is_some_and(|text| !text.contains("${"))
    };
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| written(name, value) || holds(value)),
        Value::Array(elements) => elements.iter().any(holds),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_ops_01_secrets_in_a_world_readable_file_are_seen() {
        for (text, expect) in [
            ("[keys.A]\nsecret = \"abc\"", true),
            ("[keys.A]\nsecret = \"${env:X}\"", false),
            ("[backends.b]\nauth = { access_key_id = \"a\", secret_access_key = \"b\" }", true),
            ("[backends.b]\nauth = { access_key_id = \"a\", secret_access_key = \"${file:/x}\" }", false),
            (r#"{"keys":{"A":{"secret":"abc"}}}"#, true),
            ("[buckets.secret]\nbackend = \"b\"", false),
        ] {
            assert_eq!(holds_secrets(text), expect, "{text}");
        }
    }
}
