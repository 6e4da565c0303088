//! How far the sending of one request has come.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use brigade_gateway::BodyError;
use tokio::time::Instant;

use crate::limits::Limits;

/// Shared by a request's body on its way to a store and the one who waits for the answer.
#[derive(Debug)]
pub(super) struct Flow(Mutex<State>);

#[derive(Clone, Copy, Debug)]
struct State {
    /// The last time the store took something.
    last: Instant,
    at: At,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// The store has been given what there was, and has not asked for more.
    Store,
    /// The store waits for the client.
    Client,
    /// All has been given to the store.
    Over,
    /// The client's body failed.
    Failed(BodyError),
}

impl Flow {
    pub(super) fn new(over: bool) -> Self {
        Self(Mutex::new(State { last: Instant::now(), at: if over { At::Over } else { At::Store } }))
    }

    fn set(&self, at: At) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A client's pause ends the store's time; it begins anew with what the client sends next.
        *state = State { last: Instant::now(), at };
    }

    pub(super) fn gave(&self) {
        self.set(At::Store);
    }

    pub(super) fn waits(&self) {
        self.set(At::Client);
    }

    pub(super) fn end(&self) {
        if !self.is_over() {
            self.set(At::Over);
        }
    }

    pub(super) fn fail(&self, error: BodyError) {
        self.set(At::Failed(error));
    }

    fn state(&self) -> State {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client's failure, if it failed.
    pub(super) fn failed(&self) -> Option<BodyError> {
        match self.state().at {
            At::Failed(error) => Some(error),
            At::Store | At::Client | At::Over => None,
        }
    }

    /// Whether the store has been given all of it.
    pub(super) fn is_over(&self) -> bool {
        self.state().at == At::Over
    }

    /// When the store will have kept us waiting too long. While it is the client who does, some time ahead: its body
    /// has a bound of its own.
    pub(super) fn deadline(&self, now: Instant, limits: &Limits) -> Instant {
        let State { last, at } = self.state();
        match at {
            At::Store => last + limits.stall,
            At::Over => last + limits.answer,
            At::Client | At::Failed(_) => now + Duration::max(limits.stall, Duration::from_secs(1)),
        }
    }
}
