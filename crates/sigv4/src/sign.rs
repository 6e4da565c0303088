//! Signs an outbound request over its headers.

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderName, HeaderValue, request, uri};

use crate::canonical::{Canonical, REQUEST, Scope};
use crate::content_sha256::ContentSha256;
use crate::hexadecimal;
use crate::keys::SigningKeys;
use crate::presented::{AMZ_CONTENT_SHA256, AMZ_DATE, AMZ_SECURITY_TOKEN};
use crate::secret::Credentials;
use crate::timestamp::Timestamp;
use crate::wire::Wire;

/// A request that cannot be signed; what is wrong lies in the configuration, not with the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The URI has no host.
    #[error("the request has no absolute URI")]
    NoAuthority,
    /// The URI has a malformed escape.
    #[error("the request's URI has a malformed escape")]
    MalformedUri,
    /// This value cannot stand in a header.
    #[error("the {0} cannot be written in a header")]
    Unprintable(&'static str),
}

/// Headers that travel unsigned: those that the next hop may change, and those that are not the request's.
const UNSIGNED: [&str; 14] = [
    "accept-encoding",
    "authorization",
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// What an `Authorization` is put together with.
const CREDENTIAL: &[u8] = b"AWS4-HMAC-SHA256 Credential=";
const SIGNED: &[u8] = b", SignedHeaders=";
const SIGNATURE: &[u8] = b", Signature=";

/// Signs `head`, whose URI is absolute, from its raw path and query.
///
/// Sets `host` (from the URI, without a default port, as clients send it), `x-amz-date`,
/// `x-amz-content-sha256`, `x-amz-security-token` and `authorization`, replacing what stood there, and
/// signs every header but those on a short list (`authorization`, `user-agent`, `content-length`, what
/// belongs to the connection, …). `Content-Type` is signed: some stores ask for it.
///
/// # Errors
/// [`SignError`]; `head` is then not to be sent.
pub fn sign(
    head: &mut request::Parts,
    payload: ContentSha256,
    who: &Credentials,
    region: &str,
    service: &str,
    now: Timestamp,
    keys: &SigningKeys,
) -> Result<(), SignError> {
    let scope = Scope::new(now, region, service);
    let host = host(&head.uri).ok_or(SignError::NoAuthority)?;
    head.headers.remove(AUTHORIZATION);
    head.headers.remove(AMZ_SECURITY_TOKEN);
    head.headers.insert(HOST, value(host.as_bytes(), "host")?);
    head.headers.insert(AMZ_DATE, value(scope.at.text(), "date")?);
    head.headers.insert(AMZ_CONTENT_SHA256, payload.header());
    if let Some(token) = &who.session_token {
        let mut token = value(token.as_bytes(), "session token")?;
        token.set_sensitive(true);
        head.headers.insert(AMZ_SECURITY_TOKEN, token);
    }

    // The names that are signed stand in the header itself: they are written there, and read from there. It is made as long
    // as it gets, as what has room left is given away only with memory of its own beside it.
    let names = signed_names(head);
    let joined = names.iter().map(|name| name.len() + 1).sum::<usize>().saturating_sub(1);
    let scoped = scope.pieces().iter().map(|piece| piece.len()).sum::<usize>();
    let length =
        CREDENTIAL.len() + who.key_id.len() + 1 + scoped + SIGNED.len() + joined + SIGNATURE.len() + 64;
    let mut authorization = Vec::with_capacity(length);
    authorization.extend_from_slice(CREDENTIAL);
    authorization.extend_from_slice(who.key_id.as_bytes());
    authorization.push(b'/');
    scope.pieces().iter().for_each(|piece| authorization.extend_from_slice(piece));
    authorization.extend_from_slice(SIGNED);
    let begin = authorization.len();
    for (at, name) in names.iter().enumerate() {
        if at > 0 {
            authorization.push(b';');
        }
        authorization.extend_from_slice(name.as_bytes());
    }
    let signed = authorization.get(begin..).and_then(|names| str::from_utf8(names).ok()).unwrap_or_default();
    let canonical = Canonical::of(&Wire::from(&*head), signed, false)
        .map_err(|_| SignError::MalformedUri)?
        .finish(payload);
    let key = keys.derive(&who.secret, scope.at.day(), region, service);
    let signature = hexadecimal::encode(&scope.sign(&key, REQUEST, &[&canonical]));
    authorization.extend_from_slice(SIGNATURE);
    authorization.extend_from_slice(&signature);
    let mut authorization = HeaderValue::from_maybe_shared(Bytes::from(authorization))
        .map_err(|_| SignError::Unprintable("access key id or region"))?;
    authorization.set_sensitive(true);
    head.headers.insert(AUTHORIZATION, authorization);
    Ok(())
}

/// The authority without user information and without the scheme's own port.
fn host(uri: &http::Uri) -> Option<&str> {
    let authority = uri.authority()?;
    let default = if uri.scheme() == Some(&uri::Scheme::HTTPS) { 443 } else { 80 };
    let whole = authority.as_str().rsplit_once('@').map_or(authority.as_str(), |(_, host)| host);
    match authority.port_u16() {
        Some(port) if port != default => Some(whole),
        _ => Some(authority.host()),
    }
}

/// The names that are signed, in their order.
fn signed_names(head: &request::Parts) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::with_capacity(head.headers.keys_len());
    names.extend(head.headers.keys().map(HeaderName::as_str).filter(|name| !UNSIGNED.contains(name)));
    names.sort_unstable();
    names
}

fn value(text: &[u8], what: &'static str) -> Result<HeaderValue, SignError> {
    let value = HeaderValue::from_bytes(text).ok().filter(|_| text.is_ascii());
    value.ok_or(SignError::Unprintable(what))
}
