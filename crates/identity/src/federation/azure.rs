//! Azure: an assertion for a token of Microsoft Entra ID.

use brigade_sigv4::Timestamp;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, Uri, header};

use super::answer::{FORM, form, object, seconds, text};
use super::{Assertion, BearerToken, Exchange, ExchangeError, Grant, Heard, Party, Step};

const NAME: &str = "ClientCredentials";

/// An application, or a managed identity, with a federated credential that trusts Brigade's issuer.
///
/// Source: <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>, third case: access token
/// request with a federated credential.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AzureApplication {
    /// The application's id.
    pub client_id: Box<str>,
    /// What the assertion says Brigade is (`sub`): the credential's subject, compared exactly.
    pub subject: Box<str>,
    /// Whom the assertion is for (`aud`): [`AzureApplication::AUDIENCE`], unless the credential names another.
    pub audience: Box<str>,
    /// What the token is for, by default [`AzureApplication::STORAGE`].
    pub scope: Box<str>,
    /// Where tokens are given: [`AzureApplication::endpoint`].
    pub endpoint: Uri,
}

impl AzureApplication {
    /// The audience that Microsoft recommends.
    pub const AUDIENCE: &str = "api://AzureADTokenExchange";

    /// Everything that the application's roles allow of storage.
    pub const STORAGE: &str = "https://storage.azure.com/.default";

    /// Where the tokens of a tenant are given: an id, or a domain. `None` when it is neither.
    #[must_use]
    pub fn endpoint(tenant: &str) -> Option<Uri> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
        let good = !tenant.is_empty() && !tenant.starts_with('.') && tenant.bytes().all(plain);
        let text = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
        if good { text.parse().ok() } else { None }
    }
}

impl Exchange for AzureApplication {
    type Granted = BearerToken;

    fn party(&self) -> Party<'_> {
        Party { subject: &self.subject, audience: &self.audience }
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn ask(&self, assertion: &Assertion) -> Request<Bytes> {
        let mut request = Request::new(form(&[
            ("client_id", &self.client_id),
            ("scope", &self.scope),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.expose()),
            ("grant_type", "client_credentials"),
        ]));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(FORM));
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        request
    }

    fn hear(
        &self,
        _: Step,
        answer: &Response<Bytes>,
        now: Timestamp,
    ) -> Result<Heard<BearerToken>, ExchangeError> {
        let said = object(NAME, answer)?;
        if !answer.status().is_success() {
            let error = text(&said, "error").unwrap_or("unnamed");
            let words = text(&said, "error_description").unwrap_or_default();
            // The number tells a wrong subject from a wrong audience; `error` is `invalid_client` for both.
            let number =
                said.get("error_codes").and_then(|codes| codes.get(0)).and_then(|code| code.as_u64());
            let code = number.map_or_else(|| error.to_owned(), |number| format!("{error}.AADSTS{number}"));
            let again = error == "temporarily_unavailable";
            let code = if again { error } else { &code };
            return Err(ExchangeError::said(NAME, answer.status().as_u16(), code, words));
        }
        let unreadable = |why| ExchangeError::Unreadable { exchange: NAME, why };
        let bearer = text(&said, "token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
        let token = text(&said, "access_token").filter(|_| bearer);
        let token = token.and_then(|token| BearerToken::new(token.to_owned()));
        let granted = token.ok_or_else(|| unreadable("a success without a bearer token"))?;
        let lasts =
            seconds(&said, "expires_in").ok_or_else(|| unreadable("no expires_in that can be read"))?;
        Ok(Heard::Granted(Grant {
            granted,
            expires: Timestamp::from_unix(now.as_unix().saturating_add(lasts)),
        }))
    }
}
