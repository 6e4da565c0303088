//! The requirements of the threat model, each held by a test named after it, through [`brigade_gateway::Gateway::handle`]
//! with the real embedded store behind it, or with one that records and misbehaves.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that cannot go on must fail"
)]

mod requirements {
    mod authz;
    mod check;
    mod copy;
    mod del;
    mod err;
    mod hdr;
    mod int;
    mod list;
    mod mpu;
    mod oidc;
    mod post;
    mod pre;
    mod rel;
    mod rng;
    mod rob;
    mod sig;
    mod str;
    mod sub;
    mod wire;
    mod xml;
}
