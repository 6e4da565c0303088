//! Numbers for bodies: granted by the index in blocks, so that a crash leaves few to look at.
//!
//! The index remembers two numbers. No body at or above `reserved` was ever begun; every body below `settled` is either
//! named by the index or gone. Opening the store looks only at the bodies between.

use std::collections::BTreeSet;

/// How many numbers are granted at a time.
const BLOCK: u64 = 4096;

/// What the index remembers of the numbers given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) settled: u64,
    pub(crate) reserved: u64,
}

impl Grant {
    /// The first block at or above `first`, all below being settled.
    pub(crate) fn starting_at(first: u64) -> Self {
        Self { settled: first, reserved: first.saturating_add(BLOCK) }
    }
}

#[derive(Debug)]
pub(super) struct Ids {
    next: u64,
    reserved: u64,
    open: BTreeSet<u64>,
    frozen: Option<u64>,
}

impl Ids {
    pub(super) fn new(grant: Grant) -> Self {
        Self { next: grant.settled, reserved: grant.reserved, open: BTreeSet::new(), frozen: None }
    }

    pub(super) fn take(&mut self) -> Option<u64> {
        if self.next >= self.reserved {
            return None;
        }
        let id = self.next;
        self.next += 1;
        self.open.insert(id);
        Some(id)
    }

    pub(super) fn settle(&mut self, id: u64) {
        self.open.remove(&id);
    }

    pub(super) fn wanted(&self) -> Option<Grant> {
        (self.reserved - self.next < BLOCK / 2)
            .then(|| Grant { settled: self.settled(), reserved: self.reserved.saturating_add(BLOCK) })
    }

    pub(super) fn granted(&mut self, grant: Grant) {
        self.reserved = self.reserved.max(grant.reserved);
    }

    pub(super) fn freeze(&mut self) {
        self.frozen = Some(self.settled());
    }

    fn settled(&self) -> u64 {
        self.frozen.unwrap_or_else(|| self.open.first().copied().unwrap_or(self.next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_number_holds_back_what_is_settled_until_it_is() {
        let mut ids = Ids::new(Grant { settled: 0, reserved: 4 });
        assert_eq!(
            [ids.take(), ids.take(), ids.take(), ids.take(), ids.take()],
            [Some(0), Some(1), Some(2), Some(3), None]
        );
        ids.settle(0);
        ids.settle(2);
        assert_eq!(ids.wanted().map(|grant| grant.settled), Some(1));
        ids.freeze();
        ids.settle(1);
        ids.settle(3);
        assert_eq!(ids.wanted().map(|grant| grant.settled), Some(1), "frozen by a failed commit");
    }
}
