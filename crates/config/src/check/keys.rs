//! The section `keys`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use brigade_gateway::Key;
use brigade_policy::{DocumentPath, Grant, Policy};
use brigade_sigv4::{SecretKey, Timestamp};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Check;
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
        let written = |key: &str| self.tree.find(&path).is_some_and(|node| node.entry(key).is_some());
        match (written("grants"), written("policy")) {
            (true, true) => self.problem(&path, Problem::GrantsAndPolicy),
            (false, false) => self.problem(&path, Problem::NoGrants),
            (true, false) | (false, true) => {}
        }
        let policy = match (key.grants, key.policy) {
            (Some(grants), _) => self.grants(&path.key("grants"), grants),
            (None, Some(policy)) => self.policy(&path.key("policy"), &policy),
            (None, None) => Policy::default(),
        };
        Key { secret: SecretKey::new(key.secret), policy: Arc::new(policy), disabled: key.disabled, expires }
    }

    fn moment(&mut self, path: &KeyPath, text: &str) -> Option<Timestamp> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok();
        let moment =
            moment.and_then(|moment| u64::try_from(moment.unix_timestamp()).ok()).map(Timestamp::from_unix);
        let written = self.written(path);
        self.good(path, moment.ok_or(Problem::Moment { written }))
    }

    fn grants(&mut self, path: &KeyPath, grants: Vec<document::Grant>) -> Policy {
        let grants = grants.into_iter().enumerate();
        Policy::from_grants(
            grants.map(|(index, grant)| self.grant(&path.index(index), grant)).collect::<Vec<_>>(),
        )
    }

    fn grant(&mut self, path: &KeyPath, grant: document::Grant) -> Grant {
        let bucket_path = path.key("bucket");
        if grant.bucket.is_empty() {
            self.problem(&bucket_path, Problem::Empty);
        } else if grant.bucket.contains(['{', '}']) {
            self.problem(&bucket_path, Problem::GrantPattern);
        } else if let Some((bucket, prefix)) = grant.bucket.split_once('/') {
            let (bucket, prefix) = (bucket.to_owned(), format!("{}/", prefix.trim_end_matches('/')));
            self.problem(&bucket_path, Problem::GrantPath { bucket, prefix });
        } else if !grant.bucket.contains('*') && !self.is_bucket(&grant.bucket) {
            let written = self.written(&bucket_path);
            let meant = self.meant("buckets", &written);
            self.problem(&bucket_path, Problem::NoBucket { written, meant });
        }
        self.prefix(&path.key("prefix"), &grant.prefix);
        let actions_path = path.key("actions");
        if grant.actions.is_empty() {
            self.problem(&actions_path, Problem::NoActions);
        }
        let mut actions = Vec::new();
        for (index, action) in grant.actions.iter().enumerate() {
            let place = actions_path.index(index);
            let action = match self.action(&place, &action.0) {
                Ok(action) if !grant.prefix.is_empty() && action.needs_whole_bucket() => {
                    Err(Problem::WholeBucket(action))
                }
                other => other,
            };
            actions.extend(self.good(&place, action));
        }
        Grant { bucket: grant.bucket, prefix: grant.prefix, actions }
    }

    fn policy(&mut self, path: &KeyPath, document: &document::PolicyDocument) -> Policy {
        let path_of = |steps: &KeyPath| KeyPath(path.0.iter().chain(&steps.0).cloned().collect());
        for (place, resource) in resources(&document.0) {
            if let Some(bucket) = named_bucket(resource).filter(|bucket| !self.is_bucket(bucket)) {
                let refers = self.written(&path_of(&place)) != resource;
                let written = if refers { self.written(&path_of(&place)) } else { bucket.to_owned() };
                let meant = self.meant("buckets", &written);
                self.problem(&path_of(&place), Problem::NoBucket { written, meant });
            }
        }
        Policy::from_document(&document.0).unwrap_or_else(|mistakes| {
            for error in mistakes {
                let DocumentPath(steps) = error.path;
                let place = path_of(&KeyPath(steps));
                let written = self.written(&place);
                let refers = ["${env:", "${file:"].iter().any(|reference| written.contains(reference));
                let mistake = if refers { error.mistake.quoting(&written) } else { error.mistake };
                self.problem(&place, Problem::Policy(mistake));
            }
            Policy::default()
        })
    }
}

/// Every resource of a policy document, and its place; what is not a document has none.
fn resources(document: &Value) -> Vec<(KeyPath, &str)> {
    let statements = each(&KeyPath::default(), document, "Statement");
    let resources = statements.into_iter().flat_map(|(path, statement)| each(&path, statement, "Resource"));
    resources.filter_map(|(path, resource)| Some((path, resource.as_str()?))).collect()
}

/// The one value under a key, or each of the list under it.
fn each<'v>(path: &KeyPath, table: &'v Value, key: &str) -> Vec<(KeyPath, &'v Value)> {
    let path = path.key(key);
    match table.get(key) {
        Some(Value::Array(items)) => {
            items.iter().enumerate().map(|(index, item)| (path.index(index), item)).collect()
        }
        Some(one) => vec![(path, one)],
        None => Vec::new(),
    }
}

/// The bucket that an ARN names, unless by a pattern.
fn named_bucket(arn: &str) -> Option<&str> {
    let name = arn.strip_prefix("arn:aws:s3:::")?;
    let bucket = name.split_once('/').map_or(name, |(bucket, _)| bucket);
    (!bucket.is_empty() && !bucket.contains(['*', '?', '$'])).then_some(bucket)
}
