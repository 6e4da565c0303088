//! Signs an outbound request over its headers.

use http::header::{AUTHORIZATION, HOST};
use http::{HeaderName, HeaderValue, request, uri};

use crate::canonical::{Canonical, Scope};
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
    head.headers.insert(HOST, value(&host, "host")?);
    head.headers.insert(AMZ_DATE, value(&scope.at, "date")?);
    head.headers.insert(AMZ_CONTENT_SHA256, value(&payload.header_value(), "payload hash")?);
    if let Some(token) = &who.session_token {
        let mut token = value(token, "session token")?;
        token.set_sensitive(true);
        head.headers.insert(AMZ_SECURITY_TOKEN, token);
    }

    let signed = signed_names(head);
    let canonical = Canonical::of(&Wire::from(&*head), &signed, false)
        .map_err(|_| SignError::MalformedUri)?
        .finish(payload);
    let key = keys.derive(&who.secret, scope.day(), region, service);
    let signature = hexadecimal::encode(&scope.sign(&key, &canonical));
    let authorization = [
        b"AWS4-HMAC-SHA256 Credential=",
        who.key_id.as_bytes(),
        b"/",
        scope.scope.as_bytes(),
        b", SignedHeaders=",
        signed.as_bytes(),
        b", Signature=",
        &signature,
    ]
    .concat();
    let mut authorization = HeaderValue::from_bytes(&authorization)
        .map_err(|_| SignError::Unprintable("access key id or region"))?;
    authorization.set_sensitive(true);
    head.headers.insert(AUTHORIZATION, authorization);
    Ok(())
}

/// The authority without user information and without the scheme's own port.
fn host(uri: &http::Uri) -> Option<String> {
    let authority = uri.authority()?;
    let default = if uri.scheme() == Some(&uri::Scheme::HTTPS) { 443 } else { 80 };
    match authority.port_u16() {
        Some(port) if port != default => Some(format!("{}:{port}", authority.host())),
        _ => Some(authority.host().to_owned()),
    }
}

fn signed_names(head: &request::Parts) -> String {
    let mut names: Vec<&str> =
        head.headers.keys().map(HeaderName::as_str).filter(|name| !UNSIGNED.contains(name)).collect();
    names.sort_unstable();
    names.join(";")
}

fn value(text: &str, what: &'static str) -> Result<HeaderValue, SignError> {
    HeaderValue::from_str(text).map_err(|_| SignError::Unprintable(what))
}
