//! Who the client is: web identity tokens, roles, sealed sessions; and who Brigade is to a store: federation.
//!
//! Nothing here awaits, reads a clock or draws randomness. Signatures with public keys are a runtime's to make and to verify:
//! this crate says which algorithm, which key and which bytes.

mod algorithm;
mod public_key;
mod revocations;
mod session;
mod signing_key;

pub use algorithm::Algorithm;
pub use public_key::{Curve, PublicKey};
pub use revocations::{RevocationList, Revocations, Standing};
pub use session::{
    Holder, Issued, Origin, SealError, SealingKeyError, SealingKeys, Session, SessionError, SessionId, Source,
};
pub use signing_key::SigningKey;
