//! Names that are paths: which bucket at which store a client's bucket and key are.
//!
//! ```text
//! pattern   {account}/{product}              what clients name: s3://acme/roads/2026/a.tif
//! bucket    opendata                         where it is kept
//! prefix    data/{account}/{product}/        data/acme/roads/2026/a.tif
//! ```
//! A client's SDK sends the bucket `acme` and the key `roads/2026/a.tif`. The first segment of a pattern is the bucket, the
//! others are what the keys begin with; keys are taken as decoded once, so `roads%2Fa` is `roads/a` here as it is in S3.
//!
//! Several patterns may take one name; then the most literal one has it, from the left. How many segments make a name in
//! a bucket is said by the pattern whose first segment is the most literal.

mod above;
mod pattern;
mod template;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use brigade_policy::{GrantAction, Policy};
use brigade_sigv4::Timestamp;

use crate::{Backend, Bucket, BucketEntry, BucketName, Cors, Destination, Found, Inside, Named};
pub use above::Above;
pub(crate) use above::{Level, Source};
pub use pattern::{NamePattern, PatternError};
use template::Part;
pub use template::{Template, TemplateError};

/// Names of one pattern, and where they are kept.
///
/// * Every variable of the pattern is in one of the templates, and each template can be read backwards: two names never
///   become one at the store.
#[derive(Clone, Debug)]
pub struct Mapping {
    pattern: NamePattern,
    backend: Arc<Backend>,
    stored_as: Template,
    prefix: Template,
    public: Box<[GrantAction]>,
    create: bool,
    cors: Arc<Cors>,
}

/// The variable that no template has: two names would be one at the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused(pub String);

/// Every mapping of a configuration, looked up in memory.
#[derive(Debug, Default)]
pub struct Mappings {
    /// The most literal first.
    all: Vec<Mapping>,
    /// Those whose first segment is this bucket.
    named: HashMap<Box<str>, Vec<usize>>,
    /// Those whose first segment has a variable.
    open: Vec<usize>,
}

/// The names of a mapping that its store can list, being buckets there.
#[derive(Clone, Debug)]
pub struct OpenNames {
    mappings: Arc<Mappings>,
    mapping: Mapping,
}

impl Mapping {
    /// A mapping. `public` is what an anonymous caller may do to what the mapping covers.
    ///
    /// # Errors
    /// [`Unused`].
    pub fn new(
        pattern: NamePattern,
        backend: Arc<Backend>,
        stored_as: Template,
        prefix: Template,
        public: &[GrantAction],
    ) -> Result<Self, Unused> {
        let unused = pattern.segments().iter().enumerate().find_map(|(place, segment)| {
            let name = segment.variable.as_deref()?;
            (!stored_as.uses(place) && !prefix.uses(place)).then(|| name.to_owned())
        });
        match unused {
            Some(name) => Err(Unused(name)),
            None => {
                let (public, cors) = (public.into(), Arc::default());
                Ok(Self { pattern, backend, stored_as, prefix, public, create: false, cors })
            }
        }
    }

    /// The same, its buckets to be created and deleted at the store by who may.
    #[must_use]
    pub fn creating(self, create: bool) -> Self {
        Self { create, ..self }
    }

    /// The same with cross-origin rules; without this there are none.
    #[must_use]
    pub fn with_cors(self, cors: Arc<Cors>) -> Self {
        Self { cors, ..self }
    }

    /// The names it takes.
    #[must_use]
    pub fn pattern(&self) -> &NamePattern {
        &self.pattern
    }

    /// The store behind it.
    #[must_use]
    pub fn backend(&self) -> &Arc<Backend> {
        &self.backend
    }

    /// Its bucket at the store, where that is one and the same for every name.
    #[must_use]
    pub fn fixed_bucket(&self) -> Option<String> {
        self.stored_as.fixed()
    }

    /// What everybody may do in this bucket, where this mapping has it.
    pub(crate) fn public(&self, bucket: &BucketName) -> Arc<Policy> {
        // What cannot be public was refused when the configuration was read; nothing is public then.
        Arc::new(Policy::public(bucket.as_str(), &self.public).unwrap_or_default())
    }

