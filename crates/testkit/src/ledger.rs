//! The keys and buckets that the tests know.

use std::collections::BTreeMap;
use std::sync::Arc;

use brigade_gateway::{Buckets, Key, Registry, RegistryError, Role};
use brigade_policy::{Action, Grant, GrantAction, Policy};
use brigade_s3::{
    Backend, BackendAuth, Bucket, BucketEntry, BucketName, Caller, Cors, Destination, Endpoint, Found,
    Mapping, Mappings, NamePattern, Named, Template,
};
use brigade_sigv4::{Credentials, SecretKey, Timestamp};

use crate::{NOW, Signer};

/// The clients of [`Ledger::standard`].
pub mod keys {
    use crate::Signer;

    /// May read, list, write and delete in every bucket but `forbidden`.
    #[must_use]
    pub fn full() -> Signer {
        Signer::new("AKIDFULL", "full secret")
    }

    /// May do everything in every bucket, each action by its name.
    #[must_use]
    pub fn owner() -> Signer {
        Signer::new("AKIDOWNER", "owner secret")
    }

    /// May read and list in every bucket but `forbidden`.
    #[must_use]
    pub fn reader() -> Signer {
        Signer::new("AKIDREADER", "reader secret")
    }

    /// May read, list, write and delete what begins with `team/` in `private` and `mapped`.
    #[must_use]
    pub fn team() -> Signer {
        Signer::new("AKIDTEAM", "team secret")
    }

    /// As [`full`], but switched off.
    #[must_use]
    pub fn disabled() -> Signer {
        Signer::new("AKIDDISABLED", "disabled secret")
    }

    /// As [`full`], but past its end.
    #[must_use]
    pub fn expired() -> Signer {
        Signer::new("AKIDEXPIRED", "expired secret")
    }

    /// May do nothing at all.
    #[must_use]
    pub fn nobody() -> Signer {
        Signer::new("AKIDNOBODY", "nobody secret")
    }

    /// Is in no registry.
    #[must_use]
    pub fn unknown() -> Signer {
        Signer::new("AKIDUNKNOWN", "unknown secret")
    }

    /// What the gateway is known by at a store that is reached over HTTP.
    #[must_use]
    pub fn backend() -> Signer {
        Signer { region: "eu-test-1".into(), ..Signer::new("AKIDBACKEND", "backend secret") }
    }
}

/// A registry in memory.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    keys: BTreeMap<String, Key>,
    buckets: BTreeMap<BucketName, Bucket>,
    mappings: Arc<Mappings>,
    roles: BTreeMap<Box<str>, Arc<Role>>,
}

impl Ledger {
    /// The standard clients and buckets, all of them at one backend:
    ///
    /// | bucket | at the store | who |
    /// |---|---|---|
    /// | `private` | `store-private` | keys |
    /// | `public` | `store-public` | keys; anybody reads and lists |
    /// | `mapped` | `store-shared`, prefix `tenants/a/` | keys |
    /// | `open` | `store-shared`, prefix `tenants/b/` | keys; anybody reads and lists |
    /// | `forbidden` | `store-forbidden` | nobody |
    /// | `elsewhere` | `store-elsewhere`, at another store | keys |
    #[must_use]
    pub fn standard(backend: Backend) -> Self {
        let other = Backend {
            name: "other".into(),
            endpoint: backend.endpoint.clone(),
            region: backend.region.clone(),
            auth: backend.auth.clone(),
            ..backend
        };
        let (backend, other) = (Arc::new(backend), Arc::new(other));
        let everything = "read list write delete";
        let all = ["private", "public", "mapped", "open", "elsewhere"];
        let full: Vec<_> = all.iter().map(|bucket| grant(bucket, "", everything)).collect();
        let reads: Vec<_> = all.iter().map(|bucket| grant(bucket, "", "read list")).collect();
        let by_name = Action::ALL.iter().copied().map(GrantAction::Exact).collect();
        let by_name = Grant { bucket: "*".into(), prefix: String::new(), actions: by_name };
        let team = ["private", "mapped"].map(|bucket| grant(bucket, "team/", everything));
        Self::default()
            .bucket(&backend, "private", "store-private", "", "")
            .bucket(&backend, "public", "store-public", "", "read list")
            .bucket(&backend, "mapped", "store-shared", "tenants/a/", "")
            .bucket(&backend, "open", "store-shared", "tenants/b/", "read list")
            .bucket(&backend, "forbidden", "store-forbidden", "", "")
            .bucket(&other, "elsewhere", "store-elsewhere", "", "")
            .key(&keys::full(), Policy::from_grants(full.clone()))
            .key(&keys::owner(), Policy::from_grants([by_name]))
            .key(&keys::reader(), Policy::from_grants(reads))
            .key(&keys::team(), Policy::from_grants(team))
            .key(&keys::nobody(), Policy::default())
            .key(&keys::disabled(), Policy::from_grants(full.clone()))
            .key(&keys::expired(), Policy::from_grants(full))
            .but(&keys::disabled(), |key| key.disabled = true)
            .but(&keys::expired(), |key| key.expires = Some(Timestamp::from_unix(NOW - 1)))
    }

    /// Adds a key.
    #[must_use]
    pub fn key(mut self, signer: &Signer, policy: Policy) -> Self {
        let secret = SecretKey::new(signer.secret.clone());
        let key = Key { secret, policy: Arc::new(policy), disabled: false, expires: None };
        self.keys.insert(signer.key_id.clone(), key);
        self
    }

    /// Changes a key.
    ///
    /// # Panics
    /// When there is none of this id.
    #[must_use]
    pub fn but(mut self, signer: &Signer, how: impl FnOnce(&mut Key)) -> Self {
        how(self.keys.get_mut(&signer.key_id).unwrap());
        self
    }

