//! An assertion: a JSON Web Token in which Brigade says who it is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use brigade_json::object;
use brigade_sigv4::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Federation, Party};
use crate::SigningKey;

/// How long an assertion is good for, in seconds: an exchange takes a second.
const LIFETIME: u64 = 300;

/// How far back its beginning lies, in seconds: nobody's clock is exact.
const BEFORE: u64 = 30;

/// An assertion that lacks its signature.
#[derive(Debug)]
pub struct Draft<'f> {
    key: &'f SigningKey,
    input: String,
}

/// A signed assertion. Whoever has it can be Brigade for some minutes, so it has no `Debug`.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "a secret has no Debug")]
pub struct Assertion(Zeroizing<String>);

impl Federation {
    /// What Brigade says of itself to one party: RFC 7519's `iss`, `sub`, `aud`, `iat`, `nbf`, `exp`, `jti`; good for five
    /// minutes. `seed` is chance, new for every request; it does not show.
    #[must_use]
    pub fn assertion(&self, to: &Party<'_>, now: Timestamp, seed: &[u8; 32]) -> Draft<'_> {
        let key = self.key().signing();
        let head = object(vec![
            ("alg", key.algorithm.name().into()),
            ("kid", (*key.id).into()),
            ("typ", "JWT".into()),
        ]);
        let mut id = Sha256::new_with_prefix(b"brigade assertion\0");
        for part in [seed.as_slice(), to.subject.as_bytes(), b"\0", to.audience.as_bytes()] {
            id.update(part);
        }
        let id = id.finalize();
        let since = now.as_unix().saturating_sub(BEFORE);
        let claims = object(vec![
            ("iss", self.issuer().into()),
            ("sub", to.subject.into()),
            ("aud", to.audience.into()),
            ("iat", since.into()),
            ("nbf", since.into()),
            ("exp", now.as_unix().saturating_add(LIFETIME).into()),
            ("jti", URL_SAFE_NO_PAD.encode(id.get(..16).unwrap_or_default()).into()),
        ]);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(brigade_json::write(value));
        Draft { key, input: format!("{}.{}", part(&head), part(&claims)) }
    }
}

impl<'f> Draft<'f> {
    /// The key that must sign it.
    #[must_use]
    pub fn key(&self) -> &'f SigningKey {
        self.key
    }

    /// What must be signed (RFC 7515 section 5.1).
    #[must_use]
    pub fn input(&self) -> &[u8] {
        self.input.as_bytes()
    }

    /// The assertion, with its signature as JWS has it.
    #[must_use]
    pub fn signed(self, signature: &[u8]) -> Assertion {
        let signature = URL_SAFE_NO_PAD.encode(signature);
        Assertion(Zeroizing::new(format!("{}.{signature}", self.input)))
    }
}

impl Assertion {
    /// The token, for the party it is made for. Do not log it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}
