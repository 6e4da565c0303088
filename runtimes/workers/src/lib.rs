//! Brigade on Cloudflare Workers.
//!
//! ```text
//! entry.js ─ Upload (tied at once) ─► Task ─► front ─► Gateway ─► Stores ─ fetch ─► a store
//!    │           instance, panics      │ polled by what this request waits for       ║ a ReadableStream, handed on
//! host.js ◄── every call of the platform ─────────────────┘                          ▼
//! ```
//!
//! Object bytes stay in the platform: a download is the store's stream handed to the client, an upload the client's handed to
//! `fetch`. Only what must be verified or rewritten comes into WASM. Nothing here outlives a request but values: the
//! configuration, what it was compiled into, and what the gateway keeps.

pub mod wire;

#[cfg(target_family = "wasm")]
mod body;
#[cfg(target_family = "wasm")]
mod configuration;
#[cfg(target_family = "wasm")]
mod front;
#[cfg(target_family = "wasm")]
mod host;
#[cfg(target_family = "wasm")]
mod scope;
#[cfg(target_family = "wasm")]
mod signatures;
#[cfg(target_family = "wasm")]
#[allow(
    unreachable_pub,
    private_interfaces,
    missing_debug_implementations,
    reason = "what JavaScript calls must be public"
)]
mod task;
#[cfg(target_family = "wasm")]
mod upstream;
