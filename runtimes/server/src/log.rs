//! The log: one line per request on standard output, in the order in which their bodies ended.
//!
//! A line holds what the gateway's record says and what was counted here: never a header, a query, a signature or a
//! secret. Control characters and everything a terminal could act on are escaped, so no client can begin a line.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use brigade_gateway::Entry;

use crate::threads;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line, for machines.
    Json,
    /// Words, for people.
    Text,
}

/// Lines that may wait for a slow reader of the log; more are dropped, and counted.
const WAITING: usize = 8192;

/// How long lines are gathered before they are written.
const REST: Duration = Duration::from_millis(10);

/// Takes lines. Clones write to the same log; a line that does not fit is counted, and the next one says so.
#[derive(Clone, Debug)]
pub struct Log {
    format: Format,
    lines: Sender<String>,
    queue: Arc<Queue>,
}

/// A channel with a bound takes all its memory at once: a quarter of a megabyte. So what waits in one without is counted.
#[derive(Debug, Default)]
struct Queue {
    waiting: AtomicUsize,
    lost: AtomicU64,
}

impl Queue {
    /// A place for a line; `None`, and one lost line more, when all are taken.
    fn enter(&self) -> Option<()> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) < WAITING {
            return Some(());
        }
        self.leave();
        self.lost.fetch_add(1, Ordering::Relaxed);
        None
    }

    fn leave(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The thread that writes.
#[derive(Debug)]
pub struct Writer(JoinHandle<()>);

impl Log {
    /// A log on `to`, written by a thread of its own.
    ///
    /// # Errors
    /// When there can be no more threads.
    pub fn new(format: Format, to: impl Write + Send + 'static) -> io::Result<(Self, Writer)> {
        let (lines, waiting) = channel();
        let queue = Arc::<Queue>::default();
        let counted = Arc::clone(&queue);
        let writer =
            std::thread::Builder::new().name("log".into()).spawn(move || write(&waiting, &counted, to))?;
        Ok((Self { format, lines, queue }, Writer(writer)))
    }

    pub(crate) fn write(&self, entry: &Entry) {
        if self.queue.enter().is_none() {
            return;
        }
        let lost = match self.queue.lost.load(Ordering::Relaxed) {
            0 => 0,
            _ => self.queue.lost.swap(0, Ordering::Relaxed),
        };
        let mut text = match self.format {
            Format::Json => entry.json(lost),
            Format::Text => entry.text(lost),
        };
        text.push('\n');
        // The writer outlives every sender.
        let _ = self.lines.send(text);
    }
}

fn write(waiting: &Receiver<String>, queue: &Queue, to: impl Write) {
    let mut to = io::BufWriter::new(to);
    while let Ok(line) = waiting.recv() {
        // A log nobody can write to must not stop the work; there is nowhere left to say so.
        queue.leave();
        let _ = to.write_all(line.as_bytes());
        while let Ok(line) = waiting.try_recv() {
            queue.leave();
            let _ = to.write_all(line.as_bytes());
        }
        let _ = to.flush();
        // Whoever writes a line while this thread rests need not wake it, which costs more than the line.
        std::thread::sleep(REST);
    }
}

impl Writer {
    /// Waits until all lines are written, which is once every [`Log`] is gone, at most for so long.
    pub fn finish(self, within: Duration) {
        threads::ended(&[self.0], within);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_those_that_may_wait_are_counted_as_lost() {
        let queue = Queue::default();
        assert!((0..WAITING).all(|_| queue.enter().is_some()));
        assert!(queue.enter().is_none());
        assert_eq!(queue.lost.load(Ordering::Relaxed), 1);
        queue.leave();
        assert!(queue.enter().is_some() && queue.enter().is_none());
        assert_eq!(queue.lost.load(Ordering::Relaxed), 2);
    }
}
