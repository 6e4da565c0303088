//! What a key or a role may do: grants, or a policy document.

use brigade_policy::{DocumentError, DocumentPath, Grant, GrantField, Mistake, Policy};
use serde_json::Value;

use super::Check;
use crate::{KeyPath, Problem, document};

/// Who holds a policy, and so what can be known of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// A long-lived key: it has no claims.
    Key,
    /// A role: its sessions have the claims of the tokens they came from.
    Role,
}

impl Check<'_> {
    /// The policy under a path, where one of `grants` and `policy` must stand.
    pub(super) fn given(
        &mut self,
        path: &KeyPath,
        grants: Option<Vec<document::Grant>>,
        policy: Option<document::PolicyDocument>,
        holder: Holder,
    ) -> Policy {
        let written = |key: &str| self.tree.find(path).is_some_and(|node| node.entry(key).is_some());
        match (written("grants"), written("policy")) {
            (true, true) => self.problem(path, Problem::GrantsAndPolicy),
            (false, false) => self.problem(path, Problem::NoGrants),
            (true, false) | (false, true) => {}
        }
        match (grants, policy) {
            (Some(grants), _) => self.grants(&path.key("grants"), grants, holder),
            (None, Some(policy)) => self.policy(&path.key("policy"), &policy, holder),
            (None, None) => Policy::default(),
        }
    }

    fn grants(&mut self, path: &KeyPath, grants: Vec<document::Grant>, holder: Holder) -> Policy {
        let grants = grants.into_iter().enumerate();
        Policy::from_grants(
            grants.map(|(index, grant)| self.grant(&path.index(index), grant, holder)).collect::<Vec<_>>(),
        )
    }

    fn grant(&mut self, path: &KeyPath, grant: document::Grant, holder: Holder) -> Grant {
        let bucket_path = path.key("bucket");
        let fixed = without_variables(&grant.bucket);
        if grant.bucket.is_empty() {
            self.problem(&bucket_path, Problem::Empty);
        } else if fixed.contains(['{', '}']) {
            self.problem(&bucket_path, Problem::GrantPattern);
        } else if let Some((bucket, prefix)) = grant.bucket.split_once('/').filter(|_| fixed.contains('/')) {
            let (bucket, prefix) = (bucket.to_owned(), format!("{}/", prefix.trim_end_matches('/')));
            self.problem(&bucket_path, Problem::GrantPath { bucket, prefix });
        } else if !fixed.contains('*') && fixed == grant.bucket && !self.is_bucket(&grant.bucket) {
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
        let mut claimed = Vec::new();
        claims(&bucket_path, &Value::from(grant.bucket.as_str()), &mut claimed);
        claims(&path.key("prefix"), &Value::from(grant.prefix.as_str()), &mut claimed);
        self.no_claims(holder, claimed);
        let grant = Grant { bucket: grant.bucket, prefix: grant.prefix, actions };
        if let Err((field, mistake)) = grant.check() {
            let place = match field {
                GrantField::Bucket => bucket_path,
                GrantField::Prefix => path.key("prefix"),
            };
            self.mistake(&place, mistake);
        }
        grant
    }

    /// The own policy of a bucket of this name.
    pub(super) fn bucket_policy(
        &mut self,
        path: &KeyPath,
        name: &str,
        document: &document::BucketPolicyDocument,
    ) -> Policy {
        for (place, principal) in principals(&document.0) {
            let bare = principal.strip_prefix("arn:aws:iam::000000000000:").unwrap_or(principal);
            let (section, named) = match bare.split_once('/') {
                Some(("role", role)) => ("roles", role),
                Some(("user", id)) => ("keys", id),
                Some(_) | None => ("keys", bare),
            };
            // What is no name at all is the document's own mistake.
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b);
            if named.bytes().all(plain) && !self.names(section).contains(&named) {
                let place = path.join(&place);
                let meant = self.meant(section, named);
                let written = self.written(&place);
                self.problem(&place, Problem::NoPrincipal { written, meant });
            }
        }
        self.read_policy(path, Policy::of_bucket(name, &document.0))
    }

    /// Reports the mistakes of a document.
    fn read_policy(&mut self, path: &KeyPath, policy: Result<Policy, Vec<DocumentError>>) -> Policy {
        policy.unwrap_or_else(|mistakes| {
            for error in mistakes {
                let DocumentPath(steps) = error.path;
                self.mistake(&path.join(&KeyPath(steps)), error.mistake);
            }
            Policy::default()
        })
    }

    /// Reports a mistake without quoting what a reference was replaced with.
    fn mistake(&mut self, place: &KeyPath, mistake: Mistake) {
        let written = self.written(place);
        let refers = ["${env:", "${file:"].iter().any(|reference| written.contains(reference));
        self.problem(place, Problem::Policy(if refers { mistake.quoting(&written) } else { mistake }));
    }

    /// Reports the claims in the policy of who has none.
    fn no_claims(&mut self, holder: Holder, claimed: Vec<KeyPath>) {
        match holder {
            Holder::Role => {}
            Holder::Key => claimed.iter().for_each(|place| self.problem(place, Problem::NoClaims)),
        }
    }

    fn policy(&mut self, path: &KeyPath, document: &document::PolicyDocument, holder: Holder) -> Policy {
        let mut claimed = Vec::new();
        claims(path, &document.0, &mut claimed);
        self.no_claims(holder, claimed);
        for (place, resource) in resources(&document.0) {
            if let Some(bucket) = named_bucket(resource).filter(|bucket| !self.is_bucket(bucket)) {
                let refers = self.written(&path.join(&place)) != resource;
                let written = if refers { self.written(&path.join(&place)) } else { bucket.to_owned() };
                let meant = self.meant("buckets", &written);
                self.problem(&path.join(&place), Problem::NoBucket { written, meant });
            }
        }
        self.read_policy(path, Policy::from_document(&document.0))
    }
}

/// The text without its policy variables.
fn without_variables(text: &str) -> String {
    let mut parts = text.split("${");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('}').map_or("", |(_, after)| after))
}

/// Every place of a document where a claim is asked for.
fn claims(path: &KeyPath, value: &Value, found: &mut Vec<KeyPath>) {
    let begins = |key: &str| key.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("jwt:"));
    match value {
        Value::String(text) if text.split("${").skip(1).any(|variable| begins(variable.trim_start())) => {
            found.push(path.clone());
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| claims(&path.index(index), item, found));
        }
        Value::Object(entries) => {
            for (key, value) in entries {
                let path = path.key(key);
                if begins(key) {
                    found.push(path);
                } else {
                    claims(&path, value, found);
                }
            }
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Every resource of a policy document, and its place; what is not a document has none.
fn resources(document: &Value) -> Vec<(KeyPath, &str)> {
    let statements = each(&KeyPath::default(), document, "Statement");
    let resources = statements.into_iter().flat_map(|(path, statement)| {
        ["Resource", "NotResource"].map(|key| each(&path, statement, key)).into_iter().flatten()
    });
    resources.filter_map(|(path, resource)| Some((path, resource.as_str()?))).collect()
}

/// Every principal of a bucket's policy, and its place.
fn principals(document: &Value) -> Vec<(KeyPath, &str)> {
    let statements = each(&KeyPath::default(), document, "Statement");
    let principals = statements
        .into_iter()
        .filter_map(|(path, statement)| Some((path.key("Principal"), statement.get("Principal")?)))
        .flat_map(|(path, principal)| each(&path, principal, "AWS"));
    principals.filter_map(|(path, principal)| Some((path, principal.as_str()?))).collect()
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
