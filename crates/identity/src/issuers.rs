//! The keys of issuers, kept: what is held, what is asked for, and when to ask again. Values only; the asking is others'.
//!
//! ```text
//! age of what is held      key known                          key unknown, or nothing held
//! under 15 min             Use                                Fetch, once a minute; else Use, which has no such key
//! under 24 h               Refresh for one, Use for others    Fetch, once a minute
//! older, or nothing        -                                  Fetch, sixteen at a time
//! after a failure, 30 s    Use                                Unavailable
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::{Issuer, KeySet, WebUrl, json};

/// How long keys are used without asking again, in seconds.
const FRESH: u64 = 15 * 60;

/// How long keys are used while nobody answers, in seconds.
const STALE: u64 = 24 * 60 * 60;

/// How long an issuer is left alone after a failure, in seconds.
const BACKOFF: u64 = 30;

/// How often an issuer is asked for a key that it did not have, in seconds.
const UNKNOWN: u64 = 60;

/// How long it is waited for a fetch whose end nobody told, in seconds: its request may be gone.
const ABANDONED: u64 = 15;

/// How many requests fetch the same keys at once when there are none.
const AT_ONCE: usize = 16;

/// The most issuers that keys are held of.
const ISSUERS: usize = 256;

/// The keys of issuers as they were last heard of, and what is under way.
///
/// Every time is seconds since 1970 and an argument. An issuer has its place here when it is first asked for, so only issuers
/// of the configuration do; of more than 256, those longest unused lose theirs.
#[derive(Debug, Default)]
pub struct Issuers {
    slots: HashMap<Issuer, Slot>,
}

#[derive(Debug, Default)]
struct Slot {
    held: Option<Held>,
    /// When each fetch began that has not ended. At most [`AT_ONCE`].
    under_way: Vec<u64>,
    /// When a fetch last began because of a key that was not held.
    looked: Option<u64>,
    /// When one last failed, with nothing better since.
    failed: Option<u64>,
    used: u64,
}

#[derive(Debug)]
struct Held {
    keys: Arc<KeySet>,
    /// When the fetch began that brought them.
    at: u64,
}

/// What to do for a key.
#[derive(Debug)]
pub enum Lookup {
    /// Use these.
    Use(Arc<KeySet>),
    /// Fetch on behalf of everyone; if that fails, use these.
    Refresh(Arc<KeySet>, Fetch),
    /// Fetch: without, there is no key.
    Fetch(Fetch),
    /// There are none now: the issuer failed a moment ago, or others are at asking it.
    Unavailable,
}

/// A document to get, and then to hand to [`Issuers::fetched`].
#[derive(Debug)]
pub struct Fetch {
    issuer: Issuer,
    began: u64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Discovery,
    Keys(WebUrl),
}

impl Fetch {
    /// The most bytes that a document may have.
    pub const LIMIT: usize = KeySet::LIMIT;

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.stage {
            Stage::Discovery => self.issuer.url.discovery(),
            Stage::Keys(url) => url.as_str().to_owned(),
        }
    }

    /// Of whom.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }
}

/// What came of a fetch.
#[derive(Debug)]
pub enum Fetched {
    /// The next document to get.
    Next(Fetch),
    /// The keys.
    Keys(Arc<KeySet>),
    /// It failed.
    Failed(FetchFault),
}

/// Why a fetch failed. The text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchFault {
    /// No answer, or no good one.
    #[error("{0}")]
    Answer(String),
    /// The discovery document cannot be read.
    #[error("the discovery document is not one")]
    Discovery,
    /// The discovery document is another issuer's.
    #[error("the discovery document is of the issuer {0:?}")]
    OtherIssuer(String),
    /// The address of the keys is none to fetch from.
    #[error("jwks_uri {0:?} is no address to fetch keys from: it must be https")]
    Address(String),
    /// The key set cannot be read.
    #[error(transparent)]
    Keys(#[from] crate::KeySetError),
}

