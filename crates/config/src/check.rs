//! What the schema cannot say: names that must exist, values with a grammar of their own.

mod backends;
mod buckets;
mod cors;
mod federation;
mod keys;
mod policies;
mod roles;
mod server;
mod sessions;

use std::sync::Arc;

use brigade_policy::{GrantAction, GrantActionError};
use brigade_s3::{Bucket, Mapping, NamePattern};

use crate::found::Found;
use crate::nearest::nearest;
use crate::tree::Node;
use crate::{Config, KeyPath, Problem, document};

/// Compiles what is good of a document. The result is a configuration only if nothing at all was found.
pub(crate) fn compile(
    document: document::Document,
    tree: &Node,
    version: Box<str>,
    found: &mut Vec<Found>,
) -> Config {
    let structural = found.len();
    let mut check = Check { tree, found, structural };
    let server = check.server(document.server);
    let federation = check.federation(document.federation);
    let (backends, mut embedded) = check.backends(document.backends);
    let (buckets, mappings) = check.buckets(document.buckets, &backends);
    for store in &mut embedded {
        // A bucket that clients create is not there before they do.
        let kept = buckets.iter().filter(|bucket| bucket.backend.name == store.name && !bucket.create);
        let mapped = mappings.iter().filter(|mapping| mapping.backend().name == store.name);
        let fixed: Vec<String> = mapped.filter_map(Mapping::fixed_bucket).collect();
        let kept = kept.map(|bucket| &*bucket.stored_as).chain(fixed.iter().map(String::as_str));
        store.buckets = in_order(kept).map(Arc::from).collect();
    }
    let keys = check.keys(document.keys);
    let roles = check.roles(document.roles, document.issuers, &claims(&buckets));
    let (sessions, revocations) = check.sessions(document.sessions);
    let holds_secrets = holds_secrets(tree);
    let sessions = Arc::new(sessions);
    Config {
        version,
        server,
        embedded,
        holds_secrets,
        sessions,
        revocations,
        federation,
        buckets,
        mappings,
        keys,
        roles,
    }
}

/// The claims that the policies of buckets ask for.
fn claims(buckets: &[Bucket]) -> Arc<[Box<str>]> {
    let keys = buckets.iter().flat_map(|bucket| bucket.public.fact_keys());
    in_order(keys.filter_map(|key| key.strip_prefix("jwt:"))).map(Box::from).collect()
}

/// Each text once, in order.
fn in_order<'t>(texts: impl Iterator<Item = &'t str>) -> impl Iterator<Item = &'t str> {
    let mut texts: Vec<&str> = texts.collect();
    texts.sort_unstable();
    texts.dedup();
    texts.into_iter()
}

/// The document as it is written, and what is wrong with it so far.
struct Check<'a> {
    tree: &'a Node,
    found: &'a mut Vec<Found>,
    /// How many of them the structure had.
    structural: usize,
}

impl<'a> Check<'a> {
    /// Reports a problem, unless the value is not the document's own but stands in for one reported already.
    fn problem(&mut self, path: &KeyPath, problem: Problem) {
        if self
            .found
            .iter()
            .take(self.structural)
            .any(|found| path.0.starts_with(&found.path.0) && !found.path.0.is_empty())
        {
            return;
        }
        self.found.push(Found { path: path.clone(), at: None, problem });
    }

    /// The value, or nothing and a report of why there is none.
    fn good<T>(&mut self, path: &KeyPath, value: Result<T, Problem>) -> Option<T> {
        value.map_err(|problem| self.problem(path, problem)).ok()
    }

    /// What stands at a path, for a message: as it is written, never what a reference was replaced with.
    fn written(&self, path: &KeyPath) -> String {
        self.tree.find(path).and_then(Node::text).unwrap_or_default().to_owned()
    }

    /// The action of this name, for `actions` and `public`.
    fn action(&self, path: &KeyPath, name: &str) -> Result<GrantAction, Problem> {
        name.parse().map_err(|GrantActionError { meant, .. }| {
            Problem::Action(GrantActionError { written: self.written(path), meant })
        })
    }

    /// The names in a section, whether what they name is good or not.
    fn names(&self, section: &str) -> Vec<&'a str> {
        let section = self.tree.entry(section).map_or(&[][..], |entry| entry.node.entries());
        section.iter().map(|entry| entry.key.as_str()).collect()
    }

    /// Whether clients can name such a bucket, whether what the section says of it is good or not.
    fn is_bucket(&self, name: &str) -> bool {
        let admits = |written: &str| NamePattern::parse(written).is_ok_and(|pattern| pattern.admits(name));
        self.names("buckets").into_iter().any(|written| written == name || admits(written))
    }

    /// The name in a section that was probably meant.
    fn meant(&self, section: &str, written: &str) -> Option<String> {
        nearest(written, self.names(section)).map(str::to_owned)
    }

    /// Whether a value that must be something is empty, or has something around it that nobody means.
    fn solid(&mut self, path: &KeyPath, text: &str) -> bool {
        let problem = if text.is_empty() {
            Problem::Empty
        } else if text.trim() != text || text.chars().any(char::is_control) {
            Problem::Blank
        } else {
            return true;
        };
        self.problem(path, problem);
        false
    }

    fn region(&mut self, path: &KeyPath, region: String) -> Box<str> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if region.is_empty() || !region.bytes().all(plain) {
            let written = self.written(path);
            self.problem(path, Problem::Region { written });
        }
        region.into()
    }
}

/// Whether a secret stands in the document itself, rather than a reference to it.
fn holds_secrets(tree: &Node) -> bool {
    let section = |name: &str| tree.entry(name).map_or(&[][..], |entry| entry.node.entries());
    let written = |node: &Node, key: &str| {
        node.entry(key).and_then(|entry| entry.node.text()).is_some_and(|text| !text.contains("${"))
    };
    let listed = |section: &str| {
        let keys = tree.entry(section).and_then(|entry| entry.node.entry("keys"));
        let keys = keys.map_or(&[][..], |entry| entry.node.items());
        keys.iter().filter_map(Node::text).any(|key| !key.contains("${"))
    };
    listed("sessions")
        || listed("federation")
        || section("keys").iter().any(|key| written(&key.node, "secret"))
        || section("backends")
            .iter()
            .filter_map(|backend| backend.node.entry("auth"))
            .any(|auth| written(&auth.node, "secret_access_key") || written(&auth.node, "session_token"))
}
