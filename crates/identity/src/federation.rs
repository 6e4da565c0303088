//! Who Brigade is to others: an OpenID Connect issuer, whose short-lived assertions clouds exchange for credentials.
//!
//! ```text
//! Federation ─ assertion(subject, audience, now) ─► Draft ─ (a runtime signs it) ─► Assertion
//!    Assertion ─ Exchange::ask ─► Request ═ (a runtime sends it) ═► Answer ─ Exchange::hear ─► Granted, until when
//!                                                                       └──► ExchangeError: which exchange, and its code
//! Lease ─ turn(now) ─► Use what is held · Renew · Wait
//! ```
//!
//! Nobody's keys are pasted anywhere: the cloud reads Brigade's public keys at its issuer's URL, as it does those of any
//! provider of identities, and trusts the subject that its operator has named.

mod answer;
mod assertion;
mod aws;
mod azure;
mod exchange;
mod google;
mod key;
mod lease;
mod pkcs8;

use std::fmt;

use brigade_json::object;
use bytes::Bytes;
use serde_json::Value;

pub use assertion::{Assertion, Draft};
pub use aws::{AwsRole, RoleArn, RoleArnError, SessionName};
pub use azure::AzureApplication;
pub use exchange::{BearerToken, Exchange, ExchangeError, Grant, Heard, Party, Step};
pub use google::{GooglePool, ServiceAccount};
pub use key::{FederationKey, FederationKeyError};
pub use lease::{Lease, Leased, Ticket, Turn};

/// Brigade as an issuer: its name, and its keys.
#[derive(Clone)]
pub struct Federation {
    issuer: Box<str>,
    first: FederationKey,
    others: Vec<FederationKey>,
}

impl Federation {
    /// An issuer of this URL, without a final slash: where `/.well-known/openid-configuration` can be read by whoever is to
    /// trust it. The first key signs; all are published, so that keys can follow one another.
    #[must_use]
    pub fn new(issuer: &str, first: FederationKey, others: Vec<FederationKey>) -> Self {
        Self { issuer: issuer.trim_end_matches('/').into(), first, others }
    }

    /// What stands in `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// All keys, the one that signs before the others.
    pub fn keys(&self) -> impl Iterator<Item = &FederationKey> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// The key that signs.
    #[must_use]
    pub fn key(&self) -> &FederationKey {
        &self.first
    }

    /// The document at `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, section 3). There is no
    /// authorization endpoint: nobody logs in here, and nobody who reads it for keys asks for one.
    #[must_use]
    pub fn discovery(&self) -> Bytes {
        let mut algorithms: Vec<_> = self.keys().map(|key| key.signing().algorithm.name()).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        let document = object(vec![
            ("issuer", (*self.issuer).into()),
            ("jwks_uri", format!("{}/.well-known/jwks.json", self.issuer).into()),
            ("response_types_supported", texts(&["id_token"])),
            ("subject_types_supported", texts(&["public"])),
            ("id_token_signing_alg_values_supported", texts(&algorithms)),
            ("scopes_supported", texts(&["openid"])),
            ("claims_supported", texts(&["iss", "sub", "aud", "iat", "nbf", "exp", "jti"])),
        ]);
        brigade_json::write(&document).into()
    }

    /// The document at `/.well-known/jwks.json` (RFC 7517 section 5).
    #[must_use]
    pub fn jwks(&self) -> Bytes {
        let keys: Vec<_> = self.keys().map(FederationKey::jwk).collect();
        brigade_json::write(&object(vec![("keys", Value::Array(keys))])).into()
    }
}

fn texts(texts: &[&str]) -> Value {
    Value::Array(texts.iter().map(|text| Value::from(*text)).collect())
}

impl fmt::Debug for Federation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Federation")
            .field("issuer", &self.issuer)
            .field("keys", &self.keys().map(|key| &key.signing().id).collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests;
