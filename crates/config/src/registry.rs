//! The registry that a configuration becomes.

use std::collections::HashMap;
use std::sync::Arc;

use brigade_gateway::{Buckets, Key, Registry, RegistryError, Role};
use brigade_s3::{Bucket, BucketEntry, BucketName, Caller, Cors, Destination, Found, Mappings, Named};
use brigade_sigv4::Timestamp;

/// The buckets, keys and roles of a [`Config`](crate::Config), looked up in memory. It never fails and never changes.
#[derive(Debug)]
pub struct ConfigRegistry {
    /// A request has a hold on its bucket, and on nothing in it: what all threads count in together is waited for.
    buckets: HashMap<BucketName, Arc<Bucket>>,
    mappings: Arc<Mappings>,
    /// In the order of their names.
    entries: Vec<BucketEntry>,
    keys: HashMap<Box<str>, Key>,
    roles: HashMap<Box<str>, Arc<Role>>,
    bearers: Arc<[Arc<Role>]>,
}

impl ConfigRegistry {
    pub(crate) fn new(
        buckets: Vec<Bucket>,
        mappings: Mappings,
        keys: HashMap<Box<str>, Key>,
        roles: HashMap<Box<str>, Arc<Role>>,
    ) -> Self {
        let mut entries: Vec<BucketEntry> = buckets
            .iter()
            .map(|bucket| BucketEntry {
                name: bucket.name.clone(),
                // A configuration does not know when a bucket was made, and S3 always says.
                created: Timestamp::from_unix(0),
                public: bucket.public.clone(),
            })
            .collect();
        for entry in mappings.named() {
            let place = entries.partition_point(|other| other.name <= entry.name);
            entries.insert(place, entry);
        }
        let buckets = buckets.into_iter().map(|bucket| (bucket.name.clone(), Arc::new(bucket))).collect();
        let bearers = roles.values().filter(|role| role.bearer).cloned().collect();
        Self { buckets, mappings: Arc::new(mappings), entries, keys, roles, bearers }
    }
}

impl Registry for ConfigRegistry {
    async fn key(&self, key_id: &str) -> Result<Option<Key>, RegistryError> {
        Ok(self.keys.get(key_id).cloned())
    }

    async fn role(&self, name: &str) -> Result<Option<Arc<Role>>, RegistryError> {
        Ok(self.roles.get(name).cloned())
    }

    async fn bearer_roles(&self) -> Result<Arc<[Arc<Role>]>, RegistryError> {
        Ok(Arc::clone(&self.bearers))
    }

    async fn bucket(&self, named: &Named<'_>, _: &Caller) -> Result<Option<Found>, RegistryError> {
        let exact = self.buckets.get(named.bucket).cloned().map(Found::Bucket);
        Ok(exact.or_else(|| self.mappings.find(named)))
    }

    async fn cors(&self, to: &Destination<'_>) -> Result<Arc<Cors>, RegistryError> {
        let bucket = self.buckets.get(&to.bucket);
        Ok(bucket.map_or_else(|| self.mappings.cors(to), |bucket| Arc::clone(&bucket.cors)))
    }

    async fn buckets(&self, _: &Caller) -> Result<Buckets, RegistryError> {
        Ok(Buckets { named: self.entries.clone(), open: self.mappings.open() })
    }
}