impl Issuers {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What to do for the key of this id, or for any key, of an issuer that the configuration names.
    pub fn keys(&mut self, issuer: &Issuer, id: Option<&str>, now: u64) -> Lookup {
        if !self.slots.contains_key(issuer) {
            self.make_room();
        }
        let slot = self.slots.entry(issuer.clone()).or_default();
        slot.used = now;
        slot.under_way.retain(|began| within(*began, now, ABANDONED));
        slot.held.take_if(|held| !within(held.at, now, STALE));
        let failed = slot.failed.is_some_and(|at| within(at, now, BACKOFF));
        let busy = !slot.under_way.is_empty();
        let Some(Held { keys, at }) = &slot.held else {
            return match failed || slot.under_way.len() >= AT_ONCE {
                true => Lookup::Unavailable,
                false => Lookup::Fetch(slot.begin(issuer, now)),
            };
        };
        let (keys, fresh) = (keys.clone(), within(*at, now, FRESH));
        let known = id.is_none_or(|id| keys.has(id));
        match (known, fresh) {
            (true, true) => Lookup::Use(keys),
            (true, false) if busy || failed => Lookup::Use(keys),
            (true, false) => Lookup::Refresh(keys, slot.begin(issuer, now)),
            (false, _) if busy || failed => Lookup::Unavailable,
            (false, _) if slot.looked.is_some_and(|at| within(at, now, UNKNOWN)) => Lookup::Use(keys),
            (false, _) => {
                slot.looked = Some(now);
                Lookup::Fetch(slot.begin(issuer, now))
            }
        }
    }

    /// Takes what a fetch brought: the body of a good answer, or what went wrong.
    pub fn fetched(&mut self, fetch: Fetch, now: u64, answer: Result<&[u8], String>) -> Fetched {
        let slot = self.slots.entry(fetch.issuer.clone()).or_default();
        match fetch.read(answer) {
            Ok(Read::Next(url)) => Fetched::Next(Fetch { stage: Stage::Keys(url), ..fetch }),
            Ok(Read::Keys(keys)) => {
                slot.end(fetch.began);
                slot.failed = None;
                let keys = Arc::new(keys);
                // One that began later knows better.
                if slot.held.as_ref().is_none_or(|held| held.at <= fetch.began) {
                    slot.held = Some(Held { keys: keys.clone(), at: fetch.began });
                }
                Fetched::Keys(keys)
            }
            Err(fault) => {
                slot.end(fetch.began);
                slot.failed = Some(now);
                Fetched::Failed(fault)
            }
        }
    }

    fn make_room(&mut self) {
        if self.slots.len() >= ISSUERS {
            let oldest =
                self.slots.iter().min_by_key(|(_, slot)| slot.used).map(|(issuer, _)| issuer.clone());
            oldest.and_then(|oldest| self.slots.remove(&oldest));
        }
    }
}

impl Slot {
    fn begin(&mut self, issuer: &Issuer, now: u64) -> Fetch {
        self.under_way.push(now);
        let stage = issuer.jwks_uri.clone().map_or(Stage::Discovery, Stage::Keys);
        Fetch { issuer: issuer.clone(), began: now, stage }
    }

    fn end(&mut self, began: u64) {
        if let Some(at) = self.under_way.iter().position(|at| *at == began) {
            self.under_way.swap_remove(at);
        }
    }
}

/// What a document says.
enum Read {
    Next(WebUrl),
    Keys(KeySet),
}

impl Fetch {
    fn read(&self, answer: Result<&[u8], String>) -> Result<Read, FetchFault> {
        let document = answer.map_err(FetchFault::Answer)?;
        match &self.stage {
            Stage::Keys(_) => Ok(Read::Keys(KeySet::parse(document)?)),
            Stage::Discovery => {
                let members = if document.len() > Self::LIMIT { None } else { json::object(document) };
                let members = members.ok_or(FetchFault::Discovery)?;
                let text = |name| members.get(name).and_then(Value::as_str).ok_or(FetchFault::Discovery);
                let issuer = text("issuer")?;
                if issuer != self.issuer.url.as_str() {
                    return Err(FetchFault::OtherIssuer(excerpt(issuer)));
                }
                let address = text("jwks_uri")?;
                let url = WebUrl::parse(address).ok().filter(|url| self.issuer.may_have(url));
                url.map(Read::Next).ok_or_else(|| FetchFault::Address(excerpt(address)))
            }
        }
    }
}

/// As much of another's text as the log needs.
fn excerpt(text: &str) -> String {
    text.chars().take(200).collect()
}

/// Whether less than `span` has passed since `at`. A clock that was put back makes nothing old.
fn within(at: u64, now: u64, span: u64) -> bool {
    now.saturating_sub(at) < span
}

#[cfg(test)]
mod tests;
