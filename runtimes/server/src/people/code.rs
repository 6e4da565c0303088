//! The authorization code flow with PKCE, for a program on the person's own machine (RFC 6749, 7636, 8252, 9207).

use base64::Engine;
use sha2::{Digest, Sha256};

use super::profile::Client;
use super::provider::{OFFLINE, Provider};
use super::secret::Secret;
use super::tokens::said;
use super::trouble::Trouble;

/// One login: what must come back, and what proves that we began it.
pub(super) struct Attempt {
    state: String,
    pub(super) nonce: String,
    verifier: Secret,
    pub(super) redirect: String,
}

/// What the browser brought.
pub(super) enum Answer {
    /// The code of this login, or why there is none.
    Ours(Result<Secret, Trouble>),
    /// Not of this login: somebody else's, or nobody's.
    Stray,
}

impl Attempt {
    /// Begins one, whose answer comes to `redirect`.
    pub(super) fn new(redirect: String) -> Result<Self, Trouble> {
        let (state, nonce) = (super::chance()?, super::chance()?);
        Ok(Self { state, nonce, verifier: Secret::new(super::chance()?), redirect })
    }

    /// Where the person goes.
    pub(super) fn url(&self, provider: &Provider, client: &Client) -> Result<String, Trouble> {
        let scope = provider.scope(client);
        let challenge = Sha256::digest(self.verifier.expose().as_bytes());
        let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(challenge);
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", client.id.as_str()),
            ("redirect_uri", &self.redirect),
            ("scope", &scope),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        // Without consent anew a provider may give no refresh token (OpenID Connect Core 1.0, section 11).
        let offline = scope.split(' ').any(|scope| scope == OFFLINE);
        let prompt =
            client.prompt.as_deref().or(offline.then_some("consent")).filter(|prompt| !prompt.is_empty());
        fields.extend(prompt.map(|prompt| ("prompt", prompt)));
        fields.extend(client.resource.as_deref().map(|resource| ("resource", resource)));
        fields.extend(client.audience.as_deref().map(|audience| ("audience", audience)));
        Ok(provider.authorization()?.with_query(&fields))
    }

    /// Reads the query that the browser came back with.
    pub(super) fn answer(&self, query: &str, provider: &Provider) -> Answer {
        let Some(pairs) = pairs(query) else { return Answer::Stray };
        let one = |name: &str| {
            let mut found = pairs.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
            let first = found.next();
            if found.next().is_some() { Err(()) } else { Ok(first) }
        };
        let (Ok(state), Ok(issuer), Ok(error), Ok(code)) =
            (one("state"), one("iss"), one("error"), one("code"))
        else {
            return Answer::Stray;
        };
        if state != Some(self.state.as_str()) {
            return Answer::Stray;
        }
        // RFC 9207: another provider's answer must not be redeemed at this one.
        let own = match issuer {
            Some(issuer) => issuer == provider.issuer(),
            None => !provider.names_itself(),
        };
        Answer::Ours(match (own, error, code) {
            (false, _, _) => {
                Err("the answer of the login comes from another provider: it is not used".into())
            }
            (true, Some(error), _) => Err(said(error, one("error_description").ok().flatten())),
            (true, None, Some(code)) => Ok(Secret::new(code)),
            (true, None, None) => Err("the provider sent the browser back without a code".into()),
        })
    }

    /// What the token endpoint is asked with.
    pub(super) fn redemption<'a>(&'a self, client: &'a Client, code: &'a Secret) -> Vec<(&'a str, &'a str)> {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", self.redirect.as_str()),
            ("code_verifier", self.verifier.expose()),
        ];
        fields.extend(client.resource.as_deref().map(|resource| ("resource", resource)));
        fields
    }
}

fn pairs(query: &str) -> Option<Vec<(String, String)>> {
    let text = |part: &str| String::from_utf8(brigade_sigv4::decode_query(part)?).ok();
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((text(name)?, text(value)?))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests;
