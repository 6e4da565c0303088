//! Where a request's body leaves the connection's reading half when it is done with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use crate::http1::wire::{Home, Unread};

/// Shared by a connection and the body of the request in progress.
#[derive(Debug, Default)]
pub(super) struct Slot(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    unread: Option<Unread>,
    asked: bool,
    /// Who waits for either.
    waker: Option<Waker>,
}

impl Slot {
    /// The home of one body; what the one before left is forgotten.
    pub(super) fn home(slot: &Arc<Self>) -> Box<dyn Home> {
        *slot.state() = State::default();
        Box::new(Body(slot.clone()))
    }

    /// Whether the body was asked for since this was last asked.
    pub(super) fn is_asked(&self) -> bool {
        std::mem::take(&mut self.state().asked)
    }

    /// The reading half, if it is back.
    pub(super) fn take(&self) -> Option<Unread> {
        self.state().unread.take()
    }

    /// Wakes `waker` when there is something new.
    pub(super) fn wake(&self, waker: &Waker) {
        let mut state = self.state();
        if state.unread.is_some() || state.asked {
            waker.wake_by_ref();
        } else {
            state.waker = Some(waker.clone());
        }
    }

    fn tell(&self, news: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = self.state();
            news(&mut state);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a body knows of its connection.
#[derive(Debug)]
struct Body(Arc<Slot>);

impl Home for Body {
    fn asked(&self) {
        self.0.tell(|state| state.asked = true);
    }

    fn back(self: Box<Self>, unread: Unread) {
        self.0.tell(|state| state.unread = Some(unread));
    }
}
