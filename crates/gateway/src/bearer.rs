//! Bearer tokens: a request that carries a token of a trusted issuer is served under the one role that it maps to, so that
//! curl and pages need no signing ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750) section 2.1).

use std::sync::Arc;

use brigade_identity::{Claims, Holder, Session, SessionId, Source};
use brigade_s3::{Arrival, Caller, Code, S3Error};
use brigade_sigv4::Timestamp;
use http::{HeaderMap, header, request};

use crate::authenticate::facts;
use crate::gateway::unavailable;
use crate::sts::kept;
use crate::{Gateway, Registry, Role, Signatures, TokenRefusal, Upstream};

/// A token, taken out of the head that carried it. It is not printed.
pub(crate) struct Bearer {
    token: String,
    /// The head without its `Authorization`.
    pub(crate) head: request::Parts,
}

impl Bearer {
    /// The token of a head whose `Authorization` is `Bearer`, if it has exactly one.
    pub(crate) fn of(client: &request::Parts) -> Option<Self> {
        let token = token(&client.headers)?.to_owned();
        let mut head = client.clone();
        head.headers.remove(header::AUTHORIZATION);
        Some(Self { token, head })
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    // Nearly every request is signed instead: nothing else is to be looked at of these.
    if value.as_bytes().starts_with(b"AWS4-") {
        return None;
    }
    let (scheme, token) = value.to_str().ok()?.trim_matches(' ').split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim_matches(' '))
}

impl<U: Upstream, R: Registry, S: Signatures> Gateway<U, R, S> {
    /// The token of a request, if there is a role that requests with tokens may be served under.
    pub(crate) async fn carried(&self, client: &request::Parts) -> Result<Option<Bearer>, S3Error> {
        if token(&client.headers).is_none()
            || self.registry.bearer_roles().await.map_err(unavailable)?.is_empty()
        {
            return Ok(None);
        }
        Ok(Bearer::of(client))
    }

    /// Finds out who carries a token, and under which role.
    pub(crate) async fn bearer(&self, bearer: &Bearer, arrival: Arrival) -> Result<Caller, S3Error> {
        let roles = self.registry.bearer_roles().await.map_err(unavailable)?;
        let trusts: Vec<_> = roles.iter().flat_map(|role| &role.trust).collect();
        let (claims, _) = self.web_identity(&bearer.token, &trusts, arrival.at).await.map_err(refused)?;
        let admits = |role: &&Arc<Role>| role.trust.iter().any(|trust| trust.admits(&claims).is_ok());
        let mut admitting = roles.iter().filter(admits);
        let (Some(role), None) = (admitting.next(), admitting.next()) else {
            return Err(S3Error::new(Code::AccessDenied).say(
                "Access Denied: several roles of this gateway trust this token; exchange it for a session of one with AssumeRoleWithWebIdentity.",
            ));
        };
        let session = session(role, &claims, arrival.at);
        self.stands(&session, arrival.at)?;
        let facts = Arc::new(facts(role, &session)?);
        let name: Arc<str> = session.holder.to_string().into();
        Ok(Caller::bearer(&claims, name, Arc::clone(&role.policy), facts))
    }
}

/// The session that a token stands for as long as its request lasts: what revokes sessions of the same subject revokes it too.
fn session(role: &Role, claims: &Claims, now: Timestamp) -> Session {
    let (issuer, subject) = (claims.issuer().into(), claims.subject().into());
    Session {
        id: SessionId::new([0; 10]),
        holder: Holder::Role {
            role: role.name.clone(),
            name: "bearer".into(),
            by: Source::WebIdentity { issuer, subject },
        },
        // One that does not say may be older than any moment that was revoked.
        issued: Timestamp::from_unix(claims.issued().unwrap_or(0)).min(now),
        expires: Timestamp::from_unix(claims.expires()),
        claims: kept(role, claims, None),
        policy: None,
        through: Vec::new(),
    }
}

/// What STS would say of the token, in S3's words.
fn refused(refusal: TokenRefusal) -> S3Error {
    use crate::TokenCode;
    let code = match refusal.code() {
        TokenCode::AccessDenied => Code::AccessDenied,
        TokenCode::ExpiredTokenException => Code::ExpiredToken,
        TokenCode::IdpCommunicationError => Code::ServiceUnavailable,
        TokenCode::InvalidIdentityToken => Code::InvalidToken,
    };
    S3Error::new(code).say(refusal.to_string()).because(refusal.reason())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_that_of_one_authorization_header() {
        for (values, expect) in [
            (&["Bearer a.b.c"][..], Some("a.b.c")),
            (&["bearer  a.b.c "], Some("a.b.c")),
            (&["Bearer"], None),
            (&["Basic a"], None),
            (&["AWS4-HMAC-SHA256 Credential=a"], None),
            (&["Bearer a", "Bearer b"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            assert_eq!(token(&headers), expect, "{values:?}");
        }
    }
}