    /// Adds a role.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.roles.insert(role.name.clone(), Arc::new(role));
        self
    }

    /// Adds a bucket; `public` holds `read` and `list`, or neither.
    ///
    /// # Panics
    /// When the name or `public` is malformed.
    #[must_use]
    pub fn bucket(
        mut self,
        backend: &Arc<Backend>,
        name: &str,
        stored_as: &str,
        prefix: &str,
        public: &str,
    ) -> Self {
        let public = Arc::new(Policy::public(name, &actions(public)).unwrap());
        let name = BucketName::parse(name).unwrap();
        let bucket = Bucket {
            name: name.clone(),
            backend: Arc::clone(backend),
            stored_as: stored_as.into(),
            within: "".into(),
            prefix: prefix.into(),
            public,
            cors: Arc::default(),
            open: false,
            create: false,
        };
        self.buckets.insert(name, bucket);
        self
    }

    /// Gives a bucket cross-origin rules.
    ///
    /// # Panics
    /// When there is none of this name.
    #[must_use]
    pub fn cors(mut self, name: &str, cors: Cors) -> Self {
        self.buckets.get_mut(name).unwrap().cors = Arc::new(cors);
        self
    }

    /// Adds names of a pattern; `public` holds `read` and `list`, or neither.
    ///
    /// # Panics
    /// When something of it is malformed.
    #[must_use]
    pub fn mapping(
        mut self,
        backend: &Arc<Backend>,
        pattern: &str,
        stored_as: &str,
        prefix: &str,
        public: &str,
    ) -> Self {
        let pattern = NamePattern::parse(pattern).unwrap();
        let stored_as = Template::name(stored_as, &pattern).unwrap();
        let prefix = Template::prefix(prefix, &pattern).unwrap();
        let mapping =
            Mapping::new(pattern, Arc::clone(backend), stored_as, prefix, &actions(public)).unwrap();
        self.mappings = Arc::new(Mappings::new(self.mappings.iter().cloned().chain([mapping]).collect()));
        self
    }

    /// Lets the buckets of every pattern be created and deleted.
    #[must_use]
    pub fn creating(mut self) -> Self {
        let all = self.mappings.iter().cloned().map(|mapping| mapping.creating(true)).collect();
        self.mappings = Arc::new(Mappings::new(all));
        self
    }

    /// Changes a bucket.
    ///
    /// # Panics
    /// When there is none of this name.
    #[must_use]
    pub fn where_bucket(mut self, name: &str, how: impl FnOnce(&mut Bucket)) -> Self {
        how(self.buckets.get_mut(name).unwrap());
        self
    }

    /// The store in this process.
    ///
    /// # Panics
    /// Never: its address is one.
    #[must_use]
    pub fn embedded() -> Backend {
        Backend {
            name: "local".into(),
            endpoint: Endpoint::parse("embedded://local").unwrap(),
            region: "us-east-1".into(),
            auth: BackendAuth::InProcess,
            verify_payload: false,
            exact_keys: true,
        }
    }

    /// A store behind HTTP, which knows the gateway as [`keys::backend`].
    ///
    /// # Panics
    /// Never: its address is one.
    #[must_use]
    pub fn remote() -> Backend {
        let signer = keys::backend();
        let credentials = Credentials {
            key_id: signer.key_id.as_str().into(),
            secret: SecretKey::new(signer.secret),
            session_token: None,
        };
        Backend {
            name: "remote".into(),
            endpoint: Endpoint::parse("http://store.internal:9900").unwrap(),
            region: signer.region.as_str().into(),
            auth: BackendAuth::Keys(Arc::new(credentials)),
            verify_payload: false,
            exact_keys: true,
        }
    }
}

fn grant(bucket: &str, prefix: &str, groups: &str) -> Grant {
    Grant { bucket: bucket.into(), prefix: prefix.into(), actions: actions(groups) }
}

fn actions(words: &str) -> Vec<GrantAction> {
    words.split_whitespace().map(|word| word.parse().unwrap()).collect()
}

impl Registry for Ledger {
    async fn key(&self, key_id: &str) -> Result<Option<Key>, RegistryError> {
        Ok(self.keys.get(key_id).cloned())
    }

    async fn role(&self, name: &str) -> Result<Option<Arc<Role>>, RegistryError> {
        Ok(self.roles.get(name).cloned())
    }

    async fn bearer_roles(&self) -> Result<Arc<[Arc<Role>]>, RegistryError> {
        Ok(self.roles.values().filter(|role| role.bearer).cloned().collect())
    }

    async fn bucket(&self, named: &Named<'_>, _: &Caller) -> Result<Option<Found>, RegistryError> {
        let exact = self.buckets.get(named.bucket).cloned().map(Found::from);
        Ok(exact.or_else(|| self.mappings.find(named)))
    }

    async fn cors(&self, to: &Destination<'_>) -> Result<Arc<Cors>, RegistryError> {
        let bucket = self.buckets.get(&to.bucket);
        Ok(bucket.map_or_else(|| self.mappings.cors(to), |bucket| Arc::clone(&bucket.cors)))
    }

    async fn buckets(&self, _: &Caller) -> Result<Buckets, RegistryError> {
        let entry = |bucket: &Bucket| BucketEntry {
            name: bucket.name.clone(),
            created: Timestamp::from_unix(NOW),
            public: Arc::clone(&bucket.public),
        };
        let named = self.buckets.values().map(entry).chain(self.mappings.named()).collect();
        Ok(Buckets { named, open: self.mappings.open() })
    }
}
