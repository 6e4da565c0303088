//! An OpenID Connect provider: what it says of itself, and its token endpoint.
//!
//! Sources: OpenID Connect Discovery 1.0, section 4; RFC 6749; RFC 7009; RFC 8414; RFC 9207.

use serde::Deserialize;

use super::address::Address;
use super::profile::Client;
use super::secret::Secret;
use super::tokens::{self, Tokens};
use super::trouble::{Trouble, printable};
use super::web::Web;

/// The scopes that are asked for if nobody says, as far as the provider knows them.
const SCOPES: [&str; 4] = ["openid", "profile", "email", OFFLINE];

/// The scope that a refresh token takes (OpenID Connect Core 1.0, section 11).
pub(super) const OFFLINE: &str = "offline_access";

#[derive(Clone, Debug, Default, Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    device_authorization_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    scopes_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
}

/// A provider, as its discovery document describes it.
#[derive(Clone, Debug)]
pub(super) struct Provider(Document);

impl Provider {
    /// Fetches the document of an issuer, which must be that issuer's by its own words.
    pub(super) async fn discover(web: &Web, issuer: &str) -> Result<Self, Trouble> {
        let base = Address::parse(issuer, false).map_err(|why| format!("the issuer {why}"))?.base();
        let address = Address::parse(&format!("{base}/.well-known/openid-configuration"), false)?;
        let reply = web.get(&address).await?;
        if reply.status.is_server_error() {
            return Err(Trouble::Unreachable(format!("{} answered {}", address.uri(), reply.status)));
        }
        if !reply.status.is_success() {
            let status = reply.status;
            return Err(format!("{} answered {status}: is --issuer right?", address.uri()).into());
        }
        Self::read(issuer, &reply.body).map_err(Trouble::from)
    }

    /// Reads the document.
    ///
    /// # Errors
    /// When it is none, or another issuer's.
    pub(super) fn read(issuer: &str, body: &[u8]) -> Result<Self, String> {
        let document: Document = serde_json::from_slice(body)
            .map_err(|error| format!("{issuer} has a discovery document that cannot be read: {error}"))?;
        if document.issuer != issuer {
            let own = printable(&document.issuer);
            return Err(format!("{issuer} calls itself {own}: if that is who you mean, say --issuer {own}"));
        }
        Ok(Self(document))
    }

    pub(super) fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Where people log in. It must know the kind of proof that is sent (RFC 7636, S256), where it says what it knows.
    pub(super) fn authorization(&self) -> Result<Address, Trouble> {
        if self
            .0
            .code_challenge_methods_supported
            .as_ref()
            .is_some_and(|known| known.iter().all(|m| m != "S256"))
        {
            return Err("the provider does not know PKCE with S256: try --device".into());
        }
        self.endpoint("authorization_endpoint", self.0.authorization_endpoint.as_ref())
    }

    /// Where a device begins.
    pub(super) fn device(&self) -> Result<Address, Trouble> {
        self.endpoint("device_authorization_endpoint", self.0.device_authorization_endpoint.as_ref())
    }

    /// Whether the answer of a login must name the issuer (RFC 9207).
    pub(super) fn names_itself(&self) -> bool {
        self.0.authorization_response_iss_parameter_supported.unwrap_or(false)
    }

    /// The scopes to ask for.
    pub(super) fn scope(&self, client: &Client) -> String {
        if let Some(scope) = &client.scope {
            return scope.clone();
        }
        let known = |scope: &str| match &self.0.scopes_supported {
            Some(known) => scope == "openid" || known.iter().any(|known| known == scope),
            None => scope != OFFLINE,
        };
        let wanted: Vec<_> = SCOPES.into_iter().filter(|scope| known(scope)).collect();
        wanted.join(" ")
    }

    /// Asks the token endpoint.
    pub(super) async fn exchange(
        &self,
        web: &Web,
        client: &Client,
        fields: &[(&str, &str)],
    ) -> Result<Tokens, Trouble> {
        let endpoint = self.endpoint("token_endpoint", self.0.token_endpoint.as_ref())?;
        let reply = self.post(web, client, &endpoint, fields).await?;
        Tokens::read(reply.status, &reply.body)
    }

