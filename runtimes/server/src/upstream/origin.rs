//! Where a store is.

use http::Uri;
use http::uri::Authority;

/// What two requests must have in common to go over one connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    /// Whether the connection is TLS.
    pub(super) secure: bool,
    authority: Authority,
}

impl Origin {
    /// Where a request goes; `None` for an address that is none of the web.
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) | None => return None,
        };
        Some(Self { secure, authority: uri.authority()?.clone() })
    }

    /// Its name or address, as resolvers and certificates want it.
    pub(super) fn host(&self) -> &str {
        self.authority.host().trim_start_matches('[').trim_end_matches(']')
    }

    pub(super) fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(if self.secure { 443 } else { 80 })
    }

    /// What a `Host` header says of it: the port only if it is not the usual one (RFC 9110, 7.2).
    pub(super) fn named(&self) -> String {
        let usual = if self.secure { 443 } else { 80 };
        match self.port() {
            port if port == usual => self.authority.host().to_owned(),
            port => format!("{}:{port}", self.authority.host()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn origins_are_told_apart_by_what_connections_are_made_to() {
        let check = |uri: &str, expect: Option<(bool, &str, u16, &str)>| {
            let origin = Origin::of(&uri.parse().unwrap());
            let seen = origin.as_ref().map(|it| (it.secure, it.host(), it.port(), it.named()));
            assert_eq!(
                seen,
                expect.map(|(secure, host, port, named)| (secure, host, port, named.to_owned())),
                "{uri}"
            );
        };
        check("http://store.example/k", Some((false, "store.example", 80, "store.example")));
        check("https://store.example:443/k", Some((true, "store.example", 443, "store.example")));
        check("https://store.example:8443/k", Some((true, "store.example", 8443, "store.example:8443")));
        check("http://[::1]:9000/k", Some((false, "::1", 9000, "[::1]:9000")));
        check("embedded://memory/k", None);
        check("/k", None);
        assert_eq!(
            Origin::of(&"http://A.example/1".parse().unwrap()),
            Origin::of(&"http://a.example/2".parse().unwrap())
        );
    }
}
