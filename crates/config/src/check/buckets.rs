//! The section `buckets`.

use std::collections::BTreeMap;
use std::sync::Arc;

use brigade_policy::Policy;
use brigade_s3::{Bucket, BucketName};

use super::Check;
use super::backends::Backends;
use crate::{KeyPath, Problem, document};

impl Check<'_> {
    pub(super) fn buckets(
        &mut self,
        section: BTreeMap<String, document::Bucket>,
        backends: &Backends,
    ) -> Vec<Bucket> {
        let buckets = section.into_iter();
        buckets.filter_map(|(name, bucket)| self.bucket(&name, bucket, backends)).collect()
    }

    fn bucket(&mut self, name: &str, bucket: document::Bucket, backends: &Backends) -> Option<Bucket> {
        let path = KeyPath::of(["buckets", name]);
        let client_name = if name.contains(['{', '}']) {
            Err(Problem::NotYet)
        } else {
            BucketName::parse(name).map_err(Problem::BucketName)
        };
        let client_name = self.good(&path, client_name);
        let backend = backends.get(&bucket.backend);
        if !self.names("backends").contains(&bucket.backend.as_str()) {
            let backend_path = path.key("backend");
            let written = self.written(&backend_path);
            let meant = self.meant("backends", &written);
            self.problem(&backend_path, Problem::NoBackend { written, meant });
        }
        if let Some(stored) = &bucket.bucket {
            self.stored_name(&path.key("bucket"), stored);
        }
        self.prefix(&path.key("prefix"), &bucket.prefix);
        let public = self.public(&path.key("public"), name, &bucket.public);
        Some(Bucket {
            name: client_name?,
            backend: Arc::clone(backend?),
            stored_as: bucket.bucket.as_deref().unwrap_or(name).into(),
            prefix: bucket.prefix.into(),
            public: Arc::new(public),
        })
    }

    /// Stores have buckets whose names are older than the rule, so more is taken here than of clients.
    fn stored_name(&mut self, path: &KeyPath, stored: &str) {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        if stored.contains(['{', '}']) {
            self.problem(path, Problem::NotYet);
        } else if !(3..=255).contains(&stored.len()) || !stored.bytes().all(plain) || stored.starts_with('.')
        {
            let written = self.written(path);
            self.problem(path, Problem::StoredName { written });
        }
    }

    pub(super) fn prefix(&mut self, path: &KeyPath, prefix: &str) {
        if prefix.len() >= 1024 {
            self.problem(path, Problem::PrefixLength { length: prefix.len() });
        }
        if prefix.contains('\0') {
            self.problem(path, Problem::PrefixNul);
        }
    }

    fn public(&mut self, path: &KeyPath, name: &str, actions: &[document::PublicActionName]) -> Policy {
        let mut good = Vec::new();
        for (index, action) in actions.iter().enumerate() {
            let place = path.index(index);
            let action = self.action(&place, &action.0).and_then(|action| {
                Policy::public(name, &[action]).map(|_| action).map_err(|error| Problem::Public(error.0))
            });
            good.extend(self.good(&place, action));
        }
        Policy::public(name, &good).unwrap_or_default()
    }
}
