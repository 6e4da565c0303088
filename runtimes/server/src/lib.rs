//! Brigade on Tokio, with HTTP/1 of its own and Hyper's HTTP/2.
//!
//! ```text
//! Server ─ accepts ─► connection ─ HTTP ─► front (guard, health, log) ─► Gateway ─► Stores ─► a store
//! ```
//!
//! Everything that knows of sockets, files, signals, the clock and the environment is here; what a request means is
//! decided in the crates below, which know of none of these.

mod assembly;
mod body;
pub mod cli;
mod clock;
mod configuration;
mod connection;
mod drain;
mod environment;
mod explain;
mod first_run;
mod front;
mod guard;
mod http1;
mod keygen;
mod limits;
mod log;
mod messages;
mod metrics;
mod outward;
mod people;
mod providers;
mod revocations;
mod server;
mod serving;
mod signatures;
mod threads;
mod tls;
mod upstream;

pub use assembly::gateway;
pub use body::Body;
pub use drain::{Drain, DrainStarter};
pub use front::Answer;
pub use limits::Limits;
pub use log::{Format, Log, Writer};
pub use server::{Listener, Server};
pub use signatures::AwsLc;
pub use threads::Threads;
pub use tls::{Tls, TlsError};
pub use upstream::Stores;
