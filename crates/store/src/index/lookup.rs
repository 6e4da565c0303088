//! Looking into the index: the same questions in a reading and in a writing transaction.

use super::record::{self, BodyId, Bucket, Object, Part, Upload};
use super::{BUCKETS, INLINE, MANIFESTS, OBJECTS, PARTS, Table, UPLOADS, key};
use crate::failure::{Code, Failure};
use bytes::Bytes;
use redb::{ReadTransaction, ReadableTable};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where a scan goes after an entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// To the next entry.
    Entry,
    /// To the first entry at or behind these bytes.
    Seek(Vec<u8>),
    /// Nowhere.
    Stop,
}

/// What a scan shows its entries to: place and value.
pub(crate) type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> Result<Next, Failure> + 'v;

/// Questions to the index, as it is in one transaction.
pub(crate) trait Lookup {
    /// The value stored under `at`.
    fn value(&self, table: Table, at: &[u8]) -> Result<Option<Vec<u8>>, Failure>;

    /// Shows `visit` the entries from `from` on and before `to`, in order, until it stops.
    fn scan(
        &self,
        table: Table,
        from: Vec<u8>,
        to: Option<&[u8]>,
        visit: &mut Visit<'_>,
    ) -> Result<(), Failure>;

    /// The bucket; `NoSuchBucket` when there is none.
    fn bucket(&self, name: &str) -> Result<Bucket, Failure> {
        match self.value(BUCKETS, name.as_bytes())? {
            Some(bytes) => record::decode(&bytes),
            None => Err(Failure::from(Code::NoSuchBucket).with("BucketName", name)),
        }
    }

    /// The object, if there is one.
    fn find_object(&self, bucket: Bucket, at: &str) -> Result<Option<Object>, Failure> {
        let bytes = self.value(OBJECTS, &key::object(bucket.id, at.as_bytes()))?;
        bytes.map(|bytes| record::decode(&bytes)).transpose()
    }

    /// The object; `NoSuchKey` when there is none.
    fn object(&self, bucket: Bucket, at: &str) -> Result<Object, Failure> {
        self.find_object(bucket, at)?.ok_or_else(|| Failure::from(Code::NoSuchKey).with("Key", at))
    }

    /// The upload under way; `NoSuchUpload` unless it is one of this very key.
    fn upload(&self, bucket: Bucket, at: &str, id: &str) -> Result<Upload, Failure> {
        match self.value(UPLOADS, &key::upload(bucket.id, at.as_bytes(), id))? {
            Some(bytes) => record::decode(&bytes),
            None => Err(Failure::from(Code::NoSuchUpload).with("UploadId", id)),
        }
    }

    /// The upload's parts by number, from behind `after` on, at most `most`.
    fn parts(
        &self,
        bucket: Bucket,
        at: &str,
        id: &str,
        after: u16,
        most: usize,
    ) -> Result<Vec<Part>, Failure> {
        let place = key::upload(bucket.id, at.as_bytes(), id);
        let Some(first) = after.checked_add(1) else { return Ok(Vec::new()) };
        let end = key::successor(&place);
        let mut parts = Vec::new();
        if most == 0 {
            return Ok(parts);
        }
        self.scan(PARTS, key::part(&place, first), end.as_deref(), &mut |_, value| {
            parts.push(record::decode(value)?);
            Ok(if parts.len() < most { Next::Entry } else { Next::Stop })
        })?;
        Ok(parts)
    }

    /// The parts a manifest lists.
    fn manifest(&self, number: u64) -> Result<Vec<Part>, Failure> {
        match self.value(MANIFESTS, &number.to_be_bytes())? {
            Some(bytes) => record::decode(&bytes),
            None => Err(Failure::internal("an object's manifest is missing")),
        }
    }

    /// A small body kept in the index.
    fn inline(&self, number: u64) -> Result<Bytes, Failure> {
        let stored = self.value(INLINE, &number.to_be_bytes())?.map(Bytes::from);
        match stored.filter(|stored| stored.len() >= 4) {
            Some(stored) => Ok(stored.slice(4..)),
            None => Err(Failure::internal("an object's inline body is missing")),
        }
    }

    /// How many times the index names a body.
    fn references(&self, body: BodyId) -> Result<u32, Failure> {
        let (table, number) = super::writing::place_of(body);
        let stored = self.value(table, &number.to_be_bytes())?;
        let count = stored.as_deref().and_then(|stored| stored.first_chunk::<4>()).copied();
        Ok(count.map(u32::from_be_bytes).unwrap_or_default())
    }
}

/// The index at one moment.
pub(super) struct Reading {
    tx: ReadTransaction,
    reads: Arc<AtomicU64>,
}

impl Reading {
    pub(super) fn new(tx: ReadTransaction, reads: Arc<AtomicU64>) -> Self {
        Self { tx, reads }
    }
}

impl Lookup for Reading {
    fn value(&self, table: Table, at: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let table = self.tx.open_table(table).map_err(Failure::internal)?;
        value(&table, at, &self.reads)
    }

    fn scan(
        &self,
        table: Table,
        from: Vec<u8>,
        to: Option<&[u8]>,
        visit: &mut Visit<'_>,
    ) -> Result<(), Failure> {
        let table = self.tx.open_table(table).map_err(Failure::internal)?;
        scan(&table, from, to, &self.reads, visit)
    }
}

pub(super) fn value(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    at: &[u8],
    reads: &AtomicU64,
) -> Result<Option<Vec<u8>>, Failure> {
    reads.fetch_add(1, Ordering::Relaxed);
    Ok(table.get(at).map_err(Failure::internal)?.map(|guard| guard.value().to_vec()))
}

pub(super) fn scan(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    mut from: Vec<u8>,
    to: Option<&[u8]>,
    reads: &AtomicU64,
    visit: &mut Visit<'_>,
) -> Result<(), Failure> {
    let end = to.map_or(Bound::Unbounded, Bound::Excluded);
    'seek: loop {
        if to.is_some_and(|to| from.as_slice() >= to) {
            return Ok(());
        }
        let range = (Bound::Included(from.as_slice()), end);
        for entry in table.range::<&[u8]>(range).map_err(Failure::internal)? {
            let (at, stored) = entry.map_err(Failure::internal)?;
            reads.fetch_add(1, Ordering::Relaxed);
            match visit(at.value(), stored.value())? {
                Next::Entry => {}
                Next::Stop => return Ok(()),
                Next::Seek(place) => {
                    // A seek backwards would never end.
                    if place.as_slice() <= at.value() {
                        return Err(Failure::internal("a scan was sent backwards"));
                    }
                    from = place;
                    continue 'seek;
                }
            }
        }
        return Ok(());
    }
}
