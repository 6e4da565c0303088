//! The section `keys`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use brigade_gateway::Key;
use brigade_sigv4::{SecretKey, Timestamp};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Check;
use super::policies::Holder;
use crate::{KeyPath, Problem, document};

impl Check<'_> {
    pub(super) fn keys(&mut self, section: BTreeMap<String, document::Key>) -> HashMap<Box<str>, Key> {
        section.into_iter().map(|(id, key)| (id.as_str().into(), self.key(&id, key))).collect()
    }

    fn key(&mut self, id: &str, key: document::Key) -> Key {
        let path = KeyPath::of(["keys", id]);
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if !(3..=128).contains(&id.len()) || !id.bytes().all(plain) {
            self.problem(&path, Problem::KeyId);
        }
        self.solid(&path.key("secret"), &key.secret);
        let expires = key.expires.and_then(|expires| self.moment(&path.key("expires"), &expires));
        let policy = self.given(&path, key.grants, key.policy, Holder::Key);
        Key { secret: SecretKey::new(key.secret), policy: Arc::new(policy), disabled: key.disabled, expires }
    }

    fn moment(&mut self, path: &KeyPath, text: &str) -> Option<Timestamp> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok();
        let moment =
            moment.and_then(|moment| u64::try_from(moment.unix_timestamp()).ok()).map(Timestamp::from_unix);
        let written = self.written(path);
        self.good(path, moment.ok_or(Problem::Moment { written }))
    }
}
