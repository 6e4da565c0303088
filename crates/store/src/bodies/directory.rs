//! Bodies as files: `bodies/<number / 4096>/<number>`, both in hexadecimal. Client text never names a file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::private;

#[derive(Debug)]
pub(super) struct Directory {
    root: PathBuf,
}

impl Directory {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// A new, empty file for the body.
    pub(super) fn create(&self, id: u64) -> io::Result<File> {
        let path = self.path(id);
        let create = || private::file(&path, true);
        match create() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                private::folders(&self.folder(id))?;
                sync_folder(&self.root)?;
                create()
            }
            other => other,
        }
    }

    /// Makes the file's name durable; its bytes were synced before.
    pub(super) fn sync_name(&self, id: u64) -> io::Result<()> {
        sync_folder(&self.folder(id))
    }

    pub(super) fn open(&self, id: u64) -> io::Result<File> {
        File::open(self.path(id))
    }

    /// Removes the file; not an error when it is not there.
    pub(super) fn remove(&self, id: u64) -> io::Result<()> {
        match fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn folder(&self, id: u64) -> PathBuf {
        self.root.join(format!("{:x}", id >> 12))
    }

    fn path(&self, id: u64) -> PathBuf {
        self.folder(id).join(format!("{id:x}"))
    }
}

/// Makes the names in a folder durable, where the system lets folders be synced.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
