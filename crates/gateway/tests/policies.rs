//! Policies with conditions, variables and principals, through [`brigade_gateway::Gateway::handle`].
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on must fail"
)]

mod policies {
    mod buckets;
    mod facts;
    mod support;
    mod variables;
}
