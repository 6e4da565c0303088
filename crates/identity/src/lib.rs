//! Who the client is: web identity tokens, roles, sealed sessions; and who Brigade is to a store: federation.
//!
//! Nothing here awaits, reads a clock or draws randomness. Signatures with public keys are a runtime's to make and to verify:
//! this crate says which algorithm, which key and which bytes.

mod algorithm;
mod claims;
pub mod federation;
mod issuer;
mod issuers;
mod json;
mod jwk;
mod jwt;
mod key_set;
mod pattern;
mod public_key;
mod revocations;
mod session;
mod signing_key;
mod token_error;
mod trust;
mod web_url;

pub use algorithm::Algorithm;
pub use claims::{Claims, claim_texts};
pub use issuer::{Issuer, IssuerUrl};
pub use issuers::{Fetch, FetchFault, Fetched, Issuers, Lookup};
pub use jwk::Jwk;
pub use jwt::Jwt;
pub use key_set::{KeySet, KeySetError};
pub use pattern::Pattern;
pub use public_key::{Curve, PublicKey};
pub use revocations::{RevocationList, Revocations, Standing};
pub use session::{
    Holder, Issued, Origin, SealError, SealingKeyError, SealingKeys, Session, SessionError, SessionId,
    Source, Through,
};
pub use signing_key::SigningKey;
pub use token_error::TokenError;
pub use trust::{Condition, Trust, TrustRefusal};
pub use web_url::{UrlError, WebUrl};