    /// What its variables stand for in a bucket and the first segments of a key, as far as they go; `None` if they are not
    /// of this pattern.
    fn values<'t>(&self, bucket: &'t str, segments: &[&'t str]) -> Option<Vec<&'t str>> {
        let texts = std::iter::once(bucket).chain(segments.iter().copied());
        texts.zip(self.pattern.segments()).map(|(text, segment)| segment.value(text)).collect()
    }

    /// Its bucket at the store for these values, and how its name goes on where a value is missing; `None` for what a store
    /// keeps for itself.
    fn stored_as(&self, values: &[&str]) -> Option<(String, &[Part])> {
        let (stored_as, missing) = self.stored_as.expand(values);
        // What an operator has written out is meant.
        let kept = missing.is_empty() && is_kept(&stored_as) && self.stored_as.fixed().is_none();
        (!kept).then_some((stored_as, missing))
    }

    /// The bucket of these segments, of which the values are those of this pattern.
    fn bucket(&self, name: &BucketName, segments: &[&str], values: &[&str]) -> Option<Bucket> {
        Some(Bucket {
            name: name.clone(),
            backend: Arc::clone(&self.backend),
            stored_as: self.stored_as(values)?.0.into(),
            within: segments.iter().flat_map(|segment| [*segment, "/"]).collect::<String>().into(),
            prefix: self.prefix.expand(values).0.into(),
            public: self.public(name),
            cors: Arc::clone(&self.cors),
            open: true,
            create: self.create,
        })
    }
}

impl Mappings {
    /// These mappings. Of two that are ambiguous the first wins; a configuration refuses them.
    #[must_use]
    pub fn new(mut all: Vec<Mapping>) -> Self {
        all.sort_by_cached_key(|mapping| mapping.pattern.rank());
        let mut named: HashMap<Box<str>, Vec<usize>> = HashMap::new();
        let mut open = Vec::new();
        for (at, mapping) in all.iter().enumerate() {
            match mapping.pattern.bucket() {
                Some(bucket) => named.entry(bucket.into()).or_default().push(at),
                None => open.push(at),
            }
        }
        Self { all, named, open }
    }

    /// Every mapping, the most literal first.
    pub fn iter(&self) -> impl Iterator<Item = &Mapping> {
        self.all.iter()
    }

    /// What these mappings know of a name: nothing, if no mapping takes names in that bucket.
    #[must_use]
    pub fn find(self: &Arc<Self>, named: &Named<'_>) -> Option<Found> {
        let depth = self.group(named.bucket).next()?.pattern.depth();
        let text = match named.inside {
            Inside::Whole => "",
            Inside::Key(text) | Inside::Listing(text) => text,
        };
        let (segments, rest) = split(text, depth - 1);
        let taken = |mapping| Some((mapping, Mapping::values(mapping, named.bucket.as_str(), &segments)?));
        let found = if segments.len() + 1 == depth {
            let taken = self.group(named.bucket).find_map(taken);
            taken.and_then(|(mapping, values)| mapping.bucket(named.bucket, &segments, &values))
        } else {
            None
        };
        if depth == 1 && found.is_none() {
            return None;
        }
        // The name alone, with a slash, would be an object without a name at a store where nothing is put before keys.
        let nameless = |bucket: &Bucket| {
            matches!(named.inside, Inside::Key(_)) && rest.is_empty() && bucket.prefix.is_empty()
        };
        Some(match found {
            Some(bucket) if !nameless(&bucket) => Found::from(bucket),
            Some(_) | None => Found::Above(Above::new(Arc::clone(self), named.bucket.clone())),
        })
    }

    /// The buckets that the mappings name, once for each mapping.
    #[must_use]
    pub fn named(&self) -> Vec<BucketEntry> {
        let named = self.all.iter().filter_map(|mapping| {
            let name = BucketName::parse(mapping.pattern.bucket()?).ok()?;
            // A configuration does not know when a bucket was made, and S3 always says.
            Some(BucketEntry { public: mapping.public(&name), created: Timestamp::from_unix(0), name })
        });
        named.collect()
    }

