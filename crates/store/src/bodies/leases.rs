//! Leases: a body that a reader may still have found in the index is not removed under it.
//!
//! Time is counted in retirements. A lease remembers when it began; a body retired after that waits for it.

use super::Bodies;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// While it lives, bodies the index named when it began stay.
#[derive(Debug)]
pub(crate) struct Lease {
    bodies: Arc<Bodies>,
    epoch: u64,
}

impl Lease {
    pub(super) fn new(bodies: Arc<Bodies>, epoch: u64) -> Self {
        Self { bodies, epoch }
    }

    /// The bodies leased.
    pub(crate) fn bodies(&self) -> &Arc<Bodies> {
        &self.bodies
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.bodies.end_lease(self.epoch);
    }
}

#[derive(Debug, Default)]
pub(super) struct Leases {
    epoch: u64,
    /// How many leases began in each epoch.
    active: BTreeMap<u64, usize>,
    /// Bodies retired, and the first epoch that could no longer find them.
    waiting: VecDeque<(u64, Vec<u64>)>,
    gone: Vec<u64>,
}

impl Leases {
    pub(super) fn enter(&mut self) -> u64 {
        *self.active.entry(self.epoch).or_default() += 1;
        self.epoch
    }

    /// Ends a lease; the bodies that nobody waits for any more.
    pub(super) fn leave(&mut self, epoch: u64) -> Vec<u64> {
        if let Some(count) = self.active.get_mut(&epoch) {
            *count -= 1;
            if *count == 0 {
                self.active.remove(&epoch);
            }
        }
        self.ready()
    }

    /// Retires bodies; those that nobody waits for.
    pub(super) fn retire(&mut self, bodies: Vec<u64>) -> Vec<u64> {
        self.epoch += 1;
        self.waiting.push_back((self.epoch, bodies));
        self.ready()
    }

    pub(super) fn add_gone(&mut self, bodies: Vec<u64>) {
        self.gone.extend(bodies);
    }

    pub(super) fn take_gone(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.gone)
    }

    fn ready(&mut self) -> Vec<u64> {
        let oldest = self.active.keys().next().copied().unwrap_or(u64::MAX);
        let mut ready = Vec::new();
        while let Some((_, bodies)) = self.waiting.pop_front_if(|(epoch, _)| *epoch <= oldest) {
            ready.extend(bodies);
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retired_body_waits_for_the_leases_that_began_before() {
        let mut leases = Leases::default();
        let early = leases.enter();
        assert_eq!(leases.retire(vec![7]), [0_u64; 0]);
        let late = leases.enter();
        assert_eq!(leases.retire(vec![8]), [0_u64; 0]);
        assert_eq!(leases.leave(early), [7]);
        assert_eq!(leases.leave(late), [8]);
        assert_eq!(leases.retire(vec![9]), [9]);
    }
}
