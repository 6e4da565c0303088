//! A body being written: there for good only once it is kept.

use super::{Bodies, Home};
use bytes::Bytes;
use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;

/// A body being written. Dropped without [`Draft::keep`], it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Draft {
    bodies: Arc<Bodies>,
    id: u64,
    sink: Sink,
    kept: bool,
}

#[derive(Debug)]
enum Sink {
    File(File),
    Memory { chunks: Vec<Bytes>, reserved: u64 },
    Finished,
}

impl Draft {
    pub(super) fn begin(bodies: Arc<Bodies>, id: u64) -> io::Result<Self> {
        let sink = match &bodies.home {
            Home::Directory(directory) => match directory.create(id) {
                Ok(file) => Sink::File(file),
                Err(error) => {
                    bodies.settle(id);
                    return Err(error);
                }
            },
            Home::Memory(_) => Sink::Memory { chunks: Vec::new(), reserved: 0 },
        };
        Ok(Self { bodies, id, sink, kept: false })
    }

    /// Its number.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Adds bytes; blocking. `StorageFull` when there is no room.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match (&mut self.sink, &self.bodies.home) {
            (Sink::File(file), _) => file.write_all(bytes),
            (Sink::Memory { chunks, reserved }, Home::Memory(memory)) => {
                memory.reserve(bytes.len() as u64)?;
                *reserved += bytes.len() as u64;
                chunks.push(Bytes::copy_from_slice(bytes));
                Ok(())
            }
            (Sink::Memory { .. } | Sink::Finished, _) => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    /// A second handle on its file, to sync what was written while more is; none in memory.
    pub(crate) fn handle(&self) -> io::Result<Option<File>> {
        match &self.sink {
            Sink::File(file) => file.try_clone().map(Some),
            Sink::Memory { .. } | Sink::Finished => Ok(None),
        }
    }

    /// Makes the bytes and their name durable; blocking. Nothing can be written after.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match (std::mem::replace(&mut self.sink, Sink::Finished), &self.bodies.home) {
            (Sink::File(file), Home::Directory(directory)) => {
                file.sync_data()?;
                directory.sync_name(self.id)
            }
            (Sink::Memory { chunks, .. }, Home::Memory(memory)) => {
                memory.insert(self.id, chunks);
                Ok(())
            }
            (Sink::File(_) | Sink::Memory { .. } | Sink::Finished, _) => {
                Err(io::ErrorKind::InvalidInput.into())
            }
        }
    }

    /// The index names it in the transaction under way: from now on the index decides when it goes.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            if let (Sink::Memory { reserved, .. }, Home::Memory(memory)) = (&self.sink, &self.bodies.home) {
                memory.release(*reserved);
            }
            if self.bodies.remove(self.id).is_err() {
                // Its number stays open, so that the next opening tries again.
                return;
            }
        }
        self.bodies.settle(self.id);
    }
}
