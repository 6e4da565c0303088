//! A writing transaction: records in and out, and the count of references to each body.

use super::lookup::{self, Lookup, Next, Visit};
use super::record::{self, BodyId, Bucket, Layout, Object, Part, Segment, Upload};
use super::{BODIES, DOOMED, INLINE, MANIFESTS, META, OBJECTS, PARTS, Recovery, Table, UPLOADS, key};
use crate::bodies::Grant;
use crate::failure::Failure;
use redb::WriteTransaction;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A writing transaction and what it dooms.
pub(crate) struct Writing {
    tx: WriteTransaction,
    reads: Arc<AtomicU64>,
    doomed: Vec<u64>,
    changed: bool,
}

impl Lookup for Writing {
    fn value(&self, table: Table, at: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        let table = self.tx.open_table(table).map_err(Failure::internal)?;
        lookup::value(&table, at, &self.reads)
    }

    fn scan(
        &self,
        table: Table,
        from: Vec<u8>,
        to: Option<&[u8]>,
        visit: &mut Visit<'_>,
    ) -> Result<(), Failure> {
        let table = self.tx.open_table(table).map_err(Failure::internal)?;
        lookup::scan(&table, from, to, &self.reads, visit)
    }
}

impl Writing {
    pub(super) fn new(tx: WriteTransaction, reads: Arc<AtomicU64>) -> Self {
        Self { tx, reads, doomed: Vec::new(), changed: false }
    }

    /// Makes it durable; the bodies that nothing names any more.
    pub(super) fn commit(self) -> Result<Vec<u64>, redb::Error> {
        self.tx.commit()?;
        Ok(self.doomed)
    }

    /// Whether anything was changed since this was last asked.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Stores a value.
    pub(crate) fn put(&mut self, table: Table, at: &[u8], value: &[u8]) -> Result<(), Failure> {
        self.changed = true;
        let mut table = self.tx.open_table(table).map_err(Failure::internal)?;
        table.insert(at, value).map_err(Failure::internal)?;
        Ok(())
    }

    /// Removes a value.
    pub(crate) fn remove(&mut self, table: Table, at: &[u8]) -> Result<(), Failure> {
        self.changed = true;
        let mut table = self.tx.open_table(table).map_err(Failure::internal)?;
        table.remove(at).map_err(Failure::internal)?;
        Ok(())
    }

    /// Puts `object` under the key, in place of what was there.
    pub(crate) fn put_object(&mut self, bucket: Bucket, at: &str, object: &Object) -> Result<(), Failure> {
        let old = self.find_object(bucket, at)?;
        self.put(OBJECTS, &key::object(bucket.id, at.as_bytes()), &record::encode(object)?)?;
        match old {
            Some(old) if old.layout != object.layout => self.release_layout(&old.layout),
            _ => Ok(()),
        }
    }

    /// Removes the object under the key.
    pub(crate) fn remove_object(&mut self, bucket: Bucket, at: &str, old: &Object) -> Result<(), Failure> {
        self.remove(OBJECTS, &key::object(bucket.id, at.as_bytes()))?;
        self.release_layout(&old.layout)
    }

    /// Stores the parts of an object; its layout.
    pub(crate) fn put_manifest(&mut self, parts: &[Part]) -> Result<Layout, Failure> {
        let manifest = self.next_number("manifests")?;
        self.put(MANIFESTS, &manifest.to_be_bytes(), &record::encode(&parts)?)?;
        Ok(Layout::Parts { manifest, count: u32::try_from(parts.len()).unwrap_or(u32::MAX) })
    }

    /// A second layout of the same bytes.
    pub(crate) fn share_layout(&mut self, layout: &Layout) -> Result<Layout, Failure> {
        match layout {
            Layout::Empty => Ok(Layout::Empty),
            Layout::One(segment) => {
                self.hold(segment)?;
                Ok(Layout::One(*segment))
            }
            Layout::Parts { manifest, .. } => {
                let parts = self.manifest(*manifest)?;
                for segment in parts.iter().flat_map(|part| &part.segments) {
                    self.hold(segment)?;
                }
                self.put_manifest(&parts)
            }
        }
    }

    fn release_layout(&mut self, layout: &Layout) -> Result<(), Failure> {
        match layout {
            Layout::Empty => Ok(()),
            Layout::One(segment) => self.release(segment),
            Layout::Parts { manifest, .. } => {
                for segment in self.manifest(*manifest)?.iter().flat_map(|part| &part.segments) {
                    self.release(segment)?;
                }
                self.remove(MANIFESTS, &manifest.to_be_bytes())
            }
        }
    }

    /// Stores an upload.
    pub(crate) fn put_upload(
        &mut self,
        bucket: Bucket,
        at: &str,
        id: &str,
        upload: &Upload,
    ) -> Result<(), Failure> {
        self.put(UPLOADS, &key::upload(bucket.id, at.as_bytes(), id), &record::encode(upload)?)
    }

