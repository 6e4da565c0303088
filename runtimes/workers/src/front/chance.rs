//! Chance, in portions: a call of the platform for each request would cost more than what it brings.

use std::cell::RefCell;

use crate::host;

/// What one call brings.
const PORTION: usize = 4096;

struct Pool {
    bytes: [u8; PORTION],
    /// Where what has not been given out yet begins.
    next: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { bytes: [0; PORTION], next: PORTION }) };
}

/// Bytes of the platform's generator that nobody else is given; the pool keeps no copy.
pub(super) fn seed() -> [u8; 32] {
    POOL.with_borrow_mut(|pool| {
        if pool.next == PORTION {
            host::chance(&mut pool.bytes);
            pool.next = 0;
        }
        let mut seed = [0; 32];
        if let Some(unused) = pool.bytes.get_mut(pool.next..pool.next + 32) {
            seed.swap_with_slice(unused);
        }
        pool.next += 32;
        seed
    })
}
