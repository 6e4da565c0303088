//! The file that says what was revoked.
//!
//! ```toml
//! sessions = ["ASIAEXAMPLEEXAMPLE22"]                       # by access key id
//! before   = 2026-11-21T12:00:00Z                           # every session that was issued before
//!
//! [[roles]]
//! role   = "github"
//! before = 2026-11-21T12:00:00Z                             # without it: whenever issued
//!
//! [[subjects]]
//! issuer  = "https://token.actions.githubusercontent.com"
//! subject = "repo:org/app:ref:refs/heads/main"
//!
//! [[keys]]
//! key = "AKIDEXAMPLE"
//! ```

use std::collections::HashMap;
use std::path::Path;

use brigade_identity::{Revocations, SessionId};
use brigade_sigv4::Timestamp;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::found::Found;
use crate::{plain, tree};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct File {
    sessions: Vec<String>,
    before: Option<Moment>,
    roles: Vec<Role>,
    subjects: Vec<Subject>,
    keys: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Role {
    role: Box<str>,
    before: Option<Moment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    issuer: Box<str>,
    subject: Box<str>,
    before: Option<Moment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    key: Box<str>,
    before: Option<Moment>,
}

/// A date of TOML, or a text with one.
#[derive(Deserialize)]
struct Moment(String);

/// What such a file may hold, in bytes.
pub const REVOCATIONS_LIMIT: usize = 4 * 1024 * 1024;

/// The key under which a runtime without files keeps what the configuration calls a file: its last part.
#[must_use]
pub fn kept_as(file: &Path) -> Box<str> {
    file.file_name().map_or_else(|| "revoked.toml".into(), |name| name.to_string_lossy().into())
}

/// Reads a list of revocations, TOML or JSON.
///
/// # Errors
/// What is wrong with it, for the log. Nothing of it counts then: half a list would let through what the other half revokes.
pub fn revocations(text: &str) -> Result<Revocations, String> {
    if text.len() > REVOCATIONS_LIMIT {
        return Err(format!("it has more than {REVOCATIONS_LIMIT} bytes"));
    }
    let mut found = Vec::new();
    let tree = tree::read(text, &mut found);
    if let Some(Found { problem, .. }) = found.first() {
        return Err(problem.to_string());
    }
    let tree = tree.ok_or("it is neither TOML nor JSON")?;
    let file: File = plain::read(plain::value(&tree)).map_err(|_| {
        "it has something in it besides sessions, before, roles, subjects and keys, or something of another form"
    })?;
    let mut list =
        Revocations { all: file.before.map(|it| it.read()).transpose()?, ..Revocations::default() };
    for key_id in file.sessions {
        let id = SessionId::of_key_id(&key_id);
        list.sessions.insert(id.ok_or_else(|| format!("{key_id:?} is not the access key id of a session"))?);
    }
    for Role { role, before } in file.roles {
        later(&mut list.roles, role, before)?;
    }
    for Subject { issuer, subject, before } in file.subjects {
        later(&mut list.subjects, (issuer, subject), before)?;
    }
    for Key { key, before } in file.keys {
        later(&mut list.keys, key, before)?;
    }
    Ok(list)
}

/// Of two moments for the same, the later one revokes more.
fn later<K: std::hash::Hash + Eq>(
    map: &mut HashMap<K, Timestamp>,
    key: K,
    before: Option<Moment>,
) -> Result<(), String> {
    let moment = before.map_or(Ok(Timestamp::from_unix(u64::MAX)), |moment| moment.read())?;
    let held = map.entry(key).or_insert(moment);
    *held = (*held).max(moment);
    Ok(())
}

impl Moment {
    fn read(&self) -> Result<Timestamp, String> {
        let Self(text) = self;
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok();
        moment
            .and_then(|moment| u64::try_from(moment.unix_timestamp()).ok())
            .map(Timestamp::from_unix)
            .ok_or_else(|| format!("{text:?} is not a moment; write it as 2026-11-21T12:00:00Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_from_toml_and_from_json() {
        let toml = r#"
            sessions = ["ASIAMZXW6YTBOJTG633C"]
            before = 1970-01-01T00:01:40Z
            [[roles]]
            role = "github"
            before = "1970-01-01T00:03:20Z"
            [[roles]]
            role = "github"
            before = 1970-01-01T00:00:01Z
            [[subjects]]
            issuer = "https://i"
            subject = "s"
            [[keys]]
            key = "AKID"
            before = 1970-01-01T01:00:10+01:00
        "#;
        let json = r#" {"sessions":["ASIAMZXW6YTBOJTG633C"],"before":"1970-01-01T00:01:40Z",
            "roles":[{"role":"github","before":"1970-01-01T00:03:20Z"}],
            "subjects":[{"issuer":"https://i","subject":"s"}],
            "keys":[{"key":"AKID","before":"1970-01-01T00:00:10Z"}]}"#;
        let list = revocations(toml).unwrap();
        assert_eq!(list, revocations(json).unwrap());
        let at = Timestamp::from_unix;
        assert_eq!(list.all, Some(at(100)));
        assert_eq!(list.roles, HashMap::from([("github".into(), at(200))]));
        assert_eq!(list.subjects, HashMap::from([(("https://i".into(), "s".into()), at(u64::MAX))]));
        assert_eq!(list.keys, HashMap::from([("AKID".into(), at(10))]));
        assert_eq!(revocations("").unwrap(), Revocations::default());
    }

    #[test]
    fn half_a_list_is_none() {
        for text in [
            "session = []",
            "sessions = [\"AKIA\"]",
            "before = \"yesterday\"",
            "before = 2026-11-21",
            "[[roles]]\nname = \"a\"",
            "[[subjects]]\nsubject = \"s\"",
            "{\"sessions\": [",
            "{} {}",
        ] {
            assert!(revocations(text).is_err(), "{text}");
        }
    }
}
