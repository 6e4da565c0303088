//! The log: one line per request on standard output, in the order in which their bodies ended.
//!
//! A line holds what the gateway's record says and what was counted here: never a header, a query, a signature or a
//! secret. Control characters and everything a terminal could act on are escaped, so no client can begin a line.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
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

/// What is kept of the memory that lines were gathered in, once they are written.
const KEPT: usize = 256 << 10;

/// Takes lines. Clones write to the same log; a line that does not fit is counted, and the next one says so.
#[derive(Clone, Debug)]
pub struct Log {
    format: Format,
    lines: Arc<Lines>,
}

/// The end of the queue where lines come in. Dropped, nothing more comes.
#[derive(Debug)]
struct Lines(Arc<Queue>);

/// Lines on their way, one behind the other: no line has memory of its own that another thread would have to free.
#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    /// Whether as many wait as may: looked at before a line is made.
    full: AtomicBool,
    /// Tells a writer that is at rest.
    more: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    text: Vec<u8>,
    lines: usize,
    /// Lines that the writer has taken and not written yet: they wait as well.
    writing: usize,
    lost: u64,
    /// The writer waits to be told.
    rests: bool,
    /// Nothing more comes.
    over: bool,
}

impl Waiting {
    fn is_full(&self) -> bool {
        self.lines + self.writing >= WAITING
    }
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line, unless as many wait as may. It is told how many before it were lost.
    fn add(&self, line: impl Fn(u64) -> String) {
        // Made while others may write theirs: hardly ever was one lost.
        let text = if self.full.load(Ordering::Relaxed) { String::new() } else { line(0) };
        let mut waiting = self.waiting();
        if text.is_empty() || waiting.is_full() {
            waiting.lost += 1;
            return;
        }
        let text = match std::mem::take(&mut waiting.lost) {
            0 => text,
            lost => line(lost),
        };
        waiting.lines += 1;
        waiting.text.extend_from_slice(text.as_bytes());
        waiting.text.push(b'\n');
        self.full.store(waiting.is_full(), Ordering::Relaxed);
        if std::mem::take(&mut waiting.rests) {
            self.more.notify_one();
        }
    }

    /// Gives all lines there are for the memory of those before; `false` when there are none and none will come.
    fn swap(&self, text: &mut Vec<u8>) -> bool {
        text.clear();
        text.shrink_to(KEPT);
        let mut waiting = self.waiting();
        while waiting.text.is_empty() && !waiting.over {
            waiting.rests = true;
            waiting = self.more.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::swap(&mut waiting.text, text);
        waiting.writing = std::mem::take(&mut waiting.lines);
        !text.is_empty()
    }
}

impl Queue {
    /// What was taken is written.
    fn written(&self) {
        let mut waiting = self.waiting();
        waiting.writing = 0;
        self.full.store(waiting.is_full(), Ordering::Relaxed);
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.0.waiting().over = true;
        self.0.more.notify_one();
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
        let queue = Arc::<Queue>::default();
        let lines = Arc::new(Lines(Arc::clone(&queue)));
        let writer = std::thread::Builder::new().name("log".into()).spawn(move || write(&queue, to))?;
        Ok((Self { format, lines }, Writer(writer)))
    }

    pub(crate) fn write(&self, entry: &Entry) {
        self.lines.0.add(|lost| match self.format {
            Format::Json => entry.json(lost),
            Format::Text => entry.text(lost),
        });
    }
}

fn write(queue: &Queue, mut to: impl Write) {
    let mut text = Vec::new();
    while queue.swap(&mut text) {
        // A log nobody can write to must not stop the work; there is nowhere left to say so.
        let _ = to.write_all(&text).and_then(|()| to.flush());
        queue.written();
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
        let add = || queue.add(|lost| lost.to_string());
        (0..WAITING + 2).for_each(|_| add());
        let mut text = Vec::new();
        assert!(queue.swap(&mut text));
        assert_eq!(text, b"0\n".repeat(WAITING));
        // What is being written waits yet.
        add();
        assert!(queue.waiting().text.is_empty());
        queue.written();
        (0..2).for_each(|_| add());
        assert!(queue.swap(&mut text));
        assert_eq!(text, b"3\n0\n");
    }

    #[test]
    fn what_was_written_last_is_not_lost_with_the_log() {
        let (read, write) = io::pipe().unwrap();
        let (log, writer) = Log::new(Format::Json, write).unwrap();
        let both = [log.clone(), log];
        for (log, method) in both.iter().zip(["GET", "PUT"]) {
            log.write(&Entry { method: method.into(), ..Entry::default() });
        }
        drop(both);
        writer.finish(Duration::from_secs(60));
        let lines: Vec<_> = io::BufRead::lines(io::BufReader::new(read)).map(Result::unwrap).collect();
        assert!(lines.len() == 2 && lines[0].contains("GET") && lines[1].contains("PUT"), "{lines:?}");
    }
}
