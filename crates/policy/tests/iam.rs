//! IAM's evaluation, held by an evaluator of another design and by AWS's own examples.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on must fail"
)]

#[path = "iam/examples.rs"]
mod examples;
#[path = "iam/properties.rs"]
mod properties;
#[path = "iam/reference.rs"]
mod reference;