    /// Stores a part, in place of one of that number.
    pub(crate) fn put_part(
        &mut self,
        bucket: Bucket,
        at: &str,
        id: &str,
        part: &Part,
    ) -> Result<(), Failure> {
        let place = key::part(&key::upload(bucket.id, at.as_bytes(), id), part.number);
        if let Some(old) = self.value(PARTS, &place)? {
            self.release_part(&record::decode(&old)?)?;
        }
        self.put(PARTS, &place, &record::encode(part)?)
    }

    /// Removes an upload and its parts. Parts the object took over are told in `taken` and stay held.
    pub(crate) fn remove_upload(
        &mut self,
        bucket: Bucket,
        at: &str,
        id: &str,
        taken: impl Fn(&Part) -> bool,
    ) -> Result<(), Failure> {
        let place = key::upload(bucket.id, at.as_bytes(), id);
        for part in self.parts(bucket, at, id, 0, usize::MAX)? {
            self.remove(PARTS, &key::part(&place, part.number))?;
            if !taken(&part) {
                self.release_part(&part)?;
            }
        }
        self.remove(UPLOADS, &place)
    }

    fn release_part(&mut self, part: &Part) -> Result<(), Failure> {
        part.segments.iter().try_for_each(|segment| self.release(segment))
    }

    /// Stores a small body; its segment, held once.
    pub(crate) fn put_inline(&mut self, bytes: &[u8]) -> Result<Segment, Failure> {
        let number = self.next_number("inline")?;
        let mut stored = 1_u32.to_be_bytes().to_vec();
        stored.extend_from_slice(bytes);
        self.put(INLINE, &number.to_be_bytes(), &stored)?;
        Ok(Segment { body: BodyId::Inline(number), offset: 0, length: bytes.len() as u64 })
    }

    /// Names a body once more.
    pub(crate) fn hold(&mut self, segment: &Segment) -> Result<(), Failure> {
        let count = self.references(segment.body)?;
        self.set_references(segment.body, count.saturating_add(1))
    }

    /// Names a body once less; the last time, it goes.
    fn release(&mut self, segment: &Segment) -> Result<(), Failure> {
        let count = self.references(segment.body)?;
        self.set_references(segment.body, count.saturating_sub(1))
    }

    fn set_references(&mut self, body: BodyId, count: u32) -> Result<(), Failure> {
        let (table, number) = place_of(body);
        let at = number.to_be_bytes();
        match body {
            BodyId::File(number) if count == 0 => {
                self.remove(table, &at)?;
                self.put(DOOMED, &at, &[])?;
                self.doomed.push(number);
                Ok(())
            }
            BodyId::Inline(_) if count == 0 => self.remove(table, &at),
            BodyId::File(_) => self.put(table, &at, &count.to_be_bytes()),
            BodyId::Inline(number) => {
                let mut stored = count.to_be_bytes().to_vec();
                stored.extend_from_slice(&self.inline(number)?);
                self.put(table, &at, &stored)
            }
        }
    }

    /// Forgets bodies that were removed from disk.
    pub(super) fn forget(&mut self, gone: &[u64]) -> Result<(), Failure> {
        gone.iter().try_for_each(|number| self.remove(DOOMED, &number.to_be_bytes()))
    }

    /// Remembers a grant of body numbers.
    pub(super) fn set_grant(&mut self, grant: Grant) -> Result<(), Failure> {
        self.set_number("bodies settled", grant.settled)?;
        self.set_number("bodies reserved", grant.reserved)
    }

    /// Finds the bodies a crash left behind, and grants the first numbers after them.
    pub(super) fn recover(&mut self) -> Result<Recovery, Failure> {
        let reserved = self.number("bodies reserved")?;
        let mut orphans = Vec::new();
        for number in self.number("bodies settled")?..reserved {
            if self.references(BodyId::File(number))? == 0 {
                orphans.push(number);
            }
        }
        self.scan(DOOMED, Vec::new(), None, &mut |at, _| {
            orphans.push(u64_of(at));
            Ok(Next::Entry)
        })?;
        // Doomed bodies stay written down until the next opening finds them gone.
        let grant = Grant::starting_at(reserved);
        self.set_grant(grant)?;
        Ok(Recovery { grant, orphans })
    }

    /// A number never given before under this name.
    pub(crate) fn next_number(&mut self, name: &str) -> Result<u64, Failure> {
        let next = self.number(name)?.saturating_add(1);
        self.set_number(name, next)?;
        Ok(next)
    }

    pub(super) fn number(&self, name: &str) -> Result<u64, Failure> {
        Ok(self.value(META, name.as_bytes())?.map(|stored| u64_of(&stored)).unwrap_or_default())
    }

    pub(crate) fn set_number(&mut self, name: &str, number: u64) -> Result<(), Failure> {
        self.put(META, name.as_bytes(), &number.to_be_bytes())
    }
}

/// The table that counts a body's references, and its number there.
pub(super) fn place_of(body: BodyId) -> (Table, u64) {
    match body {
        BodyId::File(number) => (BODIES, number),
        BodyId::Inline(number) => (INLINE, number),
    }
}

fn u64_of(bytes: &[u8]) -> u64 {
    bytes.first_chunk::<8>().copied().map(u64::from_be_bytes).unwrap_or_default()
}
