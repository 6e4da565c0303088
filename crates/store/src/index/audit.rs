//! A check of the whole index for tests: each body is counted as often as it is named, and nothing is left over.

use super::record::{self, BodyId, Layout, Object, Part};
use super::{BODIES, INLINE, Lookup, MANIFESTS, Next, OBJECTS, PARTS, Table};
use std::collections::BTreeMap;

/// Panics unless the counts are right; the numbers of the bodies in files.
pub(crate) fn audit(lookup: &dyn Lookup) -> Vec<u64> {
    let mut named: BTreeMap<BodyId, u32> = BTreeMap::new();
    let mut manifests = Vec::new();
    each(lookup, OBJECTS, |_, stored| match record::decode::<Object>(stored).unwrap().layout {
        Layout::Empty => {}
        Layout::One(segment) => *named.entry(segment.body).or_default() += 1,
        Layout::Parts { manifest, .. } => manifests.push(manifest),
    });
    manifests.sort_unstable();
    let mut found = Vec::new();
    let mut parts: Vec<Part> = Vec::new();
    each(lookup, MANIFESTS, |at, stored| {
        found.push(number(at));
        parts.extend(record::decode::<Vec<Part>>(stored).unwrap());
    });
    assert_eq!(found, manifests, "manifests");
    each(lookup, PARTS, |_, stored| parts.push(record::decode(stored).unwrap()));
    for segment in parts.iter().flat_map(|part| &part.segments) {
        *named.entry(segment.body).or_default() += 1;
    }
    let mut counted = BTreeMap::new();
    let mut files = Vec::new();
    each(lookup, BODIES, |at, stored| {
        files.push(number(at));
        counted.insert(BodyId::File(number(at)), count(stored));
    });
    each(lookup, INLINE, |at, stored| {
        counted.insert(BodyId::Inline(number(at)), count(stored));
    });
    assert_eq!(counted, named, "references");
    files
}

fn each(lookup: &dyn Lookup, table: Table, mut visit: impl FnMut(&[u8], &[u8])) {
    let visit = &mut |at: &[u8], stored: &[u8]| {
        visit(at, stored);
        Ok(Next::Entry)
    };
    lookup.scan(table, Vec::new(), None, visit).unwrap();
}

fn number(at: &[u8]) -> u64 {
    u64::from_be_bytes(at[..8].try_into().unwrap())
}

fn count(stored: &[u8]) -> u32 {
    u32::from_be_bytes(stored[..4].try_into().unwrap())
}
