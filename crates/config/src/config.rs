//! The configuration, checked and compiled.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use brigade_gateway::{Key, Role, Sessions};
use brigade_identity::federation::Federation;
use brigade_s3::{Addressing, Bucket, Mapping, Mappings};
use sha2::{Digest as _, Sha256};

use crate::{ConfigRegistry, Diagnostics, Problem, Sources, check, found::Found, schema, structure, tree};
use crate::{KeyPath, document::Document, plain::Unread};

/// A configuration in which nothing is wrong.
///
/// * Every name in it that refers to another exists.
/// * Every reference to the environment and to files has been read, and gave something.
/// * `Debug` prints no secret.
#[derive(Debug)]
pub struct Config {
    /// What tells its text from another's ([`version`]).
    pub version: Box<str>,
    /// How the server listens, and its limits.
    pub server: Server,
    /// The embedded stores, in the order of their names; the runtime opens them.
    pub embedded: Vec<Embedded>,
    /// Whether a secret is written out in the text itself, so that nobody else should be able to read the file.
    pub holds_secrets: bool,
    /// What sessions are made with.
    pub sessions: Arc<Sessions>,
    /// The file that says which sessions were revoked; the runtime reads it again and again, by [`crate::revocations`].
    pub revocations: Option<PathBuf>,
    /// Who Brigade is to clouds, if it is an issuer.
    pub federation: Option<Federation>,
    pub(crate) buckets: Vec<Bucket>,
    pub(crate) mappings: Vec<Mapping>,
    pub(crate) keys: HashMap<Box<str>, Key>,
    pub(crate) roles: HashMap<Box<str>, Arc<Role>>,
}

/// The section `server`.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where to listen for S3 requests.
    pub listen: SocketAddr,
    /// Where to listen for `/metrics` and `/.brigade/*`; they are not served if it is absent.
    pub admin: Option<SocketAddr>,
    /// How buckets are found in requests.
    pub addressing: Addressing,
    /// The region that clients sign for.
    pub region: Box<str>,
    /// The certificate to serve HTTPS with; absent: HTTP.
    pub tls: Option<Tls>,
    /// How many threads serve, from 1 on; absent: as many as there are processors.
    pub threads: Option<u32>,
    /// What the server bears.
    pub limits: Limits,
}

/// The files of a certificate chain and its private key, both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The certificate chain, the server's own first.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// How much and how long the server bears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once; at least 1.
    pub max_connections: u32,
    /// For a request's head, and for an unused connection.
    pub header_timeout: Duration,
    /// Without progress in a body, either way.
    pub idle_timeout: Duration,
    /// For requests in progress, after the signal to stop.
    pub drain_timeout: Duration,
}

/// An embedded store that the configuration asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// The backend's name; requests for it go to the endpoint `embedded://NAME`.
    pub name: Box<str>,
    /// Where it keeps its data.
    pub place: Place,
    /// The buckets that must be there, in order, by their names in the store.
    pub buckets: Vec<Arc<str>>,
}

/// Where an embedded store keeps its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: it is gone when the process ends.
    Memory,
    /// In a directory.
    Directory(PathBuf),
}

impl Config {
    /// Reads a configuration, TOML or JSON. `name` is what messages call the file.
    ///
    /// # Errors
    /// Every mistake in it at once, each with its line, its key and what to write instead. Only a text that is
    /// neither TOML nor JSON hides what else is wrong with it.
    pub fn load(text: &str, name: &str, sources: &dyn Sources) -> Result<Self, Diagnostics> {
        let mut found = Vec::new();
        let tree = tree::read(text, &mut found);
        let config = tree.as_ref().and_then(|tree| {
            let value = structure::read(tree, &schema::structure(), sources, &mut found)?;
            match Document::read(value) {
                Ok(document) => Some(check::compile(document, tree, version(text), &mut found)),
                Err(Unread) => {
                    found.push(Found { path: KeyPath::default(), at: None, problem: Problem::Unread });
                    None
                }
            }
        });
        match config {
            Some(config) if found.is_empty() => Ok(config),
            _ => Err(Diagnostics::new(name, text, tree.as_ref(), found)),
        }
    }

    /// The registry of the configuration's buckets, keys and roles.
    #[must_use]
    pub fn into_registry(self) -> ConfigRegistry {
        ConfigRegistry::new(self.buckets, Mappings::new(self.mappings), self.keys, self.roles)
    }
}

/// What tells one text of a configuration from another: the beginning of its SHA-256.
#[must_use]
pub fn version(text: &str) -> Box<str> {
    let digest = Sha256::digest(text);
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

#[cfg(test)]
pub(crate) mod tests;
