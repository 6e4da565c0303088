//! The end of a server: no new work, what is in progress is finished, within bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Whether the server is to end. Clones see the same.
#[derive(Clone, Debug)]
pub struct Drain {
    begun: watch::Receiver<bool>,
    /// The same for who only looks, which every request does several times: nothing is written by that.
    seen: Arc<AtomicBool>,
}

/// Begins the drain.
#[derive(Debug)]
pub struct DrainStarter {
    begun: watch::Sender<bool>,
    seen: Arc<AtomicBool>,
}

impl Drain {
    /// A drain that has not begun, and what begins it.
    #[must_use]
    pub fn new() -> (DrainStarter, Self) {
        let (sender, begun) = watch::channel(false);
        let seen = Arc::<AtomicBool>::default();
        (DrainStarter { begun: sender, seen: Arc::clone(&seen) }, Self { begun, seen })
    }

    /// Whether it has begun, or nobody is left to begin it.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.seen.load(Ordering::Acquire)
    }

    /// Waits until it begins. A starter that is gone has nothing left to wait for: that counts too.
    pub async fn begun(&mut self) {
        let _ = self.begun.wait_for(|begun| *begun).await;
    }
}

impl DrainStarter {
    /// Begins it.
    pub fn begin(&self) {
        self.seen.store(true, Ordering::Release);
        self.begun.send_replace(true);
    }
}

impl Drop for DrainStarter {
    fn drop(&mut self) {
        self.seen.store(true, Ordering::Release);
    }
}

/// The signals to stop: SIGTERM, and SIGINT as from Ctrl-C.
#[derive(Debug)]
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens from now on, in place of being ended by them.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_and_whoever_looks_are_told_the_same() {
        let (starter, mut drain) = Drain::new();
        assert!(!drain.has_begun());
        starter.begin();
        assert!(drain.has_begun());
        drain.begun().await;

        let (starter, mut drain) = Drain::new();
        drop(starter);
        assert!(drain.has_begun(), "else a connection would wait again for what it has waited for");
        drain.begun().await;
    }
}
