//! A bucket: what clients name, and where it is kept.

use std::sync::Arc;

use brigade_policy::Policy;

use crate::xml::Names;
use crate::{Backend, BucketName, BucketRequest, Code, CopySource, Cors, S3Error, Version};

/// The facts about one bucket that a registry reports. Deciding is [`crate::authorize`]'s job.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// What clients call it.
    pub name: BucketName,
    /// The store behind it.
    pub backend: Arc<Backend>,
    /// Its name at the backend.
    pub stored_as: Arc<str>,
    /// What every key of it begins with here, in the client's names, and not at the backend; may be empty.
    pub within: Arc<str>,
    /// What is put before every key at the backend, in place of `within`; may be empty.
    pub prefix: Arc<str>,
    /// What the bucket itself says of callers: what is open to everybody, and what its own policy allows and denies.
    pub public: Arc<Policy>,
    /// What pages of other origins may do.
    pub cors: Arc<Cors>,
    /// Whether only the store can say that it exists: its name came out of a pattern.
    pub open: bool,
    /// Whether callers whose policy says so may create it at the store, and delete it there. Never a bucket with a prefix,
    /// which is but a part of the store's.
    pub create: bool,
}

impl Bucket {
    /// Whether two buckets lie in one store, so that the store itself can copy between them.
    #[must_use]
    pub fn same_store(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.backend, &other.backend)
    }

    /// What things are called here and there.
    pub(crate) fn names(&self) -> Names<'_> {
        Names { bucket: self.name.as_str(), within: &self.within, prefix: &self.prefix }
    }

    /// The key at the store of a key here.
    ///
    /// # Errors
    /// 400 `KeyTooLongError` with the mapping's prefix counted in; 400 `InvalidArgument` for a key whose path the store
    /// might resolve to another, unless the backend is known to keep keys byte for byte.
    pub(crate) fn stored_key(&self, key: &str) -> Result<String, S3Error> {
        let rest = key.strip_prefix(&*self.within).ok_or_else(|| {
            S3Error::new(Code::InternalError).because("a key is in another mapping than its bucket")
        })?;
        let stored = [&*self.prefix, rest].concat();
        if stored.len() > 1024 {
            return Err(S3Error::new(Code::KeyTooLong));
        }
        if !self.backend.exact_keys && could_be_resolved(&stored) {
            return Err(S3Error::new(Code::InvalidArgument).say(
                "The store behind this bucket may read a key with an empty, '.' or '..' segment or a backslash as another \
                 key. Where it keeps keys byte for byte, its operator can say so with exact_keys = true.",
            ));
        }
        Ok(stored)
    }

    /// Refuses the ids of uploads and versions that a store which takes them for parts of a path could follow elsewhere.
    pub(crate) fn admits_ids(&self, request: &BucketRequest) -> Result<(), S3Error> {
        if self.backend.exact_keys {
            return Ok(());
        }
        for (name, id) in &request.carried.query {
            let code = match name.as_str() {
                "uploadId" => Code::NoSuchUpload,
                "versionId" => Code::NoSuchVersion,
                "version-id-marker" | "upload-id-marker" => Code::InvalidArgument,
                _ => continue,
            };
            if leads_away(id) {
                return Err(S3Error::new(code));
            }
        }
        Ok(())
    }

    /// The same of what a copy reads here.
    pub(crate) fn admits_source(&self, source: &CopySource) -> Result<(), S3Error> {
        match &source.version {
            Version::Named(id) => self.admits_version(Some(id)),
            Version::Current => Ok(()),
        }
    }

    /// The same of one version's id.
    pub(crate) fn admits_version(&self, id: Option<&str>) -> Result<(), S3Error> {
        match id {
            Some(id) if !self.backend.exact_keys && leads_away(id) => Err(S3Error::new(Code::NoSuchVersion)),
            Some(_) | None => Ok(()),
        }
    }
}

/// Whether a store that takes an id for a part of a path could follow it elsewhere.
fn leads_away(id: &str) -> bool {
    matches!(id, "." | "..") || id.contains(['/', '\\']) || id.bytes().any(|byte| byte.is_ascii_control())
}

/// Whether a store that takes keys for paths could read a key as another one.
pub(crate) fn could_be_resolved(key: &str) -> bool {
    let inner = key.strip_suffix('/').unwrap_or(key).as_bytes();
    // Hardly any key has a segment that is empty or begins with a dot, which is found out by many bytes at once.
    let pairs = inner.iter().zip(inner.iter().skip(1));
    let odd =
        pairs.fold(false, |odd, (one, next)| odd | ((*one == b'/') & ((*next == b'/') | (*next == b'.'))));
    let odd = odd || matches!(inner, [] | [b'/' | b'.', ..] | [.., b'/']);
    let mut segments = inner.split(|byte| *byte == b'/');
    !key.is_empty()
        && (key.as_bytes().contains(&b'\\')
            || odd && segments.any(|segment| matches!(segment, b"" | b"." | b"..")))
}

#[cfg(test)]
mod tests {
    use super::could_be_resolved;

    #[test]
    fn every_key_with_a_segment_that_resolves_is_found() {
        let plainly = |key: &str| {
            let inner = key.strip_suffix('/').unwrap_or(key);
            let resolves = inner.split('/').any(|segment| matches!(segment, "" | "." | ".."));
            !key.is_empty() && (key.contains('\\') || resolves)
        };
        let mut keys = vec![String::new()];
        for _ in 0..6 {
            let longer = keys.iter().flat_map(|key| ["a", "/", ".", "\\"].map(|c| format!("{key}{c}")));
            keys = std::iter::once(String::new()).chain(longer).collect();
        }
        assert_eq!(keys.len(), 5461);
        for key in keys {
            assert_eq!(could_be_resolved(&key), plainly(&key), "{key}");
        }
    }
}
