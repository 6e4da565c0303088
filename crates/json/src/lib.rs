//! JSON (RFC 8259), read into values and written again.
//!
//! The values are those of `serde_json`, and so is what they are read as, but for the last digits of fractions beyond 15 digits and 22
//! powers of ten; the tests hold one against the other. Its reader and writer are made anew for each type they are used with,
//! and have tables for fractions that weigh more than all that is here: too much for a Worker.
//!
//! ```
//! let value = brigade_json::read(br#"{"a": [1, "b"]}"#).unwrap();
//! assert_eq!(value["a"][1], "b");
//! assert_eq!(brigade_json::write(&value), r#"{"a":[1,"b"]}"#);
//! ```

mod number;
mod reader;
mod tree;
mod writer;

pub use reader::{Fault, parse, read};
pub use tree::{Member, Shape, Tree};
pub use writer::{decimal, object, write};
