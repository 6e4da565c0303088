//! The server, seen from its sockets: what clients may send, and what stores may answer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    unreachable_pub,
    missing_debug_implementations,
    reason = "a test fails by panicking, and nobody imports it"
)]

mod abuse;
mod drain;
mod environment;
mod explain;
mod federation;
mod framing;
mod http1;
mod http2;
mod logging;
mod origins;
mod process;
mod providers;
mod stores;
mod support;
mod tls;
mod told;
