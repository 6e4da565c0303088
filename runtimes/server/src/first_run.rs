//! `brigade serve` without a configuration: a store in a directory, a bucket `demo` that anyone may read, one key.
//!
//! It goes the way of every configuration: a document is written and read like a file, so nothing here is special.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use brigade_config::{Config, Sources};
use serde::Deserialize;

use crate::clock;
use crate::keygen::session_key;

/// Where the data is kept if nobody says.
pub(crate) const DIRECTORY: &str = "./brigade-data";

/// The key's file in it.
const KEY_FILE: &str = "key.toml";

const DOCUMENT: &str = r#"
[backends.local]
type = "embedded"
path = "${env:DIRECTORY}"

[buckets.demo]
backend = "local"
public = ["read", "list"]

[keys.KEY_ID]
secret = "${env:SECRET}"
grants = [{ bucket = "*", actions = ["read", "list", "write", "delete"] }]

[sessions]
keys = ["${env:SESSION_KEY}"]
"#;

/// A directory with its key.
pub(crate) struct FirstRun {
    directory: String,
    key: Key,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    access_key_id: String,
    secret_access_key: String,
    /// Seals sessions. Files of before there were sessions have none.
    #[serde(default)]
    session_key: Option<String>,
}

impl FirstRun {
    /// Makes the directory and the key in it, if they are not there.
    ///
    /// # Errors
    /// What failed, and what to do about it.
    pub(crate) fn prepare(directory: &Path) -> Result<Self, String> {
        let name = directory.display();
        let path =
            directory.to_str().ok_or_else(|| format!("{name}: choose a directory whose name is Unicode"))?;
        let unwritable = |error: io::Error| {
            format!(
                "{name}: cannot be written: {error}; choose another directory with --data, or change its permissions"
            )
        };
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(unwritable)?;
        let file = directory.join(KEY_FILE);
        let key = match read(&file) {
            Ok(key) => {
                let key = key?;
                match key.session_key {
                    Some(_) => key,
                    None => {
                        let session_key =
                            session_key().map_err(|error| format!("cannot make a key: {error}"))?;
                        let key = Key { session_key: Some(session_key), ..key };
                        write(&file, &key).map_err(unwritable)?;
                        key
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = Key::new().map_err(|error| format!("cannot make a key: {error}"))?;
                write(&file, &key).map_err(unwritable)?;
                key
            }
            Err(error) => return Err(format!("{}: cannot be read: {error}", file.display())),
        };
        Ok(Self { directory: path.to_owned(), key })
    }

    /// The configuration.
    ///
    /// # Errors
    /// What is wrong with the key's file.
    pub(crate) fn config(&self) -> Result<Config, String> {
        let document = DOCUMENT.replace("KEY_ID", &self.key.access_key_id);
        Config::load(&document, KEY_FILE, self).map_err(|diagnostics| diagnostics.to_string())
    }

    /// What to paste into another shell.
    pub(crate) fn banner(&self, listen: SocketAddr) -> String {
        let Key { access_key_id, secret_access_key, .. } = &self.key;
        let host = match listen.ip().is_unspecified() {
            true => SocketAddr::from(([127, 0, 0, 1], listen.port())),
            false => listen,
        };
        format!(
            "Brigade serves S3 on http://{host}, with its data in {}.\n\
             \n\
             To use it, paste into another shell:\n\
             \n  \
             export AWS_ACCESS_KEY_ID={access_key_id} AWS_SECRET_ACCESS_KEY={secret_access_key} \
             AWS_REGION=us-east-1 AWS_ENDPOINT_URL=http://{host}\n  \
             aws s3 cp README.md s3://demo/\n  \
             aws s3 ls s3://demo/\n\
             \n\
             Anyone may read the bucket `demo`:\n\
             \n  \
             curl http://{host}/demo/README.md\n",
            self.directory
        )
    }
}

impl Sources for FirstRun {
    fn env(&self, name: &str) -> Option<String> {
        match name {
            "DIRECTORY" => Some(self.directory.clone()),
            "SECRET" => Some(self.key.secret_access_key.clone()),
            "SESSION_KEY" => self.key.session_key.clone(),
            _ => None,
        }
    }

    fn file(&self, _: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
}

impl Key {
    fn new() -> io::Result<Self> {
        let id: [u8; 13] = clock::chance()?;
        let secret: [u8; 20] = clock::chance()?;
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let letter =
            |byte: &u8| letters.get(usize::from(byte % 32)).map_or('A', |letter| char::from(*letter));
        Ok(Self {
            access_key_id: "BRIGADE".chars().chain(id.iter().map(letter)).collect(),
            secret_access_key: secret.iter().map(|byte| format!("{byte:02x}")).collect(),
            session_key: Some(session_key()?),
        })
    }
}

/// The key in a file; the outer error is the file's, the inner one its content's.
fn read(file: &Path) -> io::Result<Result<Key, String>> {
    let text = fs::read_to_string(file)?;
    // Copied from somewhere, perhaps, and open to all since.
    fs::set_permissions(file, Permissions::from_mode(0o600))?;
    let name = file.display();
    let wrong = || {
        format!(
            "{name}: it should hold access_key_id (letters and digits) and secret_access_key; delete it for a new key"
        )
    };
    Ok(toml::from_str::<Key>(&text).map_err(|_| wrong()).and_then(|key| {
        let good = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
        if good(&key.access_key_id) && !key.secret_access_key.is_empty() { Ok(key) } else { Err(wrong()) }
    }))
}

/// Writes the key's file as a whole or not at all, for its owner alone.
fn write(file: &Path, key: &Key) -> io::Result<()> {
    let part: PathBuf = file.with_extension("toml.part");
    let mut to = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    to.set_permissions(Permissions::from_mode(0o600))?;
    write!(
        to,
        "# The key of `brigade serve`. Whoever has it may read and write everything here. Delete it for a new one.\n\
         access_key_id = \"{}\"\nsecret_access_key = \"{}\"\n",
        key.access_key_id, key.secret_access_key
    )?;
    if let Some(session_key) = &key.session_key {
        writeln!(to, "session_key = \"{session_key}\"")?;
    }
    to.sync_all()?;
    fs::rename(&part, file)
}

#[cfg(test)]
mod tests;
