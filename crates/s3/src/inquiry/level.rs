//! A listing above the names of patterns: the next segment of the names, each as a common prefix.
//!
//! ```text
//! s3://acme/            roads/  special/  trees/
//!                       └ store ┘ config └ store
//! ```
//! The configuration knows the literal names; each store behind a pattern is asked for its folders, page by page, until
//! there are enough for the client's page. What is shown goes only as far as every store has been read.

use std::collections::BTreeSet;

use brigade_policy::{Action, Ask, Policy, Target};
use brigade_sigv4::{percent_encode, percent_encode_path};
use bytes::Bytes;
use http::Response;

use super::{Heard, Inquiry, Kind, Question};
use crate::bucket::could_be_resolved;
use crate::known::Known;
use crate::mapping::{Level, Source};
use crate::token::Sealer;
use crate::xml::{self, Document, XmlError};
use crate::{
    Above, BucketName, BucketRequest, Caller, Code, ListQuery, ListVersion, S3Error, answer, store_error,
};

/// How many pages of each store are read for one page of the client's.
const PAGES: usize = 10;

/// What the client asked, in its own names.
pub(crate) struct Asked {
    version: ListVersion,
    bucket: BucketName,
    prefix: String,
    token: Option<String>,
    /// `marker` or `start-after`.
    begin: String,
    max: usize,
    delimiter: String,
    coded: bool,
}

pub(super) struct Listing {
    caller: Caller,
    known: Known,
    above: Above,
    asked: Asked,
    fixed: String,
    /// What to show comes behind this, in the client's names.
    after: String,
    /// Common prefixes, in the client's names.
    shown: BTreeSet<String>,
    readings: Vec<Reading>,
    sealer: Sealer,
}

/// How far a store has been read.
struct Reading {
    source: Source,
    found: usize,
    pages: usize,
    next: Next,
}

enum Next {
    First,
    /// The store's token, and how far the pages so far go, in the client's names.
    Page(String, String),
    End,
}

impl Asked {
    pub(crate) fn read(version: ListVersion, query: &ListQuery, request: &BucketRequest) -> Self {
        let begin = match version {
            ListVersion::V1 => "marker",
            ListVersion::V2 => "start-after",
        };
        Self {
            version,
            bucket: request.bucket.clone(),
            prefix: query.prefix.clone(),
            token: query.token.clone(),
            begin: request.parameter(begin).to_owned(),
            max: request.parameter("max-keys").parse().unwrap_or(1000).min(1000),
            delimiter: request.parameter("delimiter").to_owned(),
            coded: request.parameter("encoding-type") == "url",
        }
    }
}

impl Inquiry {
    /// Asks for what follows a prefix that ends above a name. The caller may list there; of what is below, only what it
    /// may list is shown.
    ///
    /// # Errors
    /// 400 `InvalidArgument` for a token of another listing.
    pub(crate) fn level(
        caller: Caller,
        known: Known,
        above: Above,
        level: Level,
        asked: Asked,
    ) -> Result<Self, S3Error> {
        let sealer = Sealer::above(&asked.bucket, &level.open);
        let after = match &asked.token {
            Some(token) => sealer.open(token, &asked.prefix)?,
            None => asked.begin.clone(),
        };
        let Level { fixed, named, open } = level;
        let readings =
            open.into_iter().map(|source| Reading { source, found: 0, pages: 0, next: Next::First });
        let readings = readings.collect();
        let mut listing =
            Listing { caller, known, above, asked, fixed, after, shown: BTreeSet::new(), readings, sealer };
        for (name, public) in named {
            listing.show(&name, &public);
        }
        Ok(Self(Kind::Listing(Box::new(listing))))
    }
}

impl Listing {
    pub(super) fn question(&self) -> Result<Option<Question>, S3Error> {
        let Some(reading) = self.readings.iter().find(|reading| reading.goes_on(self.asked.max)) else {
            return Ok(None);
        };
        let Source { backend, stored_as, base, begin, .. } = &reading.source;
        let mut target = format!(
            "{}?list-type=2&delimiter=%2F&encoding-type=url&max-keys=1000&prefix={}",
            percent_encode(stored_as.as_bytes()),
            percent_encode(format!("{base}{begin}").as_bytes())
        );
        let behind = match &reading.next {
            Next::First => {
                // What a client begins with may be no name; names that stores told us are in the tokens.
                let ours = self.asked.token.is_some();
                let bears = |rest: &&str| ours || backend.exact_keys || !could_be_resolved(rest);
                let rest = self.after.strip_prefix(&*self.fixed).filter(|rest| !rest.is_empty());
                rest.filter(bears).map(|rest| {
                    format!("&start-after={}", percent_encode(format!("{base}{rest}").as_bytes()))
                })
            }
            Next::Page(token, _) => Some(format!("&continuation-token={}", percent_encode(token.as_bytes()))),
            Next::End => None,
        };
        target.push_str(&behind.unwrap_or_default());
        Question::get(backend, &target).map(Some)
    }

