//! The addresses of issuers and of their documents.

use std::fmt;
use std::net::Ipv6Addr;

/// An address on the web that keys may be fetched from: `https`, or `http` on this machine itself for development.
///
/// It has a host, perhaps a port, a path and a query; no user, no fragment and no character that two readers could read
/// differently. It is kept as written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WebUrl {
    text: Box<str>,
    local: bool,
}

impl WebUrl {
    /// The longest address.
    const LIMIT: usize = 2048;

    /// Reads an address.
    ///
    /// # Errors
    /// [`UrlError`]: what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let (secure, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(UrlError::Scheme),
        };
        if text.len() > Self::LIMIT {
            return Err(UrlError::Malformed);
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end).ok_or(UrlError::Malformed)?;
        let (host, port) = split(authority).ok_or(UrlError::Malformed)?;
        let path_fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%".contains(&byte);
        if !(is_host(host) && port.is_none_or(is_port) && path.bytes().all(path_fits)) {
            return Err(UrlError::Malformed);
        }
        let local = is_local(host);
        match secure || local {
            true => Ok(Self { text: text.into(), local: !secure }),
            false => Err(UrlError::Insecure),
        }
    }

    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is plain `http`, which only an address of this machine may be.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.local
    }
}

impl fmt::Debug for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// Host and port of an authority.
fn split(authority: &str) -> Option<(&str, Option<&str>)> {
    match authority.strip_prefix('[') {
        Some(_) => {
            let (address, port) = authority.split_at_checked(authority.find(']')? + 1)?;
            match port.is_empty() {
                true => Some((address, None)),
                false => Some((address, Some(port.strip_prefix(':')?))),
            }
        }
        None => Some(authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)))),
    }
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            let label = |label: &str| !label.is_empty() && label.len() <= 63 && label.bytes().all(fits);
            host.len() <= 253 && host.split('.').all(label)
        }
    }
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port != 0)
}

/// Whether a host is this machine by its own words. `localhost` is a name, so whoever connects must look where it leads.
fn is_local(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host == "[::1]"
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Why a text is no address to fetch keys from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Neither `https` nor `http`.
    #[error("it must begin with https://")]
    Scheme,
    /// Plain `http` to another machine.
    #[error("it must begin with https:// (http:// is for localhost, 127.0.0.1 and [::1] only)")]
    Insecure,
    /// A user, a fragment, or a character that has no place there.
    #[error("it must be a host, perhaps a port, and a path, without user, fragment or spaces")]
    Malformed,
    /// An issuer with a query.
    #[error("an issuer has no query (what follows a ?)")]
    Query,
}

#[cfg(test)]
mod tests {
    use super::{UrlError, WebUrl};

    #[test]
    fn an_address_is_https_or_of_this_machine() {
        let good = [
            "https://token.actions.githubusercontent.com",
            "https://accounts.google.com/",
            "https://login.microsoftonline.com/72f9/v2.0",
            "https://keycloak.example:8443/realms/x",
            "https://idp.example/keys?appid=1&v=%20",
            "https://[2001:db8::1]:8443/x",
            "http://localhost:8080/default",
            "http://127.0.0.1:1/x",
            "http://127.9.9.9/",
            "http://[::1]:8080",
        ];
        for good in good {
            let url = WebUrl::parse(good).unwrap_or_else(|error| panic!("{good}: {error}"));
            assert_eq!(url.as_str(), good);
            assert_eq!(url.is_local(), good.starts_with("http:"));
        }
        let check = |text: &str, expect: UrlError| assert_eq!(WebUrl::parse(text), Err(expect), "{text}");
        for bad in
            ["", "idp.example", "ftp://idp.example", "HTTPS://idp.example", "file:///etc/passwd", "//x"]
        {
            check(bad, UrlError::Scheme);
        }
        let insecure = [
            "http://idp.example/",
            "http://169.254.169.254/latest",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://[::ffff:127.0.0.1]/",
            "http://0.0.0.0/",
        ];
        for bad in insecure {
            check(bad, UrlError::Insecure);
        }
        let malformed = [
            "https://",
            "https:///x",
            "https://user@idp.example/",
            "https://user:pass@idp.example/",
            "https://idp.example@evil.example",
            "https://idp.example#f",
            "https://idp.example/#f",
            "https://idp.example/a b",
            "https://idp.example/\r\nx",
            "https://idp.example\\evil.example/",
            "https://idp.example:/",
            "https://idp.example:0/",
            "https://idp.example:99999/",
            "https://idp.example:+1/",
            "https://idp..example/",
            "https://.example/",
            "https://éxample/",
            "https://idp.example/é",
            "https://[::1",
            "https://[::1]x/",
            "https://[zz]/",
            "https://%65xample/",
        ];
        for bad in malformed {
            check(bad, UrlError::Malformed);
        }
        check(&format!("https://idp.example/{}", "x".repeat(3000)), UrlError::Malformed);
    }
}
