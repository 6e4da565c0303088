//! Credentials that are held until they end, and renewed ahead of that; by nobody waiting for anybody.
//!
//! ```text
//!              taken ──────────────── margin begins ────────── ends
//! one caller:    Use          Use        Renew, or Use if that fails    Renew, or its error
//! the others:    Use          Use        Use                            Renew each for itself, up to a bound
//! ```

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use brigade_sigv4::Timestamp;

use super::Grant;

/// How long before its end a grant is renewed, in seconds; less for a short one.
const MARGIN: u64 = 300;

/// How many callers ask at once when nothing is held.
const AT_ONCE: usize = 32;

/// After how many seconds a caller that never came back no longer counts: its client may have left, and a platform may have
/// ended its request without a word.
const GONE: u64 = 60;

/// The longest that failures are backed off, in seconds.
const BACKOFF: u64 = 30;

/// For how many seconds new credentials are kept although the store does not know them: clouds take some to tell all their
/// parts, and a store that refuses everything must not have every request exchanged.
const YOUNG: u64 = 30;

/// One set of credentials, shared by all requests. It holds values, never a future; its lock is never held across an await.
#[derive(Debug)]
pub struct Lease<T, E> {
    state: Mutex<State<T, E>>,
}

#[derive(Debug)]
struct State<T, E> {
    held: Option<Held<T>>,
    /// Who is asking now: a number of each, and since when.
    asking: VecDeque<(u64, Timestamp)>,
    next: u64,
    failed: Option<Failed<E>>,
}

#[derive(Debug)]
struct Held<T> {
    value: T,
    taken: Timestamp,
    /// From when it is to be renewed.
    renew: Timestamp,
    /// From when it is no longer used: some seconds before its end, for a request that is on its way.
    ends: Timestamp,
}

#[derive(Debug)]
struct Failed<E> {
    error: E,
    times: u32,
    /// Before this nobody asks again.
    until: Timestamp,
}

/// What a caller is to do.
#[derive(Debug)]
pub enum Turn<'l, T: Clone, E: Clone> {
    /// Use these.
    Use(T),
    /// Ask for new ones, and say how it went: [`Ticket::settle`].
    Renew(Ticket<'l, T, E>),
    /// Neither: it has just failed, or too many ask. Come back in so many seconds; `None` when nothing failed.
    Wait(u64, Option<E>),
}

/// What somebody who renewed gets of it.
pub type Leased<T, E> = Result<T, E>;

/// The place of one who asks. Dropped, it is free again.
#[derive(Debug)]
pub struct Ticket<'l, T: Clone, E: Clone> {
    lease: &'l Lease<T, E>,
    number: u64,
}

impl<T, E> Default for Lease<T, E> {
    fn default() -> Self {
        Self { state: Mutex::new(State { held: None, asking: VecDeque::new(), next: 0, failed: None }) }
    }
}

impl<T: Clone, E: Clone> Lease<T, E> {
    /// What to do now.
    pub fn turn(&self, now: Timestamp) -> Turn<'_, T, E> {
        let mut state = self.state();
        state.asking.retain(|(_, since)| now.as_unix() < since.as_unix().saturating_add(GONE));
        let wait =
            state.failed.as_ref().map_or(0, |failed| failed.until.as_unix().saturating_sub(now.as_unix()));
        let held = state.held.as_ref().filter(|held| now < held.ends);
        if let Some(held) = held
            && (now < held.renew || !state.asking.is_empty() || wait > 0)
        {
            return Turn::Use(held.value.clone());
        }
        if wait > 0 {
            return Turn::Wait(wait, state.failed.as_ref().map(|failed| failed.error.clone()));
        }
        if state.asking.len() >= AT_ONCE {
            return Turn::Wait(1, None);
        }
        let number = state.next;
        state.next = state.next.wrapping_add(1);
        state.asking.push_back((number, now));
        Turn::Renew(Ticket { lease: self, number })
    }

    /// Lets go of what a store no longer knows, if it is what is held: the next caller asks for new ones. What was taken just
    /// now is kept.
    pub fn forget(&self, is: impl FnOnce(&T) -> bool, now: Timestamp) {
        let mut state = self.state();
        let old = |held: &Held<T>| held.taken.as_unix().saturating_add(YOUNG) <= now.as_unix();
        if state.held.as_ref().is_some_and(|held| old(held) && is(&held.value)) {
            state.held = None;
        }
    }

    /// What panics while it holds the lock leaves no state half changed.
    fn state(&self) -> MutexGuard<'_, State<T, E>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Clone, E: Clone> Ticket<'_, T, E> {
    /// Says how it went; gives what the caller is to use. Where renewing ahead failed, that is what is still held.
    ///
    /// # Errors
    /// The error, where nothing is held.
    pub fn settle(self, outcome: Result<Grant<T>, E>, now: Timestamp) -> Leased<T, E> {
        let mut state = self.lease.state();
        match outcome {
            Ok(Grant { granted, expires }) => {
                let (begin, end) = (now.as_unix(), expires.as_unix());
                let lasts = end.saturating_sub(begin);
                let renew = Timestamp::from_unix(end.saturating_sub(MARGIN.min(lasts / 3)));
                let ends = Timestamp::from_unix(end.saturating_sub((lasts / 10).min(10)));
                if state.held.as_ref().is_none_or(|held| held.ends <= ends) {
                    state.held = Some(Held { value: granted.clone(), taken: now, renew, ends });
                }
                state.failed = None;
                Ok(granted)
            }
            Err(error) => {
                let held = state.held.as_ref().filter(|held| now < held.ends).map(|held| held.value.clone());
                let renewed = state.held.as_ref().is_some_and(|held| now < held.renew);
                // Of many that fail at once, one counts; and none that another has overtaken.
                if !renewed && state.failed.as_ref().is_none_or(|failed| failed.until <= now) {
                    let times = state.failed.as_ref().map_or(0, |failed| failed.times).saturating_add(1);
                    let pause = 1_u64.checked_shl(times - 1).unwrap_or(BACKOFF).min(BACKOFF);
                    let until = Timestamp::from_unix(now.as_unix().saturating_add(pause));
                    state.failed = Some(Failed { error: error.clone(), times, until });
                }
                held.ok_or(error)
            }
        }
    }
}

impl<T: Clone, E: Clone> Drop for Ticket<'_, T, E> {
    fn drop(&mut self) {
        self.lease.state().asking.retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests;
