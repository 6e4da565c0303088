//! ListBuckets: what the configuration names, and what the stores behind patterns have.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use brigade_sigv4::{Timestamp, percent_encode};
use bytes::Bytes;
use http::{Response, StatusCode};

use super::{Heard, Inquiry, Kind, Question};
use crate::answer::{BucketEntry, ListedBucket, list_buckets};
use crate::mapping::OpenNames;
use crate::{Backend, BucketName, BucketsQuery, Caller, Code, S3Error, store_error, xml};

/// How many pages a store is asked for: with S3's own page size, more buckets than an account can have.
const PAGES: usize = 20;

pub(super) struct Census {
    caller: Caller,
    query: BucketsQuery,
    region: Box<str>,
    /// What the configuration names, and when it was made, or nothing where the caller may not see it.
    named: BTreeMap<BucketName, Option<Timestamp>>,
    /// What else stores have that the caller may see, likewise.
    found: BTreeMap<BucketName, Option<Timestamp>>,
    open: Vec<OpenNames>,
    stores: VecDeque<Arc<Backend>>,
    /// Of the store that is being asked: where its next page begins.
    next: Option<String>,
    pages: usize,
}

impl Inquiry {
    /// Asks which buckets the caller may see: of those that are named, and of those in the stores behind patterns.
    #[must_use]
    pub fn buckets(
        caller: Caller,
        query: BucketsQuery,
        entries: Vec<BucketEntry>,
        open: Vec<OpenNames>,
        region: &str,
    ) -> Self {
        let mut named = BTreeMap::new();
        for entry in entries {
            let seen = caller.may_see(entry.name.as_str(), &entry.public);
            let shown: &mut Option<Timestamp> = named.entry(entry.name).or_default();
            *shown = shown.or(seen.then_some(entry.created));
        }
        // Whom nothing is open to has no business at the store.
        let open: Vec<_> =
            open.into_iter().filter(|open| matches!(caller, Caller::Known(_)) || open.is_public()).collect();
        let mut stores: VecDeque<Arc<Backend>> = VecDeque::new();
        for backend in open.iter().map(OpenNames::backend) {
            if !stores.iter().any(|store| Arc::ptr_eq(store, backend)) {
                stores.push_back(Arc::clone(backend));
            }
        }
        let region = region.into();
        let (found, next) = (BTreeMap::new(), None);
        Self(Kind::Census(Census { caller, query, region, named, found, open, stores, next, pages: 0 }))
    }
}

impl Census {
    pub(super) fn question(&self) -> Result<Option<Question>, S3Error> {
        let Some(store) = self.stores.front() else { return Ok(None) };
        let target = self.next.as_ref().map_or_else(String::new, |token| {
            format!("?continuation-token={}", percent_encode(token.as_bytes()))
        });
        Question::get(store, &target).map(Some)
    }

    pub(super) fn take(&mut self, heard: Heard) -> Result<(), S3Error> {
        let Some(store) = self.stores.front().map(Arc::clone) else { return Ok(()) };
        let (head, body) = heard?;
        let page = if head.status.is_success() {
            xml::parse_buckets(&body).map_err(store_error::of_xml)?
        } else if says_no(head.status) {
            // A store that does not list its buckets to us still serves each by its name.
            xml::StoredBuckets::default()
        } else {
            return Err(store_error::translate(head.status, &head.headers, &body, true));
        };
        for bucket in &page.buckets {
            for open in self.open.iter().filter(|open| Arc::ptr_eq(open.backend(), &store)) {
                let Some(name) = open.client_name(&bucket.name) else { continue };
                let seen = self.caller.may_see(name.as_str(), &open.public(&name));
                let created = Timestamp::parse_iso8601(&bucket.created).unwrap_or(Timestamp::from_unix(0));
                // Several patterns may have a part of it; one that shows it is enough.
                if seen && !self.named.contains_key(&name) {
                    self.found.entry(name).or_insert(Some(created));
                }
            }
        }
        self.pages += 1;
        self.next = page.next.filter(|next| self.pages < PAGES && self.next.as_ref() != Some(next));
        if self.next.is_none() {
            self.stores.pop_front();
            self.pages = 0;
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Response<Bytes>, S3Error> {
        let mut seen = self.found;
        seen.extend(self.named);
        let seen =
            seen.into_iter().filter_map(|(name, created)| Some(ListedBucket { name, created: created? }));
        let seen: Vec<_> = seen.collect();
        // An empty list would tell an unsigned caller less than that signing is what is missing.
        if seen.is_empty() && matches!(self.caller, Caller::Anonymous) {
            return Err(
                S3Error::new(Code::AccessDenied).say("Access Denied: no bucket is public; sign the request.")
            );
        }
        Ok(list_buckets(&self.query, &seen, &self.region))
    }
}

/// Whether a store says that listing its buckets is not for us, rather than that it cannot now.
fn says_no(status: StatusCode) -> bool {
    matches!(status.as_u16(), 400 | 403 | 404 | 405 | 501)
}
