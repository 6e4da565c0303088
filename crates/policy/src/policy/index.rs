//! Which statements of a large policy a question can be about, found by what their resources begin with.
//!
//! A statement about `data/2026/*` is kept under its head, `data/2026/`. A question is looked up by each of its own
//! beginnings that is as long as some head: a few look-ups instead of a thousand comparisons. What is found is asked then.

use std::collections::{BTreeSet, HashMap};

use super::Statement;
use crate::resource::{Resource, Resources};
use crate::{Ask, Target};

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
    places: HashMap<Box<[u8]>, Vec<u32>>,
    /// How long heads are, each length once, from the shortest.
    lengths: Vec<usize>,
}

impl Index {
    pub(super) fn of(statements: &[Statement]) -> Self {
        let mut index = Self { objects: Heads::default(), arns: Heads::default(), grants: Heads::default() };
        for (place, statement) in (0..).zip(statements) {
            match &statement.resources {
                Resources::NotIn(_) => {
                    for heads in [&mut index.objects, &mut index.arns, &mut index.grants] {
                        heads.add("", place);
                    }
                }
                Resources::In(each) => each.iter().for_each(|resource| index.add(resource, place)),
            }
        }
        for heads in [&mut index.objects, &mut index.arns, &mut index.grants] {
            heads.finish();
        }
        index
    }

    fn add(&mut self, resource: &Resource, place: u32) {
        match resource {
            Resource::Arn(pattern) => {
                let head = pattern.head();
                self.objects.add(&head, place);
                self.arns.add(&head, place);
            }
            Resource::Under { bucket, begin, .. } => {
                let head = bucket.head();
                let whole = bucket.ready().is_some_and(|glob| glob.is_literal());
                self.objects
                    .add(&if whole { format!("{head}/{}", begin.head()) } else { head.clone() }, place);
                self.grants.add(&head, place);
            }
        }
    }

    /// The places of all statements that can speak of the target, in order. `name` is the target as an ARN names it.
    pub(super) fn places(&self, ask: &Ask<'_>, name: &str) -> Vec<u32> {
        let mut places = Vec::with_capacity(16);
        match ask.target {
            Target::Object { .. } => self.objects.find(name, &mut places),
            Target::Listing { bucket, prefix } => {
                self.arns.find(name, &mut places);
                self.objects.find(&format!("{bucket}/{prefix}"), &mut places);
            }
            Target::Bucket(_) => {
                self.arns.find(name, &mut places);
                self.grants.find(name, &mut places);
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }
}

impl Heads {
    fn add(&mut self, head: &str, place: u32) {
        self.places.entry(head.as_bytes().into()).or_default().push(place);
    }

    fn finish(&mut self) {
        self.lengths =
            self.places.keys().map(|head| head.len()).collect::<BTreeSet<_>>().into_iter().collect();
    }

    fn find(&self, text: &str, places: &mut Vec<u32>) {
        for length in &self.lengths {
            let Some(head) = text.as_bytes().get(..*length) else { return };
            if let Some(found) = self.places.get(head) {
                places.extend(found);
            }
        }
    }
}
