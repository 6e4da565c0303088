//! Test support: a gateway in a box, the stores behind it, and the clients and attackers in front of it.
//!
//! ```text
//! Ask ─ Signer::sign ─► Ask ─ (tamper) ─► World::send ─► Gateway ─► InProcess (the real store, in memory)
//!                                              └─► Answer          └► Recorder (keeps what it was sent, says what it is told to)
//! ```
//!
//! Nothing here uses `brigade-sigv4` to sign or to verify: the `aws-sigv4` crate signs requests, and what this crate needs
//! besides (chunk signatures, percent-encoding, checksums) it works out for itself, so that two independent readings of the
//! protocol meet in every test.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "test support: a broken fixture must fail the test that uses it, loudly"
)]

mod answer;
mod arrival;
mod ask;
mod body;
mod checksum;
mod chunked;
mod in_process;
mod ledger;
mod percent;
mod real_signatures;
mod recorder;
mod signer;
mod snapshot;
mod token_key;
mod upload_form;
mod web;
mod world;

pub use answer::Answer;
pub use arrival::{NOW, arrival, arrival_at};
pub use ask::Ask;
pub use body::Body;
pub use checksum::checksum;
pub use chunked::{Chunked, Trailer};
pub use in_process::InProcess;
pub use ledger::{Ledger, keys};
pub use percent::{decode, encode, encode_path};
pub use real_signatures::RealSignatures;
pub use recorder::{Recorder, Said, Sent};
pub use signer::{Mark, Signer, amz_date};
pub use snapshot::Snapshot;
pub use token_key::TokenKey;
pub use upload_form::UploadForm;
pub use web::Web;
pub use world::World;
