//! The levels above a name: a bucket whose keys begin with the further segments of patterns.

use std::sync::Arc;

use brigade_policy::{Ask, Decision, Policy, Target};

use super::pattern::Segment;
use super::template::Part;
use super::{Mapping, Mappings, split};
use crate::{Backend, Bucket, BucketName, Caller, Cors, Destination, Found, Inside, Named};

/// A bucket that has several places: which one, the first segments of a key say.
#[derive(Clone, Debug)]
pub struct Above {
    mappings: Arc<Mappings>,
    bucket: BucketName,
}

/// What can follow a prefix that ends above a name: the next segment, by everything that takes it.
#[derive(Debug)]
pub(crate) struct Level {
    /// The whole segments of the prefix, each with its slash.
    pub(crate) fixed: String,
    /// The names that the configuration has, each with what everybody may do there.
    pub(crate) named: Vec<(String, Arc<Policy>)>,
    /// Those that stores have.
    pub(crate) open: Vec<Source>,
}

/// The names of one pattern at one level, as folders of a store.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) backend: Arc<Backend>,
    pub(crate) stored_as: String,
    /// What stands before the names at the store: empty, or ending in a slash.
    pub(crate) base: String,
    /// What the names begin with, as far as is known.
    pub(crate) begin: String,
    pub(crate) public: Arc<Policy>,
    segment: Segment,
    /// Where the mapping is among its bucket's.
    place: usize,
}

/// A level that cannot be listed: where the names are is not where a store could list them.
#[derive(Debug)]
pub(crate) struct Unlisted;

impl Above {
    pub(super) fn new(mappings: Arc<Mappings>, bucket: BucketName) -> Self {
        Self { mappings, bucket }
    }

    /// The bucket that has this key, if any has.
    pub(crate) fn place(&self, key: &str) -> Option<Arc<Bucket>> {
        match self.mappings.find(&Named { bucket: &self.bucket, inside: Inside::Key(key) }) {
            Some(Found::Bucket(bucket)) => Some(bucket),
            Some(Found::Above(_)) | None => None,
        }
    }

    /// The cross-origin rules above the names.
    pub(crate) fn cors(&self) -> Arc<Cors> {
        self.mappings.cors(&Destination { bucket: self.bucket.clone(), object: false, inside: "".into() })
    }

    /// What keys here begin with, to be told to who names one that does not.
    pub(crate) fn forms(&self) -> String {
        let tails = self.group().map(|mapping| {
            let name = mapping.pattern.to_string();
            let tail = name.split_once('/').map_or("", |(_, tail)| tail);
            // A literal name might be nobody's business.
            if tail.contains('{') { format!("{tail}/") } else { String::new() }
        });
        let mut tails: Vec<_> = tails.filter(|tail| !tail.is_empty()).collect();
        tails.dedup();
        tails.join(" or ")
    }

    /// Whether a caller may do this here, by its own policy or because some place below is open to everybody. What lies
    /// in a place is asked of that place.
    pub(crate) fn decide(&self, caller: &Caller, ask: &Ask<'_>) -> Decision {
        let own = caller.decide(ask, None);
        match ask.target {
            Target::Object { .. } => own,
            Target::Bucket(_) | Target::Listing { .. } => {
                let prefix = if let Target::Listing { prefix, .. } = ask.target { prefix } else { "" };
                let (segments, partial) = split(prefix, self.depth() - 1);
                let publics =
                    self.below(&segments, partial).map(|(_, mapping, _)| mapping.public(&self.bucket));
                let mut decisions = publics.map(|public| caller.decide(ask, Some(&public)));
                decisions.find(Decision::is_allowed).unwrap_or(own)
            }
        }
    }

    /// Whether a key, or what keys begin with, can be in a place.
    pub(crate) fn could_hold(&self, text: &str, is_prefix: bool) -> bool {
        let (segments, rest) = split(text, self.depth() - 1);
        let whole = segments.len() + 1 == self.depth();
        self.group().any(|mapping| {
            mapping.values(self.bucket.as_str(), &segments).is_some()
                && (whole || is_prefix && next(mapping, &segments).is_some_and(|s| s.could_begin(rest)))
        })
    }

    /// The one place of everything that begins with this prefix, as if it were a bucket, if there is one: a listing of it
    /// is the listing, but for names that no pattern takes.
    pub(crate) fn through(&self, prefix: &str, delimited: bool) -> Option<Arc<Bucket>> {
        let (segments, rest) = split(prefix, self.depth() - 1);
        let mut below = self.below(&segments, rest);
        let (_, mapping, values) = below.next().filter(|_| below.next().is_none())?;
        let open = mapping.pattern.segments().get(segments.len() + 1..).unwrap_or_default();
        if !delimited && open.iter().all(|segment| segment.variable.is_none()) {
            let literal: Vec<_> = open.iter().map(|segment| &*segment.before).collect();
            let whole = [&segments[..], &literal[..]].concat();
            let values = mapping.values(self.bucket.as_str(), &whole)?;
            return mapping.bucket(&self.bucket, &whole, &values).map(Arc::new);
        }
        let source = Source::of(mapping, &self.bucket, &values, &segments, "", 0)?;
        Some(Arc::new(Bucket {
            name: self.bucket.clone(),
            backend: source.backend,
            stored_as: source.stored_as.into(),
            within: fixed(&segments).into(),
            prefix: source.base.into(),
            public: source.public,
            cors: Arc::clone(&mapping.cors),
            open: true,
            create: false,
        }))
    }

