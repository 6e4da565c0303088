//! The fixed time at which everything in a test happens.

use brigade_s3::Arrival;
use brigade_sigv4::Timestamp;

/// 2026-11-20T12:00:00Z, in seconds since 1970.
pub const NOW: u64 = 1_795_176_000;

/// A request's arrival at [`NOW`], with a seed that never changes.
#[must_use]
pub fn arrival() -> Arrival {
    arrival_at(NOW)
}

/// A request's arrival at so many seconds since 1970.
#[must_use]
pub fn arrival_at(seconds: u64) -> Arrival {
    Arrival { at: Timestamp::from_unix(seconds), from: None, secure: false, seed: [7; 32] }
}
