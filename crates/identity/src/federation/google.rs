//! Google Cloud: an assertion for a federated token, and that, if wished, for a token of a service account.

use brigade_sigv4::Timestamp;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use serde_json::Value;

use super::answer::{FORM, form, object, seconds, text};
use super::{Assertion, BearerToken, Exchange, ExchangeError, Grant, Heard, Party, Step};

const NAME: &str = "TokenExchange";
const IMPERSONATION: &str = "GenerateAccessToken";

/// What a federated token must be for if it is to be exchanged for that of a service account.
const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";

/// A provider of a workload identity pool that trusts Brigade's issuer.
///
/// Source: <https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token>, which is RFC 8693.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GooglePool {
    /// The provider's full name: `//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/ID`.
    pub provider: Box<str>,
    /// What the assertion says Brigade is (`sub`), at most 127 bytes.
    pub subject: Box<str>,
    /// Whom the assertion is for (`aud`): [`GooglePool::audience`], unless the provider allows others.
    pub audience: Box<str>,
    /// What the token is for, by default [`GooglePool::STORAGE`].
    pub scope: Box<str>,
    /// Where assertions are exchanged, by default [`GooglePool::ENDPOINT`].
    pub endpoint: Uri,
    /// The service account to act as, if the pool itself has no rights at the store.
    pub service_account: Option<ServiceAccount>,
}

/// A service account that the pool's subject may act as (`roles/iam.workloadIdentityUser`).
///
/// Source: <https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken>.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServiceAccount {
    /// Where its tokens are given: [`ServiceAccount::endpoint`].
    pub endpoint: Uri,
    /// How long a token is to last, in seconds: at most 3,600, unless the organization allows more.
    pub lifetime: u32,
}

impl ServiceAccount {
    /// Where the tokens of the account with this address are given; `None` when it is no address.
    #[must_use]
    pub fn endpoint(email: &str) -> Option<Uri> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._@".contains(&b);
        let good = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
        let text = format!(
            "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{email}:generateAccessToken"
        );
        if good && email.bytes().all(plain) { text.parse().ok() } else { None }
    }
}

impl GooglePool {
    /// Where assertions are exchanged.
    pub const ENDPOINT: &str = "https://sts.googleapis.com/v1/token";

    /// Objects, to be read and written.
    pub const STORAGE: &str = "https://www.googleapis.com/auth/devstorage.read_write";

    /// The audience that a provider expects unless it names others: its own name, as a URL.
    #[must_use]
    pub fn audience(provider: &str) -> String {
        format!("https:{provider}")
    }
}

impl Exchange for GooglePool {
    type Granted = BearerToken;

    fn party(&self) -> Party<'_> {
        Party { subject: &self.subject, audience: &self.audience }
    }

    fn name(&self) -> &'static str {
        NAME
    }

    fn ask(&self, assertion: &Assertion) -> Request<Bytes> {
        let scope = if self.service_account.is_some() { CLOUD_PLATFORM } else { &*self.scope };
        let mut request = Request::new(form(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("audience", &self.provider),
            ("scope", scope),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("subject_token", assertion.expose()),
            ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
        ]));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(FORM));
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        request
    }

    fn hear(
        &self,
        step: Step,
        answer: &Response<Bytes>,
        now: Timestamp,
    ) -> Result<Heard<BearerToken>, ExchangeError> {
        match step {
            Step::First => {
                let grant = federated(answer, now)?;
                match &self.service_account {
                    None => Ok(Heard::Granted(grant)),
                    Some(account) => account.ask(&grant.granted, &self.scope).map(Box::new).map(Heard::Ask),
                }
            }
            Step::Second => impersonated(answer, now).map(Heard::Granted),
        }
    }
}

impl ServiceAccount {
    fn ask(&self, token: &BearerToken, scope: &str) -> Result<Request<Bytes>, ExchangeError> {
        let body = brigade_json::object(vec![
            ("scope", Value::Array(vec![scope.into()])),
            ("lifetime", format!("{}s", self.lifetime).into()),
        ]);
        let mut request = Request::new(brigade_json::write(&body).into());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
            .map_err(|_| ExchangeError::Unreadable { exchange: NAME, why: "a token no header can hold" })?;
        bearer.set_sensitive(true);
        request.headers_mut().insert(header::AUTHORIZATION, bearer);
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        Ok(request)
    }
}

/// Reads the answer of the token exchange.
fn federated(answer: &Response<Bytes>, now: Timestamp) -> Result<Grant<BearerToken>, ExchangeError> {
    let said = object(NAME, answer)?;
    if !answer.status().is_success() {
        return Err(refused(NAME, answer.status(), &said));
    }
    let unreadable = |why| ExchangeError::Unreadable { exchange: NAME, why };
    let bearer = text(&said, "token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
    let token = text(&said, "access_token").filter(|_| bearer);
    let granted = token.and_then(|token| BearerToken::new(token.to_owned()));
    let granted = granted.ok_or_else(|| unreadable("a success without a bearer token"))?;
    let lasts = seconds(&said, "expires_in").ok_or_else(|| unreadable("no expires_in that can be read"))?;
    Ok(Grant { granted, expires: Timestamp::from_unix(now.as_unix().saturating_add(lasts)) })
}

/// Reads the answer of the service account.
fn impersonated(answer: &Response<Bytes>, now: Timestamp) -> Result<Grant<BearerToken>, ExchangeError> {
    let said = object(IMPERSONATION, answer)?;
    if !answer.status().is_success() {
        return Err(refused(IMPERSONATION, answer.status(), &said));
    }
    let unreadable = |why| ExchangeError::Unreadable { exchange: IMPERSONATION, why };
    let token = text(&said, "accessToken").and_then(|token| BearerToken::new(token.to_owned()));
    let granted = token.ok_or_else(|| unreadable("a success without a token"))?;
    let expires = text(&said, "expireTime").and_then(Timestamp::parse_iso8601).filter(|end| *end > now);
    let expires = expires.ok_or_else(|| unreadable("no expireTime that can be read and is to come"))?;
    Ok(Grant { granted, expires })
}

/// A refusal: OAuth's (`error` is a word) or that of Google's other services (`error` is an object with a `status`).
fn refused(exchange: &'static str, status: StatusCode, said: &Value) -> ExchangeError {
    let number = status.as_u16();
    match said.get("error") {
        Some(Value::String(code)) => {
            let words = text(said, "error_description").unwrap_or_default();
            ExchangeError::said(exchange, number, code, words)
        }
        Some(error) => {
            let code = text(error, "status").unwrap_or("unnamed");
            ExchangeError::said(exchange, number, code, text(error, "message").unwrap_or_default())
        }
        None => super::answer::plain(exchange, status),
    }
}
