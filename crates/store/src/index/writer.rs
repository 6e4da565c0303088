//! The one thread that writes: what has queued up goes into one durable transaction.

use super::writing::Writing;
use crate::bodies::Bodies;
use crate::failure::{Code, Failure};
use redb::Database;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::thread::{self, JoinHandle};
use tokio::sync::{mpsc, oneshot};

/// How many jobs may wait; a caller beyond that waits for room.
const QUEUE: usize = 1024;
/// How many jobs one transaction takes.
const BATCH: usize = 128;

/// A job answers by a second step, taken once it is known whether the transaction is on disk.
type Job = Box<dyn FnOnce(&mut Writing) -> Done + Send>;

struct Done {
    /// It refused after it had changed something: the transaction must not be kept.
    spoiled: bool,
    answer: Box<dyn FnOnce(Result<(), Failure>) + Send>,
}

#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(db: Arc<Database>, bodies: Arc<Bodies>, reads: Arc<AtomicU64>) -> io::Result<Self> {
        let (jobs, mut queue) = mpsc::channel::<Job>(QUEUE);
        let thread = thread::Builder::new().name("brigade-store".to_owned()).spawn(move || {
            while let Some(first) = queue.blocking_recv() {
                let mut batch = vec![first];
                while batch.len() < BATCH
                    && let Ok(next) = queue.try_recv()
                {
                    batch.push(next);
                }
                run(&db, &bodies, &reads, batch);
            }
        })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) async fn write<T, J>(&self, job: J) -> Result<T, Failure>
    where
        T: Send + 'static,
        J: FnOnce(&mut Writing) -> Result<T, Failure> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let boxed: Job = Box::new(move |writing| {
            let result = job(writing);
            let changed = writing.take_changed();
            Done {
                spoiled: result.is_err() && changed,
                answer: Box::new(move |committed| {
                    // A caller that has gone away no longer wants to know.
                    drop(sender.send(committed.and(result)));
                }),
            }
        });
        let jobs = self.jobs.as_ref().ok_or_else(|| Failure::internal("the index is closed"))?;
        jobs.send(boxed).await.map_err(|_| Failure::internal("the index's writer has ended"))?;
        receiver.await.map_err(|_| Failure::internal("the index's writer has ended"))?
    }
}

impl Drop for Writer {
    /// Waits for what is queued, so that a store can be opened again as soon as this one is dropped.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn run(db: &Database, bodies: &Bodies, reads: &Arc<AtomicU64>, batch: Vec<Job>) {
    let tx = match db.begin_write() {
        Ok(tx) => tx,
        Err(error) => {
            // The jobs cannot answer without a transaction; dropping them tells their callers.
            drop((error, batch));
            return;
        }
    };
    let mut writing = Writing::new(tx, Arc::clone(reads));
    let gone = bodies.gone();
    let grant = bodies.wanted();
    let mut outcome = writing.forget(&gone);
    if let (Some(grant), Ok(())) = (grant, &outcome) {
        outcome = writing.set_grant(grant);
    }
    writing.take_changed();

    let mut answers = Vec::with_capacity(batch.len());
    for job in batch {
        let done = job(&mut writing);
        if done.spoiled {
            outcome = Err(Failure::from(Code::ServiceUnavailable));
        }
        answers.push(done.answer);
        if outcome.is_err() {
            break;
        }
    }
    let outcome = outcome.and_then(|()| writing.commit().map_err(Failure::internal));
    let committed = match outcome {
        Ok(doomed) => {
            if let Some(grant) = grant {
                bodies.granted(grant);
            }
            if !doomed.is_empty() {
                bodies.retire(doomed);
            }
            Ok(())
        }
        Err(failure) => {
            bodies.freeze();
            Err(failure)
        }
    };
    for answer in answers {
        answer(committed.clone());
    }
}
