//! Listings: their prefixes and markers in the store's names.

use super::Draft;
use crate::inbound::Task;
use crate::token::Sealer;
use crate::xml::ListingKind;
use crate::{Bucket, Code, ListQuery, ListVersion, S3Error};

impl Draft {
    pub(super) fn list(
        &mut self,
        bucket: &Bucket,
        query: &ListQuery,
        version: ListVersion,
    ) -> Result<(), S3Error> {
        let sealer = Sealer::of(bucket);
        self.bound("max-keys");
        self.under_prefix(bucket, &query.prefix, &["prefix", "marker", "start-after"])?;
        for (name, value) in &mut self.query {
            if name == "continuation-token" {
                *value = sealer.open(value, &query.prefix)?;
            }
        }
        // The mapping's own folder marker, an object named like its prefix, has no name here: begin behind it.
        let (kind, after) = match version {
            ListVersion::V1 => (ListingKind::V1, "marker"),
            ListVersion::V2 => (ListingKind::V2, "start-after"),
        };
        let begins = ["marker", "start-after", "continuation-token"].iter().any(|name| self.has(name));
        if !bucket.prefix.is_empty() && query.prefix.is_empty() && !begins {
            self.query.push((after.to_owned(), bucket.prefix.to_string()));
        }
        self.task = Task::List { kind, prefix: query.prefix.clone(), token: query.token.clone() };
        Ok(())
    }

    pub(super) fn list_versions(&mut self, bucket: &Bucket, query: &ListQuery) -> Result<(), S3Error> {
        self.bound("max-keys");
        let marker = |name: &str| self.query.iter().any(|(n, value)| n == name && !value.is_empty());
        if self.has("version-id-marker") {
            // Amazon S3's own words: a store that takes it without a key begins anywhere.
            let wrong = if !marker("key-marker") {
                Some("A version-id marker cannot be specified without a key marker.")
            } else if !marker("version-id-marker") {
                Some("A version-id marker cannot be empty.")
            } else {
                None
            };
            if let Some(message) = wrong {
                return Err(S3Error::new(Code::InvalidArgument)
                    .say(message)
                    .with("ArgumentName", "version-id-marker"));
            }
        }
        let begins = marker("key-marker");
        self.under_prefix(bucket, &query.prefix, &["prefix", "key-marker"])?;
        if !bucket.prefix.is_empty() && query.prefix.is_empty() && !begins {
            self.query.push(("key-marker".to_owned(), bucket.prefix.to_string()));
        }
        self.task = Task::List { kind: ListingKind::Versions, prefix: query.prefix.clone(), token: None };
        Ok(())
    }

    pub(super) fn list_uploads(&mut self, bucket: &Bucket, query: &ListQuery) -> Result<(), S3Error> {
        self.bound("max-uploads");
        self.under_prefix(bucket, &query.prefix, &["prefix", "key-marker"])?;
        self.task = Task::List { kind: ListingKind::Uploads, prefix: query.prefix.clone(), token: None };
        Ok(())
    }

    /// Puts the mapping's prefix before the values of these parameters, and asks for it where the client asked for none.
    fn under_prefix(&mut self, bucket: &Bucket, prefix: &str, names: &[&str]) -> Result<(), S3Error> {
        self.query.retain(|(name, value)| !(value.is_empty() && names.contains(&name.as_str())));
        for (name, value) in &mut self.query {
            if names.contains(&name.as_str()) {
                *value = bucket.stored_key(value)?;
            }
        }
        if prefix.is_empty() && !bucket.prefix.is_empty() {
            self.query.push(("prefix".to_owned(), bucket.prefix.to_string()));
        }
        Ok(())
    }

    /// A page holds at most 1,000 entries, whatever is asked for and whatever the store would give.
    pub(super) fn bound(&mut self, name: &str) {
        for (_, value) in self.query.iter_mut().filter(|(n, _)| n == name) {
            if value.parse::<u64>().is_ok_and(|n| n > 1000) {
                "1000".clone_into(value);
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        self.query.iter().any(|(n, _)| n == name)
    }
}
