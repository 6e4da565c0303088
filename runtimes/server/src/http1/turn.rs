//! Whose turn it is to write.
//!
//! A write wakes the process at the other end of its socket, which costs more than the write does, and may take the
//! processor away at once. So who has a head to write first lets the thread's other tasks come as far: then all of them
//! write in a row, the first wakes whom they write to, and the others find it awake.

use std::cell::Cell;

thread_local! {
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

/// A request that this thread has in hand, as long as this is held.
#[derive(Debug)]
pub(crate) struct InHand;

impl InHand {
    pub(crate) fn new() -> Self {
        ASKED.set(ASKED.get() + 1);
        Self
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        // A runtime of several threads may have moved the request: the number is a hint, and no more.
        ASKED.set(ASKED.get().saturating_sub(1));
    }
}

/// Lets other tasks come as far, if this thread has other requests in hand.
pub(crate) async fn turn() {
    if ASKED.get() > 1 {
        tokio::task::yield_now().await;
    }
}
