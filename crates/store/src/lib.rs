//! The embedded store: an S3 server in a crate, called in process.
//!
//! ```text
//! http::Request ─ request::parse ─► Call ─► operation ─► index (redb: one transaction decides)
//!                                              └─ bodies (files named by the store, or memory)
//! http::Response<StoreBody> ◄──────────────────┘
//! ```
//!
//! It takes S3's HTTP types, path style, and answers them; there are no sockets and no signatures here: the gateway in
//! front has verified and authorized. A body is on disk and synced before the index names it, bodies are never changed
//! once written, and what a crash leaves behind is removed when the store is opened again.

mod body;
mod error;
mod store;

pub use body::StoreBody;
pub use error::{OpenError, StoreError};
pub use store::{Place, Store};
