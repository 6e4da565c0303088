//! What of a configuration is otherwise in a Worker, which has no files, no sockets and no store of its own.

use std::collections::BTreeSet;

use crate::found::Found;
use crate::tree::{self, Node, Written};
use crate::{Diagnostics, KeyPath, Problem};

/// What a configuration that is good on a server lacks for a Worker, and what means something else there.
#[derive(Debug)]
pub struct ForWorkers {
    /// What cannot work.
    pub wrong: Diagnostics,
    /// What is not looked at there, or is found elsewhere.
    pub notes: Diagnostics,
    /// The variables that it refers to: secrets to be put.
    pub variables: BTreeSet<String>,
}

/// What a Worker makes of the keys of `server`.
const SERVER: [(&str, &str); 8] = [
    ("listen", "not looked at: Cloudflare decides where a Worker is reached (routes in wrangler.toml)"),
    ("admin", "not looked at: a Worker has no second address, and no metrics but those of Analytics Engine"),
    ("tls", "not looked at: Cloudflare serves HTTPS with a certificate of its own"),
    ("threads", "not looked at: Cloudflare decides where a Worker runs"),
    ("max_connections", "not looked at: Cloudflare holds the connections"),
    ("header_timeout", "not looked at: Cloudflare reads the heads"),
    ("idle_timeout", "not looked at: Cloudflare bounds the pauses of bodies"),
    ("drain_timeout", "not looked at: Cloudflare ends Workers when their requests have ended"),
];

/// Looks at a text that [`Config::load`](crate::Config::load) takes; `name` is what messages call it.
#[must_use]
pub fn for_workers(text: &str, name: &str) -> ForWorkers {
    let mut looked = Looked::default();
    let tree = tree::read(text, &mut looked.wrong);
    if let Some(tree) = &tree {
        looked.document(tree);
    }
    let Looked { wrong, notes, variables } = looked;
    let told = |found| Diagnostics::new(name, text, tree.as_ref(), found);
    ForWorkers { wrong: told(wrong), notes: told(notes), variables }
}

#[derive(Default)]
struct Looked {
    wrong: Vec<Found>,
    notes: Vec<Found>,
    variables: BTreeSet<String>,
}

impl Looked {
    fn document(&mut self, tree: &Node) {
        self.strings(tree, &KeyPath::default());
        let server = KeyPath::of(["server"]);
        for (key, why) in SERVER {
            if tree.find(&server.key(key)).is_some() {
                self.notes.push(found(server.key(key), why));
            }
        }
        for entry in tree.entry("backends").map_or(&[][..], |backends| backends.node.entries()) {
            let path = KeyPath::of(["backends", &entry.key]);
            let text = |key: &str| entry.node.entry(key).and_then(|entry| entry.node.text());
            if text("type") == Some("embedded") {
                let why = "a Worker keeps no store: serve this one with `brigade serve`, and name it here as type = \"s3\"";
                self.wrong.push(found(path.key("type"), why));
            }
            if text("auth") == Some("environment") {
                let why = "the secrets AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, if there is one, AWS_SESSION_TOKEN";
                self.notes.push(found(path.key("auth"), why));
            }
            if text("endpoint").is_some_and(is_address) {
                let why = "Cloudflare lets no Worker ask an IP address: write a host name";
                self.notes.push(found(path.key("endpoint"), why));
            }
        }
        let revocations = KeyPath::of(["sessions", "revocations"]);
        if tree.find(&revocations).is_some() {
            let why = "read from KV: the key of the file's name in the namespace bound as BRIGADE";
            self.notes.push(found(revocations, why));
        }
    }

    /// What strings refer to.
    fn strings(&mut self, node: &Node, path: &KeyPath) {
        match &node.written {
            Written::Text(text) => {
                for (at, _) in text.match_indices("${") {
                    let inner = text.get(at + 2..).and_then(|rest| rest.split_once('}'));
                    match inner.and_then(|(inner, _)| inner.split_once(':')) {
                        Some(("env", name)) => drop(self.variables.insert(name.to_owned())),
                        Some(("file", _)) => {
                            let why = "a Worker has no files: put it in as a secret, and write ${env:NAME}";
                            self.wrong.push(found(path.clone(), why));
                        }
                        Some(_) | None => {}
                    }
                }
            }
            Written::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.strings(item, &path.index(index));
                }
            }
            Written::Table(entries) => {
                for entry in entries {
                    self.strings(&entry.node, &path.key(&entry.key));
                }
            }
            Written::Null
            | Written::Boolean(_)
            | Written::Integer(_)
            | Written::Float(_)
            | Written::Date(_) => {}
        }
    }
}

fn found(path: KeyPath, why: &'static str) -> Found {
    Found { path, at: None, problem: Problem::OnWorkers(why) }
}

/// Whether an endpoint's host is an IP address.
fn is_address(endpoint: &str) -> bool {
    let host = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let host = host.split(['/', '?']).next().unwrap_or_default();
    host.starts_with('[')
        || host.split(':').next().is_some_and(|host| host.parse::<std::net::Ipv4Addr>().is_ok())
}

impl ForWorkers {
    /// Whether all of it works.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.wrong.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wrong: &[&str], notes: &[&str]) {
        let looked = for_workers(text, "b.toml");
        for (told, expect) in [(&looked.wrong, wrong), (&looked.notes, notes)] {
            let told: Vec<_> = told.0.iter().map(ToString::to_string).collect();
            assert_eq!(told.len(), expect.len(), "{told:?}");
            for (told, expect) in told.iter().zip(expect) {
                assert!(told.starts_with(expect), "{told}");
            }
        }
        assert_eq!(looked.is_good(), wrong.is_empty());
    }

    #[test]
    fn r_wrk_01_what_cannot_work_in_a_worker_is_named() {
        check(
            "[backends.a]\ntype = \"embedded\"\npath = \"x\"\n[backends.b]\ntype = \"s3\"\nendpoint = \"https://s3.example.org\"\nauth = \"anonymous\"",
            &["b.toml:2: backends.a.type: a Worker keeps no store"],
            &[],
        );
        check(
            "[keys.A]\nsecret = \"${file:/run/a}\"\n[sessions]\nkeys = [\"${env:ONE}\", \"${file:two}\"]\nrevocations = \"/etc/revoked.toml\"",
            &[
                "b.toml:2: keys.A.secret: a Worker has no files",
                "b.toml:4: sessions.keys[1]: a Worker has no files",
            ],
            &["b.toml:5: sessions.revocations: read from KV"],
        );
        check(
            "[server]\nlisten = \"0.0.0.0:9000\"\nregion = \"us-east-1\"\nadmin = \"127.0.0.1:1\"",
            &[],
            &["b.toml:2: server.listen: not looked at", "b.toml:4: server.admin: not looked at"],
        );
        for (endpoint, notes) in
            [("http://127.0.0.1:9000", 1), ("http://[::1]", 1), ("https://10.example.org", 0)]
        {
            let text =
                format!("[backends.a]\ntype = \"s3\"\nendpoint = \"{endpoint}\"\nauth = \"anonymous\"");
            assert_eq!(for_workers(&text, "b.toml").notes.0.len(), notes, "{endpoint}");
        }
    }

    #[test]
    fn the_secrets_to_put_are_listed() {
        let looked =
            for_workers("[keys.A]\nsecret = \"${env:B}${env:A}\"\nx = [\"${jwt:sub}${env:B}\"]", "b.toml");
        assert_eq!(looked.variables.into_iter().collect::<Vec<_>>(), ["A", "B"]);
    }
}
