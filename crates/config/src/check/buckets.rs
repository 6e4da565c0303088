//! The section `buckets`.

use std::sync::Arc;

use brigade_policy::{GrantAction, Policy};
use brigade_s3::{Backend, Bucket, BucketName, Mapping, NamePattern, Template, Unused};

use super::Check;
use super::backends::Backends;
use crate::plain::Named;
use crate::{KeyPath, Problem, document};

impl Check<'_> {
    pub(super) fn buckets(
        &mut self,
        section: Named<document::Bucket>,
        backends: &Backends,
    ) -> (Vec<Bucket>, Vec<Mapping>) {
        let (patterns, plain): (Vec<_>, Vec<_>) =
            section.into_iter().partition(|(name, _)| name.contains(['{', '}', '/']));
        // In order, as the document's tables are.
        let plain_names: Vec<_> = plain.iter().map(|(name, _)| name.clone()).collect();
        let buckets =
            plain.into_iter().filter_map(|(name, bucket)| self.bucket(&name, bucket, backends)).collect();
        let mut mappings: Vec<Mapping> = Vec::new();
        for (name, bucket) in patterns {
            let Some(mapping) = self.mapping(&name, bucket, backends) else { continue };
            let exact = mapping
                .pattern()
                .bucket()
                .filter(|bucket| plain_names.binary_search_by(|name| name.as_str().cmp(bucket)).is_ok());
            if let Some(exact) = exact {
                let other = exact.to_owned();
                self.problem(&KeyPath::of(["buckets", &name]), Problem::Shadowed { other });
            }
            let twin = mappings.iter().find(|other| other.pattern().is_ambiguous_with(mapping.pattern()));
            if let Some(twin) = twin {
                let other = twin.pattern().to_string();
                self.problem(&KeyPath::of(["buckets", &name]), Problem::Ambiguous { other });
            }
            mappings.push(mapping);
        }
        (buckets, mappings)
    }

    fn bucket(&mut self, name: &str, bucket: document::Bucket, backends: &Backends) -> Option<Bucket> {
        let path = KeyPath::of(["buckets", name]);
        let client_name = self.good(&path, BucketName::parse(name).map_err(Problem::BucketName));
        let backend = self.backend(&path, &bucket.backend, backends);
        if let Some(stored) = &bucket.bucket {
            self.stored_name(&path.key("bucket"), stored);
        }
        self.prefix(&path.key("prefix"), &bucket.prefix);
        self.create(&path, &bucket, false);
        let public = self.public(&path.key("public"), name, &bucket.public);
        let cors = self.cors(&path.key("cors"), bucket.cors, !public.is_empty());
        let public = Policy::public(name, &public).unwrap_or_default();
        let public = match &bucket.policy {
            Some(policy) => public.and(&self.bucket_policy(&path.key("policy"), name, policy)),
            None => public,
        };
        Some(Bucket {
            name: client_name?,
            backend: backend?,
            stored_as: bucket.bucket.as_deref().unwrap_or(name).into(),
            within: "".into(),
            prefix: bucket.prefix.into(),
            public: Arc::new(public),
            cors,
            open: false,
            create: bucket.create,
        })
    }

    fn mapping(&mut self, name: &str, bucket: document::Bucket, backends: &Backends) -> Option<Mapping> {
        let path = KeyPath::of(["buckets", name]);
        let pattern = self.good(&path, NamePattern::parse(name).map_err(Problem::Pattern));
        let backend = self.backend(&path, &bucket.backend, backends);
        self.prefix(&path.key("prefix"), &bucket.prefix);
        self.create(&path, &bucket, name.contains('/'));
        let public = self.public(&path.key("public"), name, &bucket.public);
        let cors = self.cors(&path.key("cors"), bucket.cors, !public.is_empty());
        if bucket.policy.is_some() {
            self.problem(&path.key("policy"), Problem::PolicyOfPattern);
        }
        let pattern = pattern?;
        let several = pattern.depth() > 1;
        if several && bucket.bucket.is_none() {
            let example = Some("bucket = \"opendata\"".to_owned());
            self.problem(&path.key("bucket"), Problem::Missing { example });
        }
        let stored = bucket.bucket.as_deref().unwrap_or(if several { "missing" } else { name });
        let template = Template::name(stored, &pattern).map_err(Problem::Template);
        let stored_as = self.good(&path.key("bucket"), template);
        if let Some(fixed) = stored_as.as_ref().and_then(Template::fixed) {
            self.stored_name(&path.key("bucket"), &fixed);
        } else if !stored.bytes().all(|b| is_of_stored_name(b) || matches!(b, b'{' | b'}')) {
            let written = self.written(&path.key("bucket"));
            self.problem(&path.key("bucket"), Problem::StoredName { written });
        }
        let template = Template::prefix(&bucket.prefix, &pattern).map_err(Problem::Template);
        let prefix = self.good(&path.key("prefix"), template);
        let mapping = Mapping::new(pattern, backend?, stored_as?, prefix?, &public);
        let mapping = mapping.map(|mapping| mapping.creating(bucket.create).with_cors(cors));
        self.good(&path, mapping.map_err(|Unused(name)| Problem::UnusedVariable { name }))
    }

    fn backend(&mut self, path: &KeyPath, name: &str, backends: &Backends) -> Option<Arc<Backend>> {
        if !self.names("backends").contains(&name) {
            let path = path.key("backend");
            let written = self.written(&path);
            let meant = self.meant("backends", &written);
            self.problem(&path, Problem::NoBackend { written, meant });
        }
        backends.iter().find(|backend| &*backend.name == name).map(Arc::clone)
    }

    /// Stores have buckets whose names are older than the rule, so more is taken here than of clients.
    fn stored_name(&mut self, path: &KeyPath, stored: &str) {
        let plain = stored.bytes().all(is_of_stored_name);
        if !(3..=255).contains(&stored.len()) || !plain || stored.starts_with('.') {
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

    fn create(&mut self, path: &KeyPath, bucket: &document::Bucket, several: bool) {
        if bucket.create && (several || !bucket.prefix.is_empty()) {
            self.problem(&path.key("create"), Problem::CreatePrefix);
        }
    }

    /// The actions that are open to everybody.
    fn public(
        &mut self,
        path: &KeyPath,
        name: &str,
        actions: &[document::PublicActionName],
    ) -> Vec<GrantAction> {
        let mut good = Vec::new();
        for (index, action) in actions.iter().enumerate() {
            let place = path.index(index);
            let action = self.action(&place, &action.0).and_then(|action| {
                Policy::public(name, &[action]).map(|_| action).map_err(|error| Problem::Public(error.0))
            });
            good.extend(self.good(&place, action));
        }
        good
    }
}

fn is_of_stored_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}
