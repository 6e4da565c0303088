//! What this crate promises, from outside: AWS's own examples, independent signers, the requirements.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that panics has failed, as it should"
)]

mod aws_examples;
mod draft;
mod form;
mod framing;
mod integrity;
mod oracle;
mod presigned;
mod signature;