    /// Whether no name can begin so.
    pub(crate) fn is_nothing(&self, prefix: &str) -> bool {
        let (segments, partial) = split(prefix, self.depth() - 1);
        self.below(&segments, partial).next().is_none()
    }

    /// What follows a prefix that ends above a name.
    pub(crate) fn level(&self, prefix: &str) -> Result<Level, Unlisted> {
        let (segments, partial) = split(prefix, self.depth() - 1);
        let mut level = Level { fixed: fixed(&segments), named: Vec::new(), open: Vec::new() };
        for (place, mapping, values) in self.below(&segments, partial) {
            match next(mapping, &segments) {
                Some(Segment { before, variable: None, .. }) => {
                    level.named.push((before.to_string(), mapping.public(&self.bucket)));
                }
                Some(segment) if !segment.could_value_begin(partial) => {}
                Some(_) => {
                    let source = Source::of(mapping, &self.bucket, &values, &segments, partial, place);
                    level.open.push(source.ok_or(Unlisted)?);
                }
                None => {}
            }
        }
        Ok(level)
    }

    /// Whether a store's folder at a level is a name of this source, and not one of a more literal pattern's.
    pub(crate) fn owns(&self, source: &Source, fixed: &str, name: &str) -> bool {
        if source.segment.value(name).is_none() {
            return false;
        }
        let path = format!("{fixed}{name}/");
        let (segments, _) = split(&path, self.depth() - 1);
        // Above the last segment, names of several patterns may lie below one folder.
        let mut taking = self
            .group()
            .enumerate()
            .filter(|(_, mapping)| mapping.values(self.bucket.as_str(), &segments).is_some());
        match segments.len() + 1 == self.depth() {
            true => taking.next().is_some_and(|(place, _)| place == source.place),
            false => taking.any(|(place, _)| place == source.place),
        }
    }

    /// The mappings below a prefix of whole segments and a part of the next, with what their variables stand for so far.
    fn below<'s>(
        &'s self,
        segments: &'s [&'s str],
        partial: &'s str,
    ) -> impl Iterator<Item = (usize, &'s Mapping, Vec<&'s str>)> {
        self.group().enumerate().filter_map(move |(place, mapping)| {
            let values = mapping.values(self.bucket.as_str(), segments)?;
            mapping.stored_as(&values)?;
            next(mapping, segments)?.could_begin(partial).then_some((place, mapping, values))
        })
    }

    fn group(&self) -> impl Iterator<Item = &Mapping> {
        self.mappings.group(&self.bucket)
    }

    /// How many segments a name has here: at least one.
    fn depth(&self) -> usize {
        self.group().next().map_or(1, |mapping| mapping.pattern.depth())
    }
}

impl Source {
    /// The names of a mapping behind these segments, if its template has them as folders: the store's prefix up to the first
    /// open segment is whole folders, and the open segments follow as they are, each with a slash.
    fn of(
        mapping: &Mapping,
        bucket: &BucketName,
        values: &[&str],
        segments: &[&str],
        partial: &str,
        place: usize,
    ) -> Option<Self> {
        let (stored_as, missing) = mapping.stored_as(values)?;
        if !missing.is_empty() {
            return None;
        }
        let open = mapping.pattern.segments().get(segments.len() + 1..)?;
        let mut wanted = Vec::new();
        for (at, segment) in open.iter().enumerate() {
            push(&mut wanted, &segment.before);
            if segment.variable.is_some() {
                wanted.push(Part::Variable(segments.len() + 1 + at));
            }
            push(&mut wanted, &format!("{}/", segment.after));
        }
        let (before, rest) = mapping.prefix.expand(values);
        // What is literal before the first open variable has been expanded already.
        let (begun, wanted) = match wanted.split_first() {
            Some((Part::Text(begun), wanted)) => (&**begun, wanted),
            Some((Part::Variable(_), _)) | None => ("", &wanted[..]),
        };
        let base = before.strip_suffix(begun)?;
        if rest != wanted || !(base.is_empty() || base.ends_with('/')) {
            return None;
        }
        let segment = open.first()?;
        let begin = if partial.len() > segment.before.len() { partial } else { &segment.before };
        Some(Self {
            backend: Arc::clone(&mapping.backend),
            stored_as,
            base: base.to_owned(),
            begin: begin.to_owned(),
            public: mapping.public(bucket),
            segment: segment.clone(),
            place,
        })
    }
}

/// The segment of the pattern behind these of a prefix.
fn next<'m>(mapping: &'m Mapping, segments: &[&str]) -> Option<&'m Segment> {
    mapping.pattern.segments().get(segments.len() + 1)
}

fn fixed(segments: &[&str]) -> String {
    segments.iter().flat_map(|segment| [*segment, "/"]).collect()
}

fn push(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        _ if text.is_empty() => {}
        Some(Part::Text(before)) => *before = format!("{before}{text}").into(),
        Some(Part::Variable(_)) | None => parts.push(Part::Text(text.into())),
    }
}
