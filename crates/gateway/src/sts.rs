//! STS: identities become temporary credentials
//! ([API reference](https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html)).
//!
//! ```text
//! POST /  ·  /.sts  ·  GET ?Action= ─ Call::parse ─┬─ AssumeRoleWithWebIdentity ─ the token, the role's trust ─┐
//!                                                  ├─ AssumeRole ─ the signature, the role's callers ──────────┼─► Session ─ seal ─► Answer
//!                                                  ├─ GetSessionToken ─ the signature ─────────────────────────┘
//!                                                  └─ GetCallerIdentity ─ the signature ─► Answer
//! ```

mod answer;
mod error;
mod grant;
mod request;

use std::sync::Arc;

use brigade_identity::Session;
use brigade_s3::{Addressing, Arrival, Caller, Code, S3Error};
use brigade_sigv4::{Presented, Service, Wire};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use sha2::{Digest as _, Sha256};

use self::request::Call;
use answer::Answer;
pub(crate) use answer::{Identity, account_arn};
use error::{StsCode, StsError};
pub(crate) use grant::kept;

use crate::authenticate::Known;
use crate::{Body, BodyError, Gateway, Record, Registry, Signatures, TokenCode, TokenRefusal, Upstream};

/// A call's parameters: a token of 20,000 characters and a policy of 2,048, percent-encoded.
const LIMIT: usize = 64 * 1024;

/// The region that clients without one sign for.
const GLOBAL: &str = "us-east-1";

/// Whether a request is for STS. No bucket's name begins with a dot, and of S3 nothing is asked of `/` by a form or an `Action`.
pub(crate) fn is_addressed(client: &Parts, addressing: &Addressing) -> bool {
    let query = client.uri.query().unwrap_or_default();
    let asked = match client.uri.path() {
        "/.sts" | "/.sts/" => true,
        "/" if client.method == Method::POST => is_form(&client.headers) || asks_action(query),
        "/" if client.method == Method::GET => asks_action(query),
        "/" if client.method == Method::OPTIONS => {
            client.headers.get("access-control-request-method").is_some_and(|method| method == "POST")
        }
        _ => false,
    };
    let host = || client.headers.get(header::HOST).map_or(Some(""), |host| host.to_str().ok());
    asked && host().is_some_and(|host| addressing.is_service(host))
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

fn asks_action(query: &str) -> bool {
    query.split('&').any(|pair| pair.split('=').next() == Some("Action"))
}

/// Who signed a call.
enum Signer {
    Key(Box<str>),
    Session(Box<Session>),
}

impl<U: Upstream, R: Registry, S: Signatures> Gateway<U, R, S> {
    /// Answers a call of STS.
    pub(crate) async fn sts(
        &self,
        client: &Parts,
        body: U::Body,
        arrival: Arrival,
        record: &mut Record,
    ) -> Response<U::Body> {
        let id = arrival.request_id();
        let mut response = if client.method == Method::OPTIONS {
            preflight(&client.headers)
        } else {
            match self.call(client, body, arrival, record).await {
                Ok(answer) => answer.into_response(id),
                Err(error) => {
                    record.refused = Some(error.reason());
                    error.into_response(id)
                }
            }
        };
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
            headers.insert("x-amzn-requestid", id);
        }
        // A token or a signature is all that counts here, never what a browser sends of its own.
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        let response = response.map(U::Body::from);
        if client.method == Method::HEAD { response.map(|_| Bytes::new().into()) } else { response }
    }

    async fn call(
        &self,
        client: &Parts,
        body: U::Body,
        arrival: Arrival,
        record: &mut Record,
    ) -> Result<Answer, StsError> {
        if !matches!(client.method, Method::GET | Method::POST) {
            return Err(StsError::new(StsCode::InvalidAction, "STS is asked by GET or POST."));
        }
        let form = body.collect(LIMIT).await.map_err(unread)?;
        let text = std::str::from_utf8(&form).map_err(|_| {
            StsError::new(StsCode::MalformedQueryString, "The parameters are UTF-8, percent-encoded once.")
        })?;
        let call = Call::parse(client.uri.query().unwrap_or_default(), text)?;
        if let Call::WebIdentity { assume, token } = call {
            return self.assume_with_web_identity(assume, token, arrival, record).await;
        }
        let signer = self.signer(client, &form, arrival).await?;
        record.caller = Some(signer.name());
        match call {
            Call::Identity => Ok(Answer::Identity(signer.identity())),
            Call::Role(assume) => self.assume(assume, signer, arrival).await,
            Call::Token { seconds } => self.token(seconds, signer, arrival),
            Call::WebIdentity { .. } => Err(StsError::new(StsCode::InternalFailure, "Please try again.")),
        }
    }

    /// Finds out who signed a call.
    async fn signer(&self, client: &Parts, form: &Bytes, arrival: Arrival) -> Result<Signer, StsError> {
        let wire = Wire::from(client);
        let body = Service::Sts { body: Sha256::digest(form).into() };
        let presented = Presented::read_for(&wire, body).map_err(|why| StsError::from(S3Error::from(why)))?;
        let presented = presented.ok_or_else(|| {
            StsError::new(
                StsCode::MissingAuthenticationToken,
                "Request is missing Authentication Token: only AssumeRoleWithWebIdentity is for callers without a key.",
            )
        })?;
        let known = self.known(&presented, arrival.at).await?;
        let key_id = Box::from(presented.key_id());
        // Clients that know no region of their own sign for the global endpoint's.
        let global = presented.region() == GLOBAL;
        let region = if global { GLOBAL } else { &*self.settings.region };
        let proof = presented.verify(&wire, known.secret(), region, arrival.at, &self.keys);
        proof.map_err(|why| StsError::from(S3Error::from(why)))?;
        match known {
            Known::Key(_) => Ok(Signer::Key(key_id)),
            Known::Session(session, _) => {
                self.stood_for(&session, arrival.at).await?;
                Ok(Signer::Session(session))
            }
        }
    }
}

