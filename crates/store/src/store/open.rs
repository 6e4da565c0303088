//! Opening a place: locked against other processes, checked, and cleared of what a crash left.
//!
//! ```text
//! <directory>/index.redb     the index; its lock is the store's lock
//! <directory>/bodies/…       one file for each body too large for the index
//! ```

use super::metered::Metered;
use super::{Room, Shared};
use crate::bodies::Bodies;
use crate::error::OpenError;
use crate::index::{self, FORMAT, Index, PrepareError, Recovery};
use crate::private;
use redb::{Builder, Database, DatabaseError, StorageError};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How much of the index is held in memory.
const CACHE: usize = 64 * 1024 * 1024;
/// How many bytes of bodies an in-memory store holds, and how large its index grows.
const MEMORY: u64 = 1024 * 1024 * 1024;

pub(super) fn directory(path: PathBuf) -> Result<Shared, OpenError> {
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::Unwritable { path, source }
    };
    let bodies = path.join("bodies");
    let file = path.join("index.redb");
    private::folders(&bodies).map_err(unwritable(&bodies))?;
    let has_bodies = fs::read_dir(&bodies).map_err(unwritable(&bodies))?.next().is_some();
    if has_bodies && !file.exists() {
        return Err(OpenError::Damaged { path, reason: "it has bodies but no index.redb".to_owned() });
    }
    private::file(&file, false).map_err(unwritable(&file))?;
    let db = builder().create(&file).map_err(|error| refused(error, &path))?;
    for folder in [&bodies, &path] {
        sync(folder).map_err(unwritable(folder))?;
    }
    start(db, &path, Room::Unbounded, |recovery| Bodies::in_directory(bodies, recovery.grant))
}

pub(super) fn memory() -> Result<Shared, OpenError> {
    let path = PathBuf::from(":memory:");
    let (memory, length) = Metered::new();
    let db = builder()
        .create_with_backend(memory)
        .map_err(|error| OpenError::Damaged { path: path.clone(), reason: error.to_string() })?;
    let room = Room::Bounded { length, limit: MEMORY };
    start(db, &path, room, |recovery| Bodies::in_memory(MEMORY, recovery.grant))
}

fn start(
    db: Database,
    path: &Path,
    room: Room,
    bodies: impl FnOnce(&Recovery) -> Arc<Bodies>,
) -> Result<Shared, OpenError> {
    let recovery = index::prepare(&db).map_err(|error| match error {
        PrepareError::Newer(found) => OpenError::Newer { path: path.to_owned(), found, known: FORMAT },
        PrepareError::Failed(redb::Error::Io(source)) => {
            OpenError::Unwritable { path: path.to_owned(), source }
        }
        PrepareError::Failed(error) => {
            OpenError::Damaged { path: path.to_owned(), reason: error.to_string() }
        }
    })?;
    let bodies = bodies(&recovery);
    if !recovery.orphans.is_empty() {
        bodies.retire(recovery.orphans);
    }
    let index = Index::start(db, Arc::clone(&bodies))
        .map_err(|source| OpenError::Unwritable { path: path.to_owned(), source })?;
    Ok(Shared { index, bodies, room })
}

fn refused(error: DatabaseError, path: &Path) -> OpenError {
    let path = path.to_owned();
    if let DatabaseError::Storage(StorageError::Io(source)) = error {
        if source.kind() == io::ErrorKind::InvalidData {
            return OpenError::Damaged { path, reason: format!("index.redb is no index: {source}") };
        }
        return OpenError::Unwritable { path, source };
    }
    if let DatabaseError::UpgradeRequired(found) = error {
        return OpenError::Newer { path, found: u64::from(found), known: FORMAT };
    }
    if matches!(error, DatabaseError::DatabaseAlreadyOpen) {
        return OpenError::InUse { path };
    }
    OpenError::Damaged { path, reason: error.to_string() }
}

fn builder() -> Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE);
    builder
}

fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
