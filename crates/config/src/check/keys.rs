//! The section `keys`.

use std::collections::HashMap;
use std::sync::Arc;

use brigade_gateway::Key;
use brigade_sigv4::{SecretKey, Timestamp};

use super::Check;
use super::policies::Holder;
use crate::moment::moment;
use crate::plain::Named;
use crate::{KeyPath, Problem, document};

impl Check<'_> {
    pub(super) fn keys(&mut self, section: Named<document::Key>) -> HashMap<Box<str>, Key> {
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
        let written = self.written(path);
        self.good(path, moment(text).ok_or(Problem::Moment { written }))
    }
}
