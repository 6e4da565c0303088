//! The load: one for all peers.
//!
//! ```text
//! closed   N connections, each its next request as soon as it has an answer: what a request costs
//! paced    so many requests a second, whatever becomes of the answers: how long they take
//! slow     N connections that read so many bytes a second: what waiting costs in memory
//! idle     N connections that do nothing
//! ```
//! An answer with another status or length than it should have fails the run.

mod client;
mod closed;
mod paced;
mod slow;

pub(crate) use client::Client;
pub(crate) use closed::closed;
pub(crate) use paced::{Latencies, paced};
pub(crate) use slow::{Slow, idle};

/// Why a run is worth nothing.
pub(crate) type Failure = String;
