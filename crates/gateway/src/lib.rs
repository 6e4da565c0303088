//! The straight line of a request, without a runtime.
//!
//! A runtime supplies a [`Body`], an [`Upstream`] and a reading of the clock and of chance
//! ([`brigade_s3::Arrival`]); a [`Registry`] says which keys and buckets exist; [`Gateway::handle`] does the rest.

mod admit;
mod authenticate;
mod bearer;
mod body;
mod credentials;
mod entry;
mod exchange;
mod gateway;
mod health;
mod post;
mod record;
mod registry;
mod relay;
mod sessions;
mod signatures;
mod sts;
mod upstream;
mod web_identity;
mod well_known;

pub use admit::admit;
pub use body::{Body, BodyError};
pub use entry::Entry;
pub use exchange::{EXCHANGE_LIMIT, exchange, exchange_by_sending};
pub use gateway::{Gateway, Settings};
pub use health::{Configured, Probe};
pub use record::{Record, Reply};
pub use registry::{Assumer, Buckets, Key, Registry, RegistryError, Role};
pub use sessions::Sessions;
pub use signatures::{NoSignatures, Signatures, SigningError};
pub use upstream::{ENVIRONMENT, SendError, Upstream};
pub use web_identity::{TokenCode, TokenRefusal, WebIdentities};
