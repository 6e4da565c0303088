//! HTTP/1, towards clients and towards stores.
//!
//! ```text
//! socket ─► Reader ─ Head ─► what is asked, and which Framing follows ─► Wire, a body that still lies in its socket
//!      └──► Writer ◄─ write: a head, and bytes in its framing ◄───────────────┘  (or in the kernel: splice)
//! ```
//!
//! Heads and framing are read by machines that know no sockets, and by one rule: what two parsers could read in two
//! ways is refused. A body is read only when it is asked for, and a reading half comes back when its body has ended.

mod carrier;
pub(crate) mod framing;
pub(crate) mod head;
pub(crate) mod io;
#[cfg(target_os = "linux")]
mod pipe;
pub(crate) mod splice;
pub(crate) mod turn;
pub(crate) mod wire;
pub(crate) mod write;
