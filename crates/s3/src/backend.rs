//! A backend: the store behind a bucket, and how we are known there.

use std::fmt;
use std::sync::Arc;

use brigade_identity::federation::AwsRole;
use brigade_sigv4::Credentials;
use http::uri::{Authority, Scheme};

/// The store behind a bucket.
#[derive(Debug)]
pub struct Backend {
    /// Its name in the configuration.
    pub name: Box<str>,
    /// Where it listens.
    pub endpoint: Endpoint,
    /// The region requests to it are signed for.
    pub region: Box<str>,
    /// How we are known there.
    pub auth: BackendAuth,
    /// Whether Brigade checks a declared payload hash itself because this store does not.
    pub verify_payload: bool,
    /// Whether the store keeps keys byte for byte (`exact_keys` in the configuration; by default true for embedded stores and
    /// for hosts under `amazonaws.com`). To any other, keys that it might resolve as paths are refused: `a/../b` could
    /// leave a prefix that was authorized.
    pub exact_keys: bool,
}

/// How requests to a backend are signed.
#[derive(Clone, Debug)]
pub enum BackendAuth {
    /// Not at all: the store's buckets are public.
    Anonymous,
    /// Not at all: the store is in this process and trusts its caller.
    InProcess,
    /// With a fixed key.
    Keys(Arc<Credentials>),
    /// With credentials of a role, which an assertion of our own is exchanged for.
    Role(Arc<AwsRole>),
    /// With the credentials that the runtime finds around it.
    Environment,
}

impl BackendAuth {
    /// What is secret and lasts of it: nothing of credentials that come and go.
    pub(crate) fn lasting_secret(&self) -> &[u8] {
        match self {
            Self::Keys(keys) => keys.secret.expose(),
            Self::Anonymous | Self::InProcess | Self::Role(_) | Self::Environment => &[],
        }
    }
}

/// What a plan is signed with: the outcome of asking for a backend's credentials.
#[derive(Clone, Debug)]
pub enum Lent {
    /// The request goes out unsigned.
    Unsigned,
    /// The request is signed with these.
    Keys(Arc<Credentials>),
}

/// Where a store listens: `http://host[:port][/base]`, `https://…`, or `embedded://name`.
///
/// ```
/// use brigade_s3::Endpoint;
/// assert!(Endpoint::parse("https://s3.us-west-2.amazonaws.com").is_ok());
/// assert!(Endpoint::parse("https://user:secret@example.com").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    scheme: Scheme,
    authority: Authority,
    base: Box<str>,
}

/// Why a text is not an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not `scheme://host`.
    #[error("write it as http://host:port or https://host")]
    Malformed,
    /// A scheme other than `http`, `https`, `embedded`.
    #[error("the scheme must be http or https")]
    Scheme,
    /// A user name or password in the URL.
    #[error("credentials do not belong in an endpoint: put them in `auth`")]
    Credentials,
    /// A query or a fragment.
    #[error("an endpoint has no query")]
    Query,
}

impl Endpoint {
    /// Reads an endpoint.
    ///
    /// # Errors
    /// [`EndpointError`], whose text says what to write instead.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let uri: http::Uri = text.parse().map_err(|_| EndpointError::Malformed)?;
        let parts = uri.into_parts();
        let scheme = parts.scheme.ok_or(EndpointError::Malformed)?;
        let authority = parts.authority.ok_or(EndpointError::Malformed)?;
        if !matches!(scheme.as_str(), "http" | "https" | "embedded") {
            return Err(EndpointError::Scheme);
        }
        if authority.as_str().contains('@') {
            return Err(EndpointError::Credentials);
        }
        if text.contains(['?', '#']) {
            return Err(EndpointError::Query);
        }
        let base = parts.path_and_query.as_ref().map_or("", |p| p.path()).trim_end_matches('/').into();
        Ok(Self { scheme, authority, base })
    }

    /// `http`, `https` or `embedded`.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// `host[:port]`, or the embedded store's name.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// What comes before `/bucket` in the path: empty, or `/base` without a final slash.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority, self.base)
    }
}
