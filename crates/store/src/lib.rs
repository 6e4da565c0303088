//! The embedded store: an S3 server in a crate, called in process.
//!
//! ```text
//! http::Request ─ route::route ─► Operation ─► operation ─► index (redb: one transaction decides)
//!                                                 └─ bodies (files named by the store, or memory)
//! http::Response<StoreBody> ◄─────────────────────┘
//! ```
//!
//! It takes S3's HTTP types, path style, and answers them; there are no sockets and no signatures here: the gateway in
//! front has verified and authorized. A body is on disk and synced before the index names it, bodies are never changed
//! once written, and what a crash leaves behind is removed when the store is opened again.

mod bodies;
mod body;
mod bucket;
mod conditions;
mod error;
mod failure;
mod headers;
mod index;
mod object;
mod payload;
mod range;
mod reply;
mod route;
mod store;
mod sum;
mod upload;
mod xml;

pub use body::StoreBody;
pub use error::{Fault, OpenError, StoreError};
pub use store::{Place, Store};

#[cfg(test)]
mod tests;
