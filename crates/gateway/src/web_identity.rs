//! Web identity: whom a token of an identity provider vouches for.
//!
//! ```text
//! token ─ Jwt::parse ─► Jwt ─ its issuer is one of the trusts' ─ Issuers::keys ─► keys ─ Signatures::verify ─► Claims
//!                                                                     └ [Upstream::fetch]                        │
//!                                                                             claims ◄─ one of the trusts admits ┘
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use brigade_identity::{
    Claims, Fetch, FetchFault, Fetched, Issuer, Issuers, Jwt, KeySet, Lookup, TokenError, Trust, TrustRefusal,
};
use brigade_sigv4::Timestamp;
use bytes::Bytes;
use http::{Request, StatusCode, header};

use crate::{Body, Gateway, SendError, Signatures, Upstream};

/// Finds tokens true or false, and keeps the keys of their issuers. One per process or thread.
#[derive(Debug, Default)]
pub struct WebIdentities {
    issuers: Mutex<Issuers>,
}

impl<U: Upstream, R, S: Signatures> Gateway<U, R, S> {
    /// What a token says of its bearer, and which of the trusts is for them.
    pub(crate) async fn web_identity(
        &self,
        token: &str,
        trusts: &[&Trust],
        now: Timestamp,
    ) -> Result<(Claims, usize), TokenRefusal> {
        self.web_identities.verify(token, trusts, now, &self.upstream, &self.signatures).await
    }
}

impl WebIdentities {
    /// What the token says of its bearer, and the first of the trusts that is for them.
    ///
    /// # Errors
    /// [`TokenRefusal`]: why it is for nobody.
    pub async fn verify<U: Upstream, S: Signatures>(
        &self,
        token: &str,
        trusts: &[&Trust],
        at: Timestamp,
        upstream: &U,
        signatures: &S,
    ) -> Result<(Claims, usize), TokenRefusal> {
        let issuers = trusts.iter().map(|trust| &trust.issuer);
        let claims = self.claims(token, issuers, at, upstream, signatures).await?;
        admit(trusts, claims)
    }

    /// What a token says that one of these issuers signed. Nobody else is asked for keys, whatever the token says.
    ///
    /// # Errors
    /// [`TokenRefusal`]: why it is not believed.
    pub async fn claims<'a, U: Upstream, S: Signatures>(
        &self,
        token: &str,
        issuers: impl IntoIterator<Item = &'a Issuer>,
        at: Timestamp,
        upstream: &U,
        signatures: &S,
    ) -> Result<Claims, TokenRefusal> {
        let jwt = Jwt::parse(token)?;
        let issuer = issuers.into_iter().find(|issuer| issuer.url.as_str() == jwt.issuer());
        let issuer = issuer.ok_or(TokenRefusal::Issuer)?;
        let keys = self.keys(issuer, jwt.key_id(), at, upstream).await?;
        signed(&jwt, &keys, signatures).await?;
        Ok(jwt.vouched_for(at.as_unix())?)
    }

    async fn keys<U: Upstream>(
        &self,
        issuer: &Issuer,
        id: Option<&str>,
        at: Timestamp,
        upstream: &U,
    ) -> Result<Arc<KeySet>, TokenRefusal> {
        let lookup = self.lock().keys(issuer, id, at.as_unix());
        match lookup {
            Lookup::Use(keys) => Ok(keys),
            Lookup::Refresh(keys, fetch) => Ok(self.fetch(fetch, at, upstream).await.unwrap_or(keys)),
            Lookup::Fetch(fetch) => self.fetch(fetch, at, upstream).await.map_err(|fault| {
                TokenRefusal::Provider(format!("cannot fetch the keys of {}: {fault}", issuer.url))
            }),
            Lookup::Unavailable => Err(TokenRefusal::Provider(format!(
                "the keys of {} are being fetched, or could not be a moment ago",
                issuer.url
            ))),
        }
    }

    /// Fetches, on behalf of this request and of all that come later.
    async fn fetch<U: Upstream>(
        &self,
        mut fetch: Fetch,
        at: Timestamp,
        upstream: &U,
    ) -> Result<Arc<KeySet>, FetchFault> {
        loop {
            let answer = get(&fetch, upstream).await;
            let answer = answer.as_deref().map_err(Clone::clone);
            let fetched = self.lock().fetched(fetch, at.as_unix(), answer);
            match fetched {
                Fetched::Next(next) => fetch = next,
                Fetched::Keys(keys) => return Ok(keys),
                Fetched::Failed(fault) => return Err(fault),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Issuers> {
        self.issuers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether one of the keys has signed the token.
async fn signed<S: Signatures>(jwt: &Jwt, keys: &KeySet, signatures: &S) -> Result<(), TokenRefusal> {
    let mut refusal = TokenRefusal::Key;
    for key in keys.candidates(jwt.key_id(), jwt.algorithm()) {
        if signatures.verify(jwt.algorithm(), key.key(), jwt.message(), jwt.signature()).await {
            return Ok(());
        }
        refusal = TokenRefusal::Signature;
    }
    Err(refusal)
}

/// One document of a provider, or what went wrong, for the log.
async fn get<U: Upstream>(fetch: &Fetch, upstream: &U) -> Result<Bytes, String> {
    let url = fetch.url();
    let request = Request::get(&url)
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, "brigade")
        .body(Bytes::new().into())
        .map_err(|error| format!("{url}: {error}"))?;
    let answer = upstream.fetch(request, fetch.issuer()).await.map_err(|error| match error {
        SendError::Connect(why) | SendError::Reset(why) => format!("{url}: {why}"),
        SendError::TimedOut => format!("{url} did not answer in time"),
        SendError::Unsendable(why) => format!("{url}: {why}"),
        SendError::Body(why) => format!("{url}: {why}"),
    })?;
    // A redirect is no answer either: where it leads, nobody has said that this issuer's keys are.
    if answer.status() != StatusCode::OK {
        return Err(format!("{url} answered {}", answer.status().as_u16()));
    }
    answer.into_body().collect(Fetch::LIMIT).await.map_err(|error| format!("{url}: {error}"))
}

/// The first of the trusts that is for the bearer of the claims.
///
/// # Errors
/// [`TokenRefusal::Trust`] of the trust that comes closest.
fn admit(trusts: &[&Trust], claims: Claims) -> Result<(Claims, usize), TokenRefusal> {
    let mut closest = TrustRefusal::Issuer;
    for (at, trust) in trusts.iter().enumerate() {
        match trust.admits(&claims) {
            Ok(_) => return Ok((claims, at)),
            Err(refusal) => closest = closest.max(refusal),
        }
    }
    Err(TokenRefusal::Trust(closest, Box::new(claims)))
}

/// Why a token is not taken. The text is for its bearer and says what to do; it never holds the token.
#[derive(Debug, thiserror::Error)]
pub enum TokenRefusal {
    /// It is malformed, or not of this time.
    #[error("Not accepted: {0}.")]
    Token(#[from] TokenError),
    /// It is of an issuer that is not trusted.
    #[error(
        "The token's issuer (iss) is not one that is trusted here. The role's trust must name it exactly as the token does."
    )]
    Issuer,
    /// Its issuer has no such key.
    #[error(
        "The token is signed with a key that its issuer does not publish for this algorithm. Get a new token."
    )]
    Key,
    /// Its signature does not hold.
    #[error("The token's signature does not hold. Send the token exactly as the provider issued it.")]
    Signature,
    /// The issuer's keys are not to be had.
    #[error("The keys of the token's issuer cannot be fetched now. Please try again in half a minute.")]
    Provider(String),
    /// It is true, and not for this role.
    #[error("{}", told(.0, .1))]
    Trust(TrustRefusal, Box<Claims>),
}

