//! An identity provider that the configuration names.

use std::fmt;

use crate::{UrlError, WebUrl};

/// The name of an issuer: the `iss` of its tokens, compared byte for byte, and where its documents are
/// (OpenID Connect Discovery 1.0 section 4).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IssuerUrl(WebUrl);

impl IssuerUrl {
    /// Reads an issuer's name.
    ///
    /// # Errors
    /// [`UrlError`]: what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let url = WebUrl::parse(text)?;
        if text.contains('?') { Err(UrlError::Query) } else { Ok(Self(url)) }
    }

    /// As it is written, in the configuration and in tokens.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it is on this machine, over plain `http`: its keys may be so too.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.0.is_local()
    }

    /// Where its discovery document is.
    #[must_use]
    pub fn discovery(&self) -> String {
        let base = self.as_str();
        format!("{}/.well-known/openid-configuration", base.strip_suffix('/').unwrap_or(base))
    }
}

impl fmt::Debug for IssuerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for IssuerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An issuer and how its keys are had. Only what the configuration names becomes one, so nothing else is ever asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Issuer {
    /// Its name.
    pub url: IssuerUrl,
    /// Where its keys are, if not where its discovery document says.
    pub jwks_uri: Option<WebUrl>,
    /// Whether it may be at a private address.
    pub private: bool,
}

impl Issuer {
    /// An issuer on the public web whose discovery document says where its keys are.
    #[must_use]
    pub fn new(url: IssuerUrl) -> Self {
        Self { url, jwks_uri: None, private: false }
    }

    /// Whether keys for this issuer may be fetched from there: over `https`, or from this machine if the issuer is there too.
    pub(crate) fn may_have(&self, url: &WebUrl) -> bool {
        !url.is_local() || self.url.is_local()
    }
}

#[cfg(test)]
mod tests {
    use super::{IssuerUrl, UrlError};

    #[test]
    fn the_discovery_document_is_below_the_issuer() {
        let check = |issuer: &str, expect: &str| {
            assert_eq!(IssuerUrl::parse(issuer).unwrap().discovery(), expect);
        };
        check("https://a.example", "https://a.example/.well-known/openid-configuration");
        check("https://a.example/", "https://a.example/.well-known/openid-configuration");
        check("https://a.example/realms/x", "https://a.example/realms/x/.well-known/openid-configuration");
        assert_eq!(IssuerUrl::parse("https://a.example/?x"), Err(UrlError::Query));
    }
}
