//! Brigade as an issuer: what it publishes, what it exchanges at each cloud, and what becomes of that when it fails.
//!
//! The clouds are fakes that check all they are sent against what each cloud documents, and the assertions' signatures
//! against the keys that the gateway publishes.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on must fail"
)]

#[path = "federation/aws.rs"]
mod aws;
#[path = "federation/cloud.rs"]
mod cloud;
#[path = "federation/issuer.rs"]
mod issuer;
#[path = "federation/leases.rs"]
mod leases;
#[path = "federation/others.rs"]
mod others;
#[path = "federation/site.rs"]
mod site;
