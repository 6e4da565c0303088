//! The configuration file: one document, every mistake in it found at once, compiled into a registry.
//!
//! ```text
//! text ─ tree ─► Node (what is written, and where)
//!          └─ structure (by the JSON Schema) ─► Document ─ check ─► Config ─► Server, embedded stores, ConfigRegistry
//!                                      └─────────────────────┴────► Diagnostics
//! ```
//!
//! The same document may be TOML or JSON. The environment and files that it refers to are read through
//! [`Sources`]; nothing here touches either by itself. Secrets are kept in types that cannot be printed, and no
//! message quotes a value that came out of the environment or a file.
//!
//! ```
//! use brigade_config::{Config, Sources};
//!
//! struct Nothing;
//! impl Sources for Nothing {
//!     fn env(&self, _: &str) -> Option<String> { None }
//!     fn file(&self, _: &std::path::Path) -> std::io::Result<String> { Err(std::io::ErrorKind::NotFound.into()) }
//! }
//!
//! let text = r#"
//! [backends.local]
//! type = "embedded"
//! path = "./brigade-data"
//!
//! [buckets.demo]
//! backend = "lokal"
//! "#;
//! let wrong = Config::load(text, "brigade.toml", &Nothing).unwrap_err();
//! assert_eq!(
//!     wrong.to_string(),
//!     "brigade.toml:7: buckets.demo.backend: no backend is called \"lokal\"; did you mean \"local\"?",
//! );
//! ```

mod check;
mod config;
mod diagnostic;
mod document;
mod duration;
mod found;
mod interpolation;
mod moment;
mod nearest;
mod path;
mod plain;
mod problem;
mod registry;
mod revocations;
mod schema;
mod structure;
mod tree;
mod workers;

pub use config::{Config, Embedded, Limits, Place, Server, Tls, version};
pub use diagnostic::{Diagnostic, Diagnostics};
pub use interpolation::Sources;
pub use path::KeyPath;
pub use problem::Problem;
pub use registry::ConfigRegistry;
pub use revocations::{REVOCATIONS_LIMIT, kept_as, revocations};
pub use schema::schema;
pub use workers::{ForWorkers, for_workers};
