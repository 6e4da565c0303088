//! What a token says, read without checking its signature.
//!
//! The gateway checks that. Here an ID token comes from the provider's own token endpoint over TLS, which is proof enough for a
//! client (OpenID Connect Core 1.0, section 3.1.3.7, item 6).

use base64::Engine;
use serde_json::{Map, Value};

use super::secret::Secret;

/// The claims of a JSON Web Token.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Claims(Map<String, Value>);

impl Claims {
    /// Reads the middle of three parts; `None` when the token is not a JWT.
    pub(super) fn of(token: &Secret) -> Option<Self> {
        let mut parts = token.expose().trim().split('.');
        let (Some(_), Some(payload), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).ok()?;
        serde_json::from_slice(&payload).ok().map(Self)
    }

    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim).and_then(Value::as_str)
    }

    /// When it expires, in seconds since the epoch.
    pub(super) fn expires(&self) -> Option<u64> {
        let exp = self.0.get("exp")?;
        // A NumericDate may have a fraction (RFC 7519, section 2).
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "`as` saturates, which is meant"
        )]
        exp.as_u64().or_else(|| exp.as_f64().map(|seconds| seconds as u64))
    }

    /// Whom it is for: one name or a list.
    pub(super) fn audience(&self) -> Vec<&str> {
        match self.0.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
        }
    }

    /// Whether this is an ID token of this issuer for this client, as OpenID Connect Core 1.0, section 3.1.3.7 asks.
    ///
    /// # Errors
    /// What does not hold.
    pub(super) fn check(
        &self,
        issuer: &str,
        client: &str,
        nonce: Option<&str>,
        now: u64,
    ) -> Result<(), String> {
        let audience = self.audience();
        if self.text("iss") != Some(issuer) {
            return Err("its issuer is another".to_owned());
        }
        if self.text("sub").is_none_or(str::is_empty) {
            return Err("it has no subject".to_owned());
        }
        if !audience.contains(&client) {
            return Err("it is not for this client".to_owned());
        }
        if audience.len() > 1 && self.text("azp").is_some_and(|party| party != client) {
            return Err("it was issued to another client".to_owned());
        }
        if self.expires().is_none_or(|exp| exp <= now) {
            return Err("it has expired: is this machine's clock right?".to_owned());
        }
        if nonce.is_some() && self.text("nonce") != nonce {
            return Err("it does not belong to this login (another nonce)".to_owned());
        }
        Ok(())
    }

    /// Who it is, for people: an address or a name where there is one.
    pub(super) fn person(&self) -> &str {
        let named = ["email", "preferred_username", "sub"].iter().find_map(|claim| self.text(claim));
        named.unwrap_or("somebody")
    }

    /// What a gateway's trust is about, for its refusals.
    pub(super) fn shown(&self) -> String {
        let text = |claim| super::trouble::printable(self.text(claim).unwrap_or("none"));
        let audience = super::trouble::printable(&self.audience().join(", "));
        format!("issuer {}, subject {}, audience {audience}", text("iss"), text("sub"))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// A token with these claims and no signature worth the name.
    pub(in super::super) fn token(claims: &Value) -> Secret {
        let part = |value: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string());
        Secret::new(format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(claims)))
    }

    fn claims() -> Value {
        json!({"iss": "https://i.example", "sub": "alice", "aud": "cli", "exp": 2000, "nonce": "n"})
    }

    #[test]
    fn an_id_token_of_another_issuer_client_login_or_time_is_refused() {
        let check = |change: Value, nonce, expect: bool| {
            let mut all = claims();
            for (name, value) in change.as_object().unwrap() {
                all[name] = value.clone();
            }
            let read = Claims::of(&token(&all)).unwrap();
            assert_eq!(read.check("https://i.example", "cli", nonce, 1000).is_ok(), expect, "{all}");
        };
        check(json!({}), Some("n"), true);
        check(json!({}), None, true);
        check(json!({"aud": ["x", "cli"], "azp": "cli"}), None, true);
        check(json!({"exp": 2000.5}), None, true);
        check(json!({"iss": "https://i.example/"}), None, false);
        check(json!({"sub": ""}), None, false);
        check(json!({"sub": 7}), None, false);
        check(json!({"aud": "x"}), None, false);
        check(json!({"aud": ["x", "cli"], "azp": "x"}), None, false);
        check(json!({"exp": 1000}), None, false);
        check(json!({"exp": "2000"}), None, false);
        check(json!({"nonce": null}), Some("n"), false);
        check(json!({}), Some("other"), false);
    }

    #[test]
    fn what_is_no_token_is_told_apart() {
        for text in ["", "opaque", "a.b", "a.b.c.d", "a.!!.c", "a.W10.c"] {
            assert!(Claims::of(&Secret::new(text)).is_none(), "{text}");
        }
    }
}