impl Signer {
    fn name(&self) -> Arc<str> {
        match self {
            Self::Key(key_id) => Arc::from(&**key_id),
            Self::Session(session) => session.holder.to_string().into(),
        }
    }

    fn identity(&self) -> Identity {
        use brigade_identity::Holder;
        match self {
            Self::Key(key_id) => Identity::key(key_id),
            Self::Session(session) => match &session.holder {
                Holder::Role { role, name, .. } => Identity::role(role, name),
                Holder::Key { key_id } => Identity::key(key_id),
            },
        }
    }
}

/// What a browser may send here: anything but what it adds of its own.
fn preflight(asked: &HeaderMap) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    if let Some(wanted) = asked.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    headers.insert(header::VARY, HeaderValue::from_static("Access-Control-Request-Headers"));
    response
}

fn unread(why: BodyError) -> StsError {
    match why {
        BodyError::TooLarge => {
            StsError::new(StsCode::RequestEntityTooLarge, "The parameters take more than 64 KiB.")
        }
        BodyError::Cut | BodyError::Stalled => {
            StsError::new(StsCode::MalformedQueryString, "The request ended before its body was complete.")
        }
    }
}

impl From<TokenRefusal> for StsError {
    fn from(refusal: TokenRefusal) -> Self {
        let code = match refusal.code() {
            TokenCode::AccessDenied => StsCode::AccessDenied,
            TokenCode::ExpiredTokenException => StsCode::ExpiredTokenException,
            TokenCode::IdpCommunicationError => StsCode::IdpCommunicationError,
            TokenCode::InvalidIdentityToken => StsCode::InvalidIdentityToken,
        };
        Self::new(code, refusal.to_string()).because(refusal.reason())
    }
}

/// What S3 would answer to the same sender, in STS's words.
impl From<S3Error> for StsError {
    fn from(error: S3Error) -> Self {
        let table = [
            (Code::InvalidAccessKeyId, StsCode::InvalidClientTokenId),
            (Code::InvalidToken, StsCode::InvalidClientTokenId),
            (Code::ExpiredToken, StsCode::ExpiredToken),
            (Code::SignatureDoesNotMatch, StsCode::SignatureDoesNotMatch),
            (Code::RequestTimeTooSkewed, StsCode::SignatureDoesNotMatch),
            (Code::ServiceUnavailable, StsCode::ServiceUnavailable),
            (Code::AccessDenied, StsCode::AccessDenied),
            (Code::InternalError, StsCode::InternalFailure),
        ];
        // What is left is wrong with how the signature is written.
        let found = table.into_iter().find(|(code, _)| *code == error.code());
        let code = found.map_or(StsCode::IncompleteSignature, |(_, code)| code);
        Self::new(code, error.message().to_owned()).because(error.reason())
    }
}

impl Record {
    /// Notes who asks before it is proved; proof comes behind.
    pub(crate) fn nobody(&mut self) {
        self.caller = Some(Caller::Anonymous.name().into());
    }
}
