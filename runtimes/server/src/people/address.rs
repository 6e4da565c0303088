//! URLs that tokens are sent to: HTTPS, or HTTP on this machine.

use http::Uri;

/// A URL without user, query or fragment troubles: absolute, with a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address(Uri);

impl Address {
    /// Reads a URL; `plain` lets HTTP to other machines pass.
    ///
    /// # Errors
    /// What is wrong with it, without naming what it is for.
    pub(super) fn parse(text: &str, plain: bool) -> Result<Self, String> {
        let shown = super::trouble::printable(text);
        let wrong = || format!("{shown:?} is not a URL such as https://host/path");
        if text.contains('#') || text.chars().any(char::is_whitespace) {
            return Err(wrong());
        }
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(format!("{shown:?} names a user: leave that out"));
        }
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if plain || is_loopback(host) => {}
            Some("http") => {
                return Err(format!(
                    "{shown:?} would send tokens in the clear to another machine: use https"
                ));
            }
            Some(_) | None => return Err(wrong()),
        }
        Ok(Self(uri))
    }

    pub(super) fn uri(&self) -> &Uri {
        &self.0
    }

    /// As text, without the `/` at its end.
    pub(super) fn base(&self) -> String {
        self.0.to_string().trim_end_matches('/').to_owned()
    }

    /// With these fields behind what its query has already.
    pub(super) fn with_query(&self, fields: &[(&str, &str)]) -> String {
        let sign = if self.0.query().is_some() { '&' } else { '?' };
        format!("{}{sign}{}", self.0, form(fields))
    }
}

/// Whether a host, as in a URL, is this machine by its own name.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// `application/x-www-form-urlencoded`.
pub(super) fn form(fields: &[(&str, &str)]) -> String {
    let encode = |text: &str| brigade_sigv4::percent_encode(text.as_bytes());
    let pairs: Vec<_> =
        fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_go_to_https_or_to_this_machine() {
        for (text, plain, good) in [
            ("https://id.example.org", false, true),
            ("https://id.example.org/realms/x?y=z", false, true),
            ("http://127.0.0.1:8080", false, true),
            ("http://localhost:8080/x", false, true),
            ("http://[::1]:8080", false, true),
            ("http://brigade.internal:8080", false, false),
            ("http://brigade.internal:8080", true, true),
            ("http://127.0.0.1.evil.example", false, false),
            ("https://user@id.example.org", false, false),
            ("https://id.example.org/#a", false, false),
            ("https:///x", false, false),
            ("id.example.org", false, false),
            ("ftp://id.example.org", true, false),
            ("", false, false),
        ] {
            assert_eq!(Address::parse(text, plain).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn a_query_is_added_behind_the_one_that_is_there() {
        let url = |text| Address::parse(text, false).unwrap().with_query(&[("a b", "c&d=é"), ("e", "")]);
        assert_eq!(url("https://x.example/auth"), "https://x.example/auth?a%20b=c%26d%3D%C3%A9&e=");
        assert_eq!(url("https://x.example/auth?p=1"), "https://x.example/auth?p=1&a%20b=c%26d%3D%C3%A9&e=");
    }
}
