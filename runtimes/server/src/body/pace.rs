//! Tells a slow sender from one that has stalled.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// Counts the time spent waiting for a sender, and only that: what the receiver takes its time for is not the
/// sender's fault. In each `window` of waiting it must have moved `floor` bytes.
#[derive(Debug)]
pub(super) struct Pace {
    window: Duration,
    floor: u64,
    waited: Duration,
    moved: u64,
    /// Since when we have been waiting, while we are.
    since: Option<Instant>,
    /// Armed at or before the end of the window; `None` until the first wait.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Pace {
    pub(super) fn new(window: Duration, floor: u64) -> Self {
        Self { window, floor, waited: Duration::ZERO, moved: 0, since: None, alarm: None }
    }

    /// Bytes came.
    pub(super) fn moved(&mut self, bytes: usize) {
        self.moved += bytes as u64;
        if let Some(since) = self.since.take() {
            self.waited += since.elapsed();
        }
    }

    /// Nothing came: ready once the sender counts as stalled.
    pub(super) fn poll_stalled(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let now = Instant::now();
            let since = *self.since.get_or_insert(now);
            let waited = self.waited + now.saturating_duration_since(since);
            if waited >= self.window {
                if self.moved < self.floor {
                    return Poll::Ready(());
                }
                (self.waited, self.moved, self.since) = (Duration::ZERO, 0, Some(now));
                continue;
            }
            let end = now + (self.window - waited);
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(end)));
            // An alarm armed for an earlier wait rings early, and is only then set anew: cheaper than once per read.
            if alarm.deadline() <= now || alarm.deadline() > end {
                alarm.as_mut().reset(end);
            }
            match alarm.as_mut().poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(()) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
