//! Where a body's bytes go: gathered, then worked on in batches off the async threads, while the next bytes arrive.

use super::work::Work;
use super::{Content, Declared, Received};
use crate::failure::Failure;
use crate::store::Shared;
use bytes::{Bytes, BytesMut};
use std::io;
use std::sync::Arc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Bodies up to this length are kept in the index itself.
const INLINE: usize = 4096;
/// Bytes handed to a blocking thread at a time; about two of these are held for each upload.
const BATCH: usize = 256 * 1024;
/// Bytes after which what was written is put on disk, so that the end of a large upload does not wait for all of it.
const SYNC: usize = 32 * 1024 * 1024;

/// Gathers bytes and has them worked on, one batch at a time.
pub(super) struct Sink<'a> {
    shared: &'a Shared,
    pending: Vec<Bytes>,
    /// Small pieces put together: a flood of tiny ones must cost no more than its bytes.
    tail: BytesMut,
    gathered: usize,
    id: Option<u64>,
    state: State,
    unsynced: usize,
    syncing: Option<JoinHandle<io::Result<()>>>,
}

enum State {
    Idle(Box<Work>),
    Busy(JoinHandle<io::Result<Box<Work>>>),
    Failed,
}

impl<'a> Sink<'a> {
    pub(super) fn new(shared: &'a Shared, work: Work) -> Self {
        Self {
            shared,
            pending: Vec::new(),
            tail: BytesMut::new(),
            gathered: 0,
            id: None,
            state: State::Idle(Box::new(work)),
            unsynced: 0,
            syncing: None,
        }
    }

    pub(super) async fn push(&mut self, bytes: Bytes) -> Result<(), Failure> {
        self.gathered += bytes.len();
        if bytes.len() < INLINE {
            self.tail.extend_from_slice(&bytes);
            if self.tail.len() >= INLINE {
                self.pending.push(self.tail.split().freeze());
            }
        } else {
            self.take_tail();
            self.pending.push(bytes);
        }
        if self.gathered >= BATCH { self.flush().await } else { Ok(()) }
    }

    fn take_tail(&mut self) {
        if !self.tail.is_empty() {
            self.pending.push(self.tail.split().freeze());
        }
    }

    /// Hands what has gathered to a blocking thread, once the batch before is done.
    async fn flush(&mut self) -> Result<(), Failure> {
        let mut work = self.settle().await?;
        self.sync(&work).await?;
        let id = match self.id {
            Some(id) => id,
            None => self.shared.body_id().await?,
        };
        self.id = Some(id);
        let bodies = Arc::clone(&self.shared.bodies);
        self.take_tail();
        let pieces = std::mem::take(&mut self.pending);
        self.unsynced += std::mem::take(&mut self.gathered);
        self.state = State::Busy(spawn_blocking(move || work.write(&bodies, id, &pieces).map(|()| work)));
        Ok(())
    }

    /// Puts what was written on disk while the next bytes are worked on.
    async fn sync(&mut self, work: &Work) -> Result<(), Failure> {
        if self.unsynced < SYNC {
            return Ok(());
        }
        self.unsynced = 0;
        self.synced().await?;
        if let Some(file) = work.draft.as_ref().map(|draft| draft.handle()).transpose()?.flatten() {
            self.syncing = Some(spawn_blocking(move || file.sync_data()));
        }
        Ok(())
    }

    async fn synced(&mut self) -> Result<(), Failure> {
        match self.syncing.take() {
            Some(task) => Ok(task.await.map_err(Failure::internal)??),
            None => Ok(()),
        }
    }

    /// Waits for the batch that is being worked on.
    pub(super) async fn settle(&mut self) -> Result<Box<Work>, Failure> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Idle(work) => Ok(work),
            State::Busy(task) => Ok(task.await.map_err(Failure::internal)??),
            State::Failed => Err(Failure::internal("an upload went on after it had failed")),
        }
    }

    /// The body has ended: holds it against what was declared, and puts it on disk when it is true and not small.
    pub(super) async fn finish(mut self, declared: &Declared) -> Result<Received, Failure> {
        self.take_tail();
        if self.id.is_none() && self.gathered <= INLINE {
            let mut work = self.settle().await?;
            let bytes = Bytes::from(self.pending.concat());
            work.hash(&bytes);
            let (md5, checksum) = work.check(declared)?;
            return Ok(Received {
                content: Content::Small(bytes),
                length: work.length,
                md5,
                checksum,
                told: None,
            });
        }
        self.flush().await?;
        let mut work = self.settle().await?;
        self.synced().await?;
        let (md5, checksum) = work.check(declared)?;
        let length = work.length;
        let draft = work.draft.take().ok_or_else(|| Failure::internal("an upload has no draft"))?;
        let draft = spawn_blocking(move || {
            let mut draft = draft;
            draft.finish().map(|()| draft)
        });
        let draft = draft.await.map_err(Failure::internal)??;
        Ok(Received { content: Content::Draft(draft), length, md5, checksum, told: None })
    }
}
