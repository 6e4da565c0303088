//! The registry: which keys and buckets exist.

use std::future::Future;
use std::sync::Arc;

use brigade_identity::Trust;
use brigade_policy::Policy;
use brigade_s3::{BucketEntry, Caller, Cors, Destination, Found, Named, OpenNames};
use brigade_sigv4::{SecretKey, Timestamp};

/// Reports facts; deciding is [`brigade_s3::authorize`]'s job.
pub trait Registry {
    /// The key of this id, or `None` when there is none.
    ///
    /// # Errors
    /// [`RegistryError`] when the registry cannot say; the request is then refused with 503.
    fn key(&self, key_id: &str) -> impl Future<Output = Result<Option<Key>, RegistryError>>;

    /// The role of this name, or `None` when there is none.
    ///
    /// # Errors
    /// As [`Registry::key`].
    fn role(&self, name: &str) -> impl Future<Output = Result<Option<Arc<Role>>, RegistryError>>;

    /// The roles under which requests with a bearer token may be served.
    ///
    /// # Errors
    /// As [`Registry::key`].
    fn bearer_roles(&self) -> impl Future<Output = Result<Arc<[Arc<Role>]>, RegistryError>>;

    /// What has this name: a bucket, or several places that keys begin with; `None` when there is nothing. The caller is
    /// known, for registries whose names depend on it; it must not be used to decide.
    ///
    /// # Errors
    /// As [`Registry::key`].
    fn bucket(
        &self,
        named: &Named<'_>,
        caller: &Caller,
    ) -> impl Future<Output = Result<Option<Found>, RegistryError>>;

    /// The cross-origin rules of what a request goes to: none where nothing has the name. This is asked before anything is
    /// known of the sender, also of requests that will be refused; browsers must be able to read why.
    ///
    /// # Errors
    /// As [`Registry::key`].
    fn cors(&self, to: &Destination<'_>) -> impl Future<Output = Result<Arc<Cors>, RegistryError>>;

    /// The buckets that might concern the caller. More than it may see is fine: the gateway shows only what it may.
    ///
    /// # Errors
    /// As [`Registry::key`].
    fn buckets(&self, caller: &Caller) -> impl Future<Output = Result<Buckets, RegistryError>>;
}

/// A long-lived key.
#[derive(Clone)]
pub struct Key {
    /// Its secret.
    pub secret: SecretKey,
    /// What its holder may do.
    pub policy: Arc<Policy>,
    /// Whether it has been switched off.
    pub disabled: bool,
    /// When it ends, if it does.
    pub expires: Option<Timestamp>,
}

impl Key {
    /// Whether the key is good at this time.
    #[must_use]
    pub fn stands_at(&self, now: Timestamp) -> bool {
        !self.disabled && self.expires.is_none_or(|end| now < end)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("disabled", &self.disabled)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// What identities can become: temporary credentials, or for the time of a request.
#[derive(Clone, Debug)]
pub struct Role {
    /// Its name.
    pub name: Box<str>,
    /// Whose tokens it is for. Any one suffices; none: for no token.
    pub trust: Vec<Trust>,
    /// Which known callers may assume it.
    pub callers: Vec<Assumer>,
    /// What it may do.
    pub policy: Arc<Policy>,
    /// The claims that buckets' policies ask for: its sessions carry them, with those that its own policy asks for.
    pub claims: Arc<[Box<str>]>,
    /// The longest session, in seconds; at least 900.
    pub max_session: u64,
    /// Whether a request that carries a token this role trusts is served under it.
    pub bearer: bool,
}

/// A known caller who may assume a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Assumer {
    /// The holder of a long-lived key.
    Key(Box<str>),
    /// Any session of a role.
    Role(Box<str>),
}

/// What `ListBuckets` is made of.
#[derive(Clone, Debug, Default)]
pub struct Buckets {
    /// The buckets that the registry can name. The same name may be there twice, with what is public in different parts.
    pub named: Vec<BucketEntry>,
    /// Those that only their stores can list.
    pub open: Vec<OpenNames>,
}

/// Why a registry cannot say.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RegistryError {
    /// It cannot be asked now. The text is for the log.
    #[error("the registry is unavailable: {0}")]
    Unavailable(String),
}
