//! The index: which objects, uploads and parts there are, in one transactional database.
//!
//! ```text
//! buckets    name                         ─► Bucket
//! objects    bucket, key                  ─► Object
//! manifests  number                       ─► [Part]      the parts of an object
//! uploads    bucket, key, upload id       ─► Upload
//! parts      bucket, key, upload id, part ─► Part        the parts of an upload
//! bodies     number                       ─► references to a body in a file
//! inline     number                       ─► references, then the bytes of a small body
//! doomed     number                       ─► nothing     a body to be removed from disk
//! meta       name                         ─► number
//! ```
//! Reading sees one moment. Writing is done by one thread, which takes what has queued up into one durable transaction;
//! a job checks first and changes after, so one that refuses leaves the others' work untouched.

#[cfg(test)]
pub(crate) mod audit;
pub(crate) mod key;
mod lookup;
pub(crate) mod record;
mod writer;
mod writing;

pub(crate) use lookup::{Lookup, Next};
pub(crate) use writing::Writing;

use crate::bodies::{Bodies, Grant};
use crate::failure::Failure;
use lookup::Reading;
use redb::{Database, ReadableDatabase as _, TableDefinition};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use writer::Writer;

type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

pub(crate) const BUCKETS: Table = Table::new("buckets");
pub(crate) const OBJECTS: Table = Table::new("objects");
pub(crate) const MANIFESTS: Table = Table::new("manifests");
pub(crate) const UPLOADS: Table = Table::new("uploads");
pub(crate) const PARTS: Table = Table::new("parts");
const BODIES: Table = Table::new("bodies");
const INLINE: Table = Table::new("inline");
const DOOMED: Table = Table::new("doomed");
const META: Table = Table::new("meta");

const TABLES: [Table; 9] = [BUCKETS, OBJECTS, MANIFESTS, UPLOADS, PARTS, BODIES, INLINE, DOOMED, META];

/// The format this version writes and the newest it reads.
pub(crate) const FORMAT: u64 = 1;

/// The index, open.
#[derive(Debug)]
pub(crate) struct Index {
    db: Arc<Database>,
    writer: Writer,
    reads: Arc<AtomicU64>,
}

/// What the index asks of the bodies when it is opened.
#[derive(Debug)]
pub(crate) struct Recovery {
    /// Numbers to go on with.
    pub(crate) grant: Grant,
    /// Bodies that nothing names.
    pub(crate) orphans: Vec<u64>,
}

/// Why the index could not be prepared.
#[derive(Debug)]
pub(crate) enum PrepareError {
    Newer(u64),
    Failed(redb::Error),
}

impl<E: Into<redb::Error>> From<E> for PrepareError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Creates the tables, checks the format, and finds what a crash left; blocking.
pub(crate) fn prepare(db: &Database) -> Result<Recovery, PrepareError> {
    let tx = db.begin_write()?;
    for table in TABLES {
        tx.open_table(table)?;
    }
    let mut writing = Writing::new(tx, Arc::default());
    let failed = |failure: Failure| PrepareError::Failed(redb::Error::Corrupted(failure.to_string()));
    match writing.number("format").map_err(failed)? {
        0 => writing.set_number("format", FORMAT).map_err(failed)?,
        found if found > FORMAT => return Err(PrepareError::Newer(found)),
        _ => {}
    }
    let recovery = writing.recover().map_err(failed)?;
    writing.commit()?;
    Ok(recovery)
}

impl Index {
    /// Serves a prepared database.
    pub(crate) fn start(db: Database, bodies: Arc<Bodies>) -> std::io::Result<Self> {
        let db = Arc::new(db);
        let reads = Arc::new(AtomicU64::new(0));
        let writer = Writer::start(Arc::clone(&db), bodies, Arc::clone(&reads))?;
        Ok(Self { db, writer, reads })
    }

    /// The index as it is now; blocking.
    pub(crate) fn read(&self) -> Result<impl Lookup + use<>, Failure> {
        Ok(Reading::new(self.db.begin_read().map_err(Failure::internal)?, Arc::clone(&self.reads)))
    }

    /// Runs `job` in a durable transaction; its answer comes once that is on disk.
    ///
    /// The job must refuse before it changes anything. It runs even when the caller goes away.
    pub(crate) async fn write<T, J>(&self, job: J) -> Result<T, Failure>
    where
        T: Send + 'static,
        J: FnOnce(&mut Writing) -> Result<T, Failure> + Send + 'static,
    {
        self.writer.write(job).await
    }

    /// Runs `job` in a transaction of its own; blocking.
    pub(crate) fn write_now<T>(
        &self,
        job: impl FnOnce(&mut Writing) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let tx = self.db.begin_write().map_err(Failure::internal)?;
        let mut writing = Writing::new(tx, Arc::clone(&self.reads));
        let answer = job(&mut writing)?;
        writing.commit().map_err(Failure::internal)?;
        Ok(answer)
    }

    /// How many entries have been read since the index was opened.
    #[cfg(test)]
    pub(crate) fn entries_read(&self) -> u64 {
        self.reads.load(std::sync::atomic::Ordering::Relaxed)
    }
}