    /// The cross-origin rules of what has this name. Above the names of patterns, the rules are those of the most literal that
    /// may follow and has some.
    #[must_use]
    pub fn cors(&self, to: &Destination<'_>) -> Arc<Cors> {
        let ended = to.inside.rsplit_once('/').map_or("", |(ended, _)| ended);
        let texts = || ended.split('/').filter(|_| !ended.is_empty());
        let takes = |mapping: &&Mapping| {
            let segments = mapping.pattern.segments().iter().skip(1);
            segments.zip(texts()).all(|(segment, text)| segment.value(text).is_some())
        };
        let whole = |mapping: &Mapping| texts().count() + 1 >= mapping.pattern.depth();
        let mut taking = self.group(&to.bucket).filter(takes);
        let found = taking.find(|mapping| whole(mapping) || !mapping.cors.is_empty());
        found.map_or_else(Arc::default, |mapping| Arc::clone(&mapping.cors))
    }

    /// The mappings that say what a bucket is, the most literal first. All have as many segments.
    fn group<'s>(&'s self, bucket: &'s BucketName) -> impl Iterator<Item = &'s Mapping> {
        let named = self.named.get(bucket.as_str()).map_or(&[][..], Vec::as_slice);
        let fitting = named
            .iter()
            .chain(&self.open)
            .filter_map(|at| self.all.get(*at))
            .filter(|mapping| mapping.pattern.admits(bucket.as_str()));
        let depth = fitting.clone().next().map(|mapping| mapping.pattern.depth());
        fitting.filter(move |mapping| Some(mapping.pattern.depth()) == depth)
    }

    /// The mappings whose buckets are buckets at their stores, one for one, which only the stores can list.
    #[must_use]
    pub fn open(self: &Arc<Self>) -> Vec<OpenNames> {
        let mappings = self.open.iter().filter_map(|at| self.all.get(*at));
        mappings
            .filter(|mapping| mapping.stored_as.uses(0))
            .map(|mapping| OpenNames { mappings: Arc::clone(self), mapping: mapping.clone() })
            .collect()
    }
}

impl OpenNames {
    /// The store that has them.
    #[must_use]
    pub fn backend(&self) -> &Arc<Backend> {
        &self.mapping.backend
    }

    /// Whether anything in them is open to everybody.
    #[must_use]
    pub fn is_public(&self) -> bool {
        !self.mapping.public.is_empty()
    }

    /// What clients call this bucket of the store; `None` when they cannot name it, or when another mapping has the name.
    #[must_use]
    pub fn client_name(&self, stored: &str) -> Option<BucketName> {
        let value = self.mapping.stored_as.invert(stored)?;
        let name = BucketName::parse(&self.mapping.pattern.first()?.with(value)).ok()?;
        self.mapping.stored_as(&[value])?;
        let pattern = &self.mapping.pattern;
        // In a bucket of several segments every mapping may have a part; of one segment the first has it all.
        let shares = if pattern.depth() == 1 { 1 } else { usize::MAX };
        let is_ours = self.mappings.group(&name).take(shares).any(|found| found.pattern == *pattern);
        is_ours.then_some(name)
    }

    /// What everybody may do there.
    pub(crate) fn public(&self, bucket: &BucketName) -> Arc<Policy> {
        self.mapping.public(bucket)
    }
}

/// Whether a store may take a bucket's name for something of its own: its administration, or another protocol, by the
/// signature of the gateway's account. Only a pattern could name that by chance, or for whoever asks for it.
///
/// Sources: `rgw_admin_entry`, `rgw_swift_url_prefix` and `rgw_swift_auth_entry` of
/// <https://docs.ceph.com/en/latest/radosgw/config-ref/>; `minioReservedBucket` of <https://github.com/minio/minio>.
fn is_kept(stored: &str) -> bool {
    matches!(stored, "admin" | "auth" | "minio" | "swift")
}

/// The first segments of a text, up to so many that a slash ends, and what follows them.
fn split(text: &str, most: usize) -> (Vec<&str>, &str) {
    let mut segments = Vec::new();
    let mut rest = text;
    while segments.len() < most
        && let Some((segment, after)) = rest.split_once('/')
    {
        segments.push(segment);
        rest = after;
    }
    (segments, rest)
}
