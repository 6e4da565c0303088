//! Which statements of a large policy a question can be about, found by what their resources begin with.
//!
//! A statement about `data/2026/*` is kept under its head, `data/2026/`. A question is looked up by each of its own
//! beginnings that is as long as some head: a few look-ups instead of a thousand comparisons. Of what is found, its actions
//! and its last bytes are compared where they lie side by side; only what is left then is asked.

use std::collections::HashMap;

use super::Statement;
use crate::action::ActionSet;
use crate::glob::Glob;
use crate::resource::{Resource, Resources};
use crate::{Action, Ask, Target};

#[derive(Debug)]
pub(super) struct Index {
    /// By what `bucket/key` begins with.
    objects: Heads,
    /// By what a bucket's name begins with: what ARNs say of it.
    arns: Heads,
    /// The same: what grants say of it.
    grants: Heads,
}

/// The places of statements, by the beginning that a text must have for them to speak of it.
#[derive(Debug, Default)]
struct Heads {
    places: HashMap<Box<[u8]>, Vec<Entry>>,
    /// How long heads are, each length once, from the shortest.
    lengths: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    place: u32,
    actions: ActionSet,
    tail: Tail,
}

/// The last bytes that a text must have, up to eight.
#[derive(Clone, Copy, Debug, Default)]
struct Tail {
    bytes: u64,
    mask: u64,
}

impl Tail {
    /// The last bytes of every text that the pattern matches.
    fn of(glob: Option<&Glob>) -> Self {
        let tail = glob.map_or("", Glob::tail).as_bytes();
        let length = tail.len().min(8);
        let mask = if length == 0 { 0 } else { u64::MAX << (64 - 8 * length) };
        Self { bytes: Self::end(tail) & mask, mask }
    }

    /// The last eight bytes of a text, the last one in front.
    fn end(text: &[u8]) -> u64 {
        let mut bytes = [0; 8];
        for (byte, found) in bytes.iter_mut().zip(text.iter().rev()) {
            *byte = *found;
        }
        u64::from_be_bytes(bytes)
    }
}

impl Index {
    pub(super) fn of(statements: &[Statement]) -> Self {
        let mut index = Self { objects: Heads::default(), arns: Heads::default(), grants: Heads::default() };
        for (place, statement) in (0..).zip(statements) {
            match &statement.resources {
                Resources::NotIn(_) => {
                    for heads in [&mut index.objects, &mut index.arns, &mut index.grants] {
                        heads.add("", Entry { place, actions: statement.actions, tail: Tail::default() });
                    }
                }
                Resources::In(each) => {
                    each.iter().for_each(|resource| index.add(resource, place, statement.actions));
                }
            }
        }
        for heads in [&mut index.objects, &mut index.arns, &mut index.grants] {
            heads.finish();
        }
        index
    }

    fn add(&mut self, resource: &Resource, place: u32, actions: ActionSet) {
        match resource {
            Resource::Arn(pattern) => {
                let head = pattern.head();
                let entry = Entry { place, actions, tail: Tail::of(pattern.ready()) };
                self.objects.add(&head, entry);
                self.arns.add(&head, entry);
            }
            Resource::Under { bucket, begin, .. } => {
                let head = bucket.head();
                let whole = bucket.ready().is_some_and(|glob| glob.is_literal());
                let entry = Entry { place, actions, tail: Tail::default() };
                let inside = if whole { format!("{head}/{}", begin.head()) } else { head.clone() };
                self.objects.add(&inside, entry);
                self.grants.add(&head, entry);
            }
        }
    }

    /// The places of all statements that can speak of the target, in order. `name` is the target as an ARN names it.
    pub(super) fn places(&self, ask: &Ask<'_>, name: &str) -> Vec<u32> {
        let mut places = Vec::with_capacity(16);
        match ask.target {
            Target::Object { .. } => self.objects.find(name, ask.action, &mut places),
            Target::Listing { bucket, prefix } => {
                self.arns.find(name, ask.action, &mut places);
                self.objects.find(&format!("{bucket}/{prefix}"), ask.action, &mut places);
            }
            Target::Bucket(_) => {
                self.arns.find(name, ask.action, &mut places);
                self.grants.find(name, ask.action, &mut places);
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }
}

impl Heads {
    fn add(&mut self, head: &str, entry: Entry) {
        self.places.entry(head.as_bytes().into()).or_default().push(entry);
    }

    fn finish(&mut self) {
        self.lengths = self.places.keys().filter_map(|head| u32::try_from(head.len()).ok()).collect();
        self.lengths.sort_unstable();
        self.lengths.dedup();
    }

    fn find(&self, text: &str, action: Action, places: &mut Vec<u32>) {
        let end = Tail::end(text.as_bytes());
        let fits = |entry: &&Entry| entry.actions.has(action) && end & entry.tail.mask == entry.tail.bytes;
        for length in &self.lengths {
            let Some(head) = text.as_bytes().get(..*length as usize) else { return };
            if let Some(found) = self.places.get(head) {
                places.extend(found.iter().filter(fits).map(|entry| entry.place));
            }
        }
    }
}