    pub(super) fn take(&mut self, heard: Heard) -> Result<(), S3Error> {
        let max = self.asked.max;
        let Some(at) = self.readings.iter().position(|reading| reading.goes_on(max)) else { return Ok(()) };
        let (head, body) = heard?;
        if !head.status.is_success() {
            return Err(store_error::translate(head.status, &head.headers, &body, true));
        }
        let page = xml::parse_folders(&body).map_err(store_error::of_xml)?;
        let Some(mut reading) = (at < self.readings.len()).then(|| self.readings.swap_remove(at)) else {
            return Ok(());
        };
        for prefix in &page.prefixes {
            let name = prefix.strip_prefix(&*reading.source.base);
            let name = name.ok_or_else(|| store_error::of_xml(XmlError::Foreign))?;
            let Some(name) = name.strip_suffix('/') else { continue };
            if self.above.owns(&reading.source, &self.fixed, name) && self.show(name, &reading.source.public)
            {
                reading.found += 1;
            }
        }
        let seen = page.last.strip_prefix(&*reading.source.base).map(|rest| format!("{}{rest}", self.fixed));
        reading.pages += 1;
        reading.next = match (page.next, reading.next) {
            (None, _) => Next::End,
            (Some(token), Next::Page(before, far)) if token == before => Next::Page(token, far),
            (Some(token), Next::Page(_, far)) => Next::Page(token, seen.unwrap_or_default().max(far)),
            (Some(token), Next::First | Next::End) => {
                Next::Page(token, seen.unwrap_or_default().max(self.after.clone()))
            }
        };
        self.readings.insert(at, reading);
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Response<Bytes>, S3Error> {
        let max = self.asked.max;
        // Behind the store that was read least far, nothing is known.
        let horizon = self.readings.iter().filter_map(Reading::horizon).min();
        let known = |prefix: &&String| horizon.is_none_or(|horizon| prefix.as_str() <= horizon);
        let mut entries = self.shown.iter().filter(known);
        let page: Vec<_> = entries.by_ref().take(max).collect();
        let next = match (entries.next(), horizon) {
            _ if max == 0 => None,
            (Some(_), _) => page.last().map(|last| last.as_str()),
            (None, horizon) => horizon,
        };
        let next = match (next, self.asked.version, page.last()) {
            (None, _, _) => None,
            (Some(next), ListVersion::V2, Some(_)) => Some(next),
            (Some(next), ListVersion::V2, None) if *next > *self.after => Some(next),
            // A marker can be read, and how far a store was read may be a name that this caller may not see.
            (Some(_), ListVersion::V1, Some(last)) => Some(last.as_str()),
            (Some(_), _, None) => {
                return Err(S3Error::new(Code::NotImplemented)
                    .say("Too much here has no name for this listing to go on; use ListObjectsV2, or a longer prefix."));
            }
        };
        Ok(answer::document(self.document(&page, next)))
    }

    /// Takes a name that comes behind what the client has; whether it is to be shown.
    fn show(&mut self, name: &str, public: &Policy) -> bool {
        let prefix = format!("{}{name}/", self.fixed);
        let target = Target::Listing { bucket: self.asked.bucket.as_str(), prefix: &prefix };
        let known = self.known.listing(&prefix);
        let ask = Ask::new(Action::ListBucket, target).with(&known);
        let new = *prefix > *self.after
            && prefix.starts_with(&self.asked.prefix)
            && self.caller.decide(&ask, Some(public)).is_allowed();
        new && self.shown.insert(prefix)
    }

    fn document(&self, page: &[&String], next: Option<&str>) -> Vec<u8> {
        let Asked { version, bucket, prefix, token, begin, max, delimiter, coded } = &self.asked;
        let spelled = |text: &str| {
            if *coded { percent_encode_path(text.as_bytes()) } else { text.to_owned() }
        };
        Document::in_namespace("ListBucketResult", |list| {
            list.text("Name", bucket.as_str()).text("Prefix", &spelled(prefix));
            match version {
                ListVersion::V1 => {
                    list.text("Marker", &spelled(begin));
                    if let Some(next) = next {
                        list.text("NextMarker", &spelled(next));
                    }
                }
                ListVersion::V2 => {
                    if let Some(token) = token {
                        list.text("ContinuationToken", token);
                    }
                    if let Some(next) = next {
                        list.text("NextContinuationToken", &self.sealer.seal(next, prefix));
                    }
                    if !begin.is_empty() {
                        list.text("StartAfter", &spelled(begin));
                    }
                    list.text("KeyCount", &page.len().to_string());
                }
            }
            list.text("MaxKeys", &max.to_string());
            if !delimiter.is_empty() {
                list.text("Delimiter", &spelled(delimiter));
            }
            if *coded {
                list.text("EncodingType", "url");
            }
            list.text("IsTruncated", if next.is_some() { "true" } else { "false" });
            for prefix in page {
                list.element("CommonPrefixes", |entry| {
                    entry.text("Prefix", &spelled(prefix));
                });
            }
        })
    }
}

impl Reading {
    /// Whether the store is to be asked more: for one entry more than the page has, which says that there is a next.
    fn goes_on(&self, max: usize) -> bool {
        let more = match self.next {
            Next::First | Next::Page(..) => true,
            Next::End => false,
        };
        more && max > 0 && self.found <= max && self.pages < PAGES
    }

    /// How far the store has been read, if not to its end.
    fn horizon(&self) -> Option<&str> {
        match &self.next {
            Next::Page(_, far) => Some(far),
            Next::First | Next::End => None,
        }
    }
}
