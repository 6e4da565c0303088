//! Listings: their prefixes and markers in the store's names.

use super::Draft;
use crate::inbound::{Task, View};
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
        let view = self.viewed(bucket, &query.prefix, &["marker", "start-after"])?;
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
        let hides_marker = bucket.within.is_empty() && !bucket.prefix.is_empty();
        if hides_marker && query.prefix.is_empty() && !begins {
            self.query.push((after.to_owned(), bucket.prefix.to_string()));
        }
        self.task = Task::List { kind, prefix: query.prefix.clone(), token: query.token.clone(), view };
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
        let view = self.viewed(bucket, &query.prefix, &["key-marker"])?;
        if !self.has("key-marker") {
            // It goes with a key that lies before all of this place.
            self.query.retain(|(name, _)| name != "version-id-marker");
        }
        let hides_marker = bucket.within.is_empty() && !bucket.prefix.is_empty();
        if hides_marker && query.prefix.is_empty() && !begins {
            self.query.push(("key-marker".to_owned(), bucket.prefix.to_string()));
        }
        let prefix = query.prefix.clone();
        self.task = Task::List { kind: ListingKind::Versions, prefix, token: None, view };
        Ok(())
    }

    pub(super) fn list_uploads(&mut self, bucket: &Bucket, query: &ListQuery) -> Result<(), S3Error> {
        self.bound("max-uploads");
        let view = self.viewed(bucket, &query.prefix, &["key-marker"])?;
        let prefix = query.prefix.clone();
        self.task = Task::List { kind: ListingKind::Uploads, prefix, token: None, view };
        Ok(())
    }

    /// Puts the store's names into the query; what the client is to read of its own arguments, where the store gets others.
    fn viewed(&mut self, bucket: &Bucket, prefix: &str, markers: &[&str]) -> Result<View, S3Error> {
        let begin = self.query.iter().find(|(name, value)| markers.contains(&&**name) && !value.is_empty());
        let begin = begin.map(|(_, value)| value.clone()).unwrap_or_default();
        let asked = (!bucket.within.is_empty()).then(|| (prefix.to_owned(), begin));
        self.under_prefix(bucket, markers)?;
        let under = self.query.iter().find(|(name, _)| name == "prefix").map(|(_, value)| value.clone());
        Ok(View { asked, only: None, under: under.unwrap_or_default() })
    }

    /// Puts the store's names into the prefix and these markers, and asks for the mapping's prefix where the client asked
    /// for none.
    fn under_prefix(&mut self, bucket: &Bucket, markers: &[&str]) -> Result<(), S3Error> {
        let is_asked = |name: &str| name == "prefix" || markers.contains(&name);
        self.query.retain(|(name, value)| !(value.is_empty() && is_asked(name)));
        let mut kept = Vec::with_capacity(self.query.len() + 1);
        for (name, value) in std::mem::take(&mut self.query) {
            let stored = match () {
                () if !is_asked(&name) => Some(value),
                () if value.starts_with(&*bucket.within) => Some(bucket.stored_key(&value)?),
                // A prefix that ends above the mapping is all of it, as is a beginning before it.
                () if name == "prefix" => None,
                () if *value < *bucket.within => None,
                // Behind everything that is here: no key begins with the last of all characters.
                () => Some(format!("{}\u{10ffff}", bucket.prefix)),
            };
            kept.extend(stored.map(|stored| (name, stored)));
        }
        self.query = kept;
        if !self.has("prefix") && !bucket.prefix.is_empty() {
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