    /// Posts a form as this client.
    pub(super) async fn post(
        &self,
        web: &Web,
        client: &Client,
        endpoint: &Address,
        fields: &[(&str, &str)],
    ) -> Result<super::web::Reply, Trouble> {
        let mut fields = fields.to_vec();
        let by_form = |known: &Vec<String>| known.iter().any(|method| method == "client_secret_post");
        let by_form = self.0.token_endpoint_auth_methods_supported.as_ref().is_some_and(by_form);
        let basic = client.secret.as_ref().filter(|_| !by_form);
        if basic.is_none() {
            fields.push(("client_id", &client.id));
            fields.extend(client.secret.as_ref().map(|secret| ("client_secret", secret.expose())));
        }
        web.post(endpoint, &fields, basic.map(|secret| (client.id.as_str(), secret))).await
    }

    /// Tells the provider that a refresh token is of no more use; one that cannot be told is left alone.
    pub(super) async fn revoke(&self, web: &Web, client: &Client, refresh: &Secret) -> Result<(), Trouble> {
        let Some(endpoint) = &self.0.revocation_endpoint else { return Ok(()) };
        let endpoint = self.endpoint("revocation_endpoint", Some(endpoint))?;
        let fields = [("token", refresh.expose()), ("token_type_hint", "refresh_token")];
        let reply = self.post(web, client, &endpoint, &fields).await?;
        if reply.status.is_success() { Ok(()) } else { Err(tokens::refusal(reply.status, &reply.body)) }
    }

    fn endpoint(&self, name: &str, text: Option<&String>) -> Result<Address, Trouble> {
        let issuer = self.issuer();
        let text = text.ok_or_else(|| format!("{issuer} has no {name}"))?;
        let address = Address::parse(text, false).map_err(|why| format!("the {name} of {issuer}: {why}"))?;
        if issuer.starts_with("https:") && address.uri().scheme_str() != Some("https") {
            return Err(format!("the {name} of {issuer} is not HTTPS").into());
        }
        Ok(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://id.example";

    fn read(more: &str) -> Provider {
        Provider::read(ISSUER, format!("{{\"issuer\":\"{ISSUER}\"{more}}}").as_bytes()).unwrap()
    }

    #[test]
    fn a_document_of_another_issuer_is_refused() {
        for (body, why) in [
            (r#"{"issuer":"https://id.example/"}"#, "--issuer https://id.example/"),
            (r#"{"issuer":"https://evil.example"}"#, "calls itself https://evil.example"),
            (r#"{"issuer":7}"#, "cannot be read"),
            ("{}", "cannot be read"),
            ("<html>", "cannot be read"),
        ] {
            let said = Provider::read(ISSUER, body.as_bytes()).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn an_endpoint_that_would_show_tokens_to_others_is_refused() {
        for (endpoint, good) in [
            ("https://id.example/auth", true),
            ("https://login.id.example/auth", true),
            ("http://id.example/auth", false),
            ("http://127.0.0.1/auth", false),
            ("file:///x", false),
        ] {
            let provider = read(&format!(",\"authorization_endpoint\":\"{endpoint}\""));
            assert_eq!(provider.authorization().is_ok(), good, "{endpoint}");
        }
        assert!(read("").authorization().is_err());
        let plain = r#","authorization_endpoint":"https://id.example/a","code_challenge_methods_supported":["plain"]"#;
        assert!(read(plain).authorization().is_err(), "no S256");
    }

    #[test]
    fn the_scopes_are_those_that_the_provider_knows() {
        let client = |scope: Option<&str>| Client {
            issuer: ISSUER.to_owned(),
            id: "cli".to_owned(),
            secret: None,
            scope: scope.map(str::to_owned),
            resource: None,
            audience: None,
            prompt: None,
            redirect: None,
            shown: super::super::profile::Shown::Id,
        };
        for (known, said, expect) in [
            ("", None, "openid profile email"),
            (r#","scopes_supported":["email","offline_access"]"#, None, "openid email offline_access"),
            (r#","scopes_supported":["email"]"#, Some("openid groups"), "openid groups"),
        ] {
            assert_eq!(read(known).scope(&client(said)), expect, "{known}");
        }
    }
}
