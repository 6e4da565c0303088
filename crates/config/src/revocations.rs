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
use std::hash::Hash;
use std::path::Path;

use brigade_identity::{Revocations, SessionId};
use brigade_sigv4::Timestamp;
use serde_json::Value;

use crate::found::Found;
use crate::moment::moment;
use crate::plain::{Read, Table};
use crate::{plain, tree};

struct File {
    sessions: Vec<String>,
    before: Option<String>,
    roles: Vec<Row<Box<str>>>,
    subjects: Vec<Row<(Box<str>, Box<str>)>>,
    keys: Vec<Row<Box<str>>>,
}

/// Whose sessions, and which: those issued before a moment, or all.
struct Row<K> {
    of: K,
    before: Option<String>,
}

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
    let file = File::read(plain::value(&tree)).map_err(|_| {
        "it has something in it besides sessions, before, roles, subjects and keys, or something of another form"
    })?;
    let all = file.before.as_deref().map(before).transpose()?;
    let mut list = Revocations { all, ..Revocations::default() };
    for key_id in file.sessions {
        let id = SessionId::of_key_id(&key_id);
        list.sessions.insert(id.ok_or_else(|| format!("{key_id:?} is not the access key id of a session"))?);
    }
    later(&mut list.roles, file.roles)?;
    later(&mut list.subjects, file.subjects)?;
    later(&mut list.keys, file.keys)?;
    Ok(list)
}

/// Of two moments for the same, the later one revokes more.
fn later<K: Hash + Eq>(map: &mut HashMap<K, Timestamp>, rows: Vec<Row<K>>) -> Result<(), String> {
    for row in rows {
        let moment = row.before.as_deref().map_or(Ok(Timestamp::from_unix(u64::MAX)), before)?;
        let held = map.entry(row.of).or_insert(moment);
        *held = (*held).max(moment);
    }
    Ok(())
}

/// A date of TOML, or a text with one.
fn before(text: &str) -> Result<Timestamp, String> {
    moment(text).ok_or_else(|| format!("{text:?} is not a moment; write it as 2026-11-21T12:00:00Z"))
}

impl File {
    fn read(value: Value) -> Read<Self> {
        Table::read(value, |table| Self {
            sessions: table.texts("sessions"),
            before: table.maybe_text("before"),
            roles: table.list("roles", |row| Row::read(row, |row| name(row, "role"))),
            subjects: table
                .list("subjects", |row| Row::read(row, |row| (name(row, "issuer"), name(row, "subject")))),
            keys: table.list("keys", |row| Row::read(row, |row| name(row, "key"))),
        })
    }
}

impl<K> Row<K> {
    fn read(value: Value, of: fn(&mut Table) -> K) -> Read<Self> {
        Table::read(value, |row| Self { of: of(row), before: row.maybe_text("before") })
    }
}

fn name(row: &mut Table, key: &str) -> Box<str> {
    row.text(key).into()
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
