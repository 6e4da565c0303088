//! The server, seen from its sockets: what clients may send, and what stores may answer.

mod abuse;
mod framing;
mod http2;
mod logging;
mod process;
mod stores;
mod support;
mod told;
