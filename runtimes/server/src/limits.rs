//! Every bound of the server in one place.

use std::time::Duration;

/// How much and how long the server bears. The defaults suit a machine with a gigabyte for Brigade.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections open at once; beyond them the kernel's queue holds newcomers.
    pub connections: usize,
    /// Bytes of a request's head: its line and its headers.
    pub head: usize,
    /// Bytes of a request's target.
    pub target: usize,
    /// Header lines of a request.
    pub headers: usize,
    /// Bytes buffered per connection and direction.
    pub buffer: usize,
    /// Requests in progress on one HTTP/2 connection.
    pub streams: u32,
    /// From the first wait for a head to its end; also how long an idle connection stays open.
    pub head_time: Duration,
    /// A TLS handshake.
    pub handshake: Duration,
    /// A TCP connection to a store.
    pub connect: Duration,
    /// Without progress in a body, either way, on either side.
    pub stall: Duration,
    /// From the last byte of a request to a store to the head of its answer.
    pub answer: Duration,
    /// An exchange for credentials of a store, from its first byte to its last; a client waits for it.
    pub exchange: Duration,
    /// A document of an identity provider, from its name to its last byte.
    pub fetch: Duration,
    /// From the signal to stop until what is still in progress is cut.
    pub drain: Duration,
    /// What a body must move in each `stall` of waiting: a sender that drips less has stalled.
    pub drip: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            head: 32 << 10,
            target: 16 << 10,
            headers: 100,
            buffer: 256 << 10,
            streams: 100,
            head_time: Duration::from_secs(60),
            handshake: Duration::from_secs(10),
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(60),
            answer: Duration::from_secs(100),
            exchange: Duration::from_secs(10),
            fetch: Duration::from_secs(5),
            drain: Duration::from_secs(30),
            drip: 1 << 10,
        }
    }
}