/// The code of a refusal, as STS has it.
///
/// Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenCode {
    /// 403 `AccessDenied`
    AccessDenied,
    /// 400 `ExpiredTokenException`
    ExpiredTokenException,
    /// 400 `IDPCommunicationError`, which SDKs try again after
    IdpCommunicationError,
    /// 400 `InvalidIdentityToken`
    InvalidIdentityToken,
}

impl TokenRefusal {
    /// The code to answer with.
    #[must_use]
    pub fn code(&self) -> TokenCode {
        match self {
            Self::Token(TokenError::Expired) => TokenCode::ExpiredTokenException,
            Self::Provider(_) => TokenCode::IdpCommunicationError,
            Self::Trust(TrustRefusal::Subject | TrustRefusal::Claim { .. }, _) => TokenCode::AccessDenied,
            Self::Token(
                TokenError::TooLarge
                | TokenError::Malformed
                | TokenError::Algorithm
                | TokenError::Header
                | TokenError::Claim(_)
                | TokenError::NotYet,
            )
            | Self::Issuer
            | Self::Key
            | Self::Signature
            | Self::Trust(TrustRefusal::Issuer | TrustRefusal::Audience { .. }, _) => {
                TokenCode::InvalidIdentityToken
            }
        }
    }

    /// What its bearer is told.
    #[must_use]
    pub fn message(&self) -> String {
        self.to_string()
    }

    /// Why, for the log.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Provider(why) => why.clone(),
            Self::Trust(_, claims) => format!("{self} It is of {:?}.", claims.issuer()),
            Self::Token(_) | Self::Issuer | Self::Key | Self::Signature => self.to_string(),
        }
    }
}

/// What the bearer of a true token is told. What it says of itself they know; of the role, they hear whom tokens must be for.
fn told(refusal: &TrustRefusal, claims: &Claims) -> String {
    match refusal {
        TrustRefusal::Issuer => TokenRefusal::Issuer.to_string(),
        TrustRefusal::Audience { expected } => format!(
            "Incorrect token audience: the token's aud is {:?}; the role expects one of {expected:?}.",
            claims.audiences().collect::<Vec<_>>()
        ),
        TrustRefusal::Subject => format!(
            "Not authorized to perform sts:AssumeRoleWithWebIdentity: the role does not trust the token's sub, {:?}.",
            claims.subject()
        ),
        TrustRefusal::Claim { name } => format!(
            "Not authorized to perform sts:AssumeRoleWithWebIdentity: the token's claim {name:?} is missing or not one that the role trusts."
        ),
    }
}
