//! Credentials that the gateway gave, kept until shortly before they expire.
//!
//! The file is what a `credential_process` prints, so what is kept and what is shown cannot differ.
//! Source: <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sourcing-external.html>.

use std::path::{Path, PathBuf};

use brigade_sigv4::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::private;
use super::secret::Secret;
use super::trouble::Trouble;

/// Seconds before their end from which credentials are replaced: an upload that begins with them should end with them.
const AHEAD: u64 = 300;

/// Temporary credentials.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "it holds secrets")]
pub(super) struct Given {
    pub(super) key_id: String,
    pub(super) secret: Secret,
    pub(super) session: Secret,
    /// In seconds since the epoch.
    pub(super) expires: u64,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    version: u8,
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    expiration: String,
}

impl Given {
    /// As AWS's tools read it from a `credential_process`.
    pub(super) fn process_output(&self) -> String {
        let written = serde_json::json!({
            "Version": 1,
            "AccessKeyId": self.key_id,
            "SecretAccessKey": self.secret.expose(),
            "SessionToken": self.session.expose(),
            "Expiration": Timestamp::from_unix(self.expires).iso8601(),
        });
        written.to_string()
    }

    fn read(text: &str) -> Option<Self> {
        let written: Written = serde_json::from_str(text).ok()?;
        let expires = Timestamp::parse_iso8601(&written.expiration)?.as_unix();
        Some(Self {
            key_id: written.access_key_id,
            secret: Secret::new(written.secret_access_key),
            session: Secret::new(written.session_token),
            expires,
        })
        .filter(|_| written.version == 1)
    }

    /// Whether they last for a while yet.
    pub(super) fn is_fresh(&self, now: u64) -> bool {
        self.expires > now.saturating_add(AHEAD)
    }

    /// Whether they can still be used, if there are no others to be had.
    pub(super) fn is_alive(&self, now: u64) -> bool {
        self.expires > now.saturating_add(30)
    }
}

/// The place of one kind of credentials in a folder.
#[derive(Debug)]
pub(super) struct Place {
    file: PathBuf,
    pub(super) lock: PathBuf,
}

impl Place {
    /// The place of what `parts` tell apart: whoever differs in one of them gets other credentials.
    pub(super) fn of(folder: &Path, parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let name: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self { file: folder.join(format!("{name}.json")), lock: folder.join(format!("{name}.lock")) }
    }

    /// What is kept there. What cannot be read as such counts as nothing: it is only a cache.
    pub(super) fn load(&self) -> Result<Option<Given>, Trouble> {
        Ok(private::read(&self.file)?.and_then(|text| Given::read(&text)))
    }

    pub(super) fn save(&self, given: &Given) -> Result<(), Trouble> {
        private::write(&self.file, &given.process_output())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(expires: u64) -> Given {
        Given {
            key_id: "ID".to_owned(),
            secret: Secret::new("SECRET"),
            session: Secret::new("SESSION"),
            expires,
        }
    }

    #[test]
    fn credentials_are_replaced_five_minutes_ahead() {
        for (expires, fresh, alive) in [
            (10_000, true, true),
            (1_301, true, true),
            (1_300, false, true),
            (1_030, false, false),
            (900, false, false),
        ] {
            let given = given(expires);
            assert_eq!((given.is_fresh(1_000), given.is_alive(1_000)), (fresh, alive), "{expires}");
        }
    }

    #[test]
    fn what_differs_in_anything_has_another_place() {
        let folder = Path::new("/x");
        let places = [&["a", "bc"][..], &["ab", "c"], &["a", "bc", ""], &["a", "bd"], &["bc", "a"]];
        let mut files: Vec<_> = places.iter().map(|parts| Place::of(folder, parts).file).collect();
        files.sort();
        files.dedup();
        assert_eq!(files.len(), places.len());
    }

    #[test]
    fn credentials_are_read_as_they_were_written_and_a_broken_file_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::of(folder.path(), &["x"]);
        assert!(place.load().unwrap().is_none());
        place.save(&given(1_414_191_623)).unwrap();
        let read = place.load().unwrap().unwrap();
        assert_eq!((read.key_id.as_str(), read.expires), ("ID", 1_414_191_623));
        assert_eq!((read.secret.expose(), read.session.expose()), ("SECRET", "SESSION"));
        for text in ["", "{}", "{\"Version\":2}", "null"] {
            private::write(&place.file, text).unwrap();
            assert!(place.load().unwrap().is_none(), "{text}");
        }
    }
}
