//! What a provider's token endpoint answers (RFC 6749, sections 5.1 and 5.2).

use http::StatusCode;
use serde::Deserialize;

use super::secret::Secret;
use super::trouble::{Trouble, printable};

/// The tokens of who is logged in.
#[derive(Clone, Default)]
#[allow(missing_debug_implementations, reason = "it holds secrets")]
pub(super) struct Tokens {
    pub(super) id: Option<Secret>,
    pub(super) access: Option<Secret>,
    pub(super) refresh: Option<Secret>,
}

#[derive(Deserialize)]
struct Good {
    access_token: String,
    id_token: Option<String>,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Bad {
    error: String,
    error_description: Option<String>,
}

impl Tokens {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`Trouble::Refused`] with the provider's `error`; [`Trouble::Unreachable`] when it failed.
    pub(super) fn read(status: StatusCode, body: &[u8]) -> Result<Self, Trouble> {
        if status == StatusCode::OK {
            let good: Good = serde_json::from_slice(body)
                .map_err(|_| "the provider's token endpoint answered without an access token".to_owned())?;
            return Ok(Self {
                id: good.id_token.map(Secret::new),
                access: Some(Secret::new(good.access_token)),
                refresh: good.refresh_token.map(Secret::new),
            });
        }
        Err(refusal(status, body))
    }
}

/// An error of the provider's, as its endpoints answer it in JSON.
pub(super) fn refusal(status: StatusCode, body: &[u8]) -> Trouble {
    match serde_json::from_slice::<Bad>(body) {
        Ok(bad) if !status.is_server_error() => said(&bad.error, bad.error_description.as_deref()),
        Ok(_) | Err(_) if status.is_server_error() => {
            Trouble::Unreachable(format!("the provider failed: {status}"))
        }
        Ok(_) | Err(_) => Trouble::Other(format!("the provider answered {status}, which is not OAuth's")),
    }
}

/// A refusal in the provider's words.
pub(super) fn said(error: &str, description: Option<&str>) -> Trouble {
    let code = printable(error);
    let text = match description.map(printable) {
        Some(description) => format!("the provider says {code}: {description}"),
        None => format!("the provider says {code}"),
    };
    Trouble::Refused { code, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, expect: &str) {
        let read = Tokens::read(StatusCode::from_u16(status).unwrap(), body.as_bytes());
        let shown = match read {
            Ok(tokens) => [tokens.id, tokens.access, tokens.refresh]
                .map(|token| token.map_or_else(|| "-".to_owned(), |token| token.expose().to_owned()))
                .join(" "),
            Err(Trouble::Refused { code, text }) => format!("{code}: {text}"),
            Err(Trouble::Unreachable(text)) => format!("unreachable: {text}"),
            Err(Trouble::Other(text)) => text,
        };
        assert_eq!(shown, expect, "{status} {body}");
    }

    #[test]
    fn answers_of_the_token_endpoint() {
        // RFC 6749, section 5.1 and 5.2; OpenID Connect Core 1.0, section 3.1.3.3.
        check(
            200,
            r#"{"access_token":"SlAV32hkKG","token_type":"Bearer","refresh_token":"8xLOxBtZp8","expires_in":3600,"id_token":"e.e.e"}"#,
            "e.e.e SlAV32hkKG 8xLOxBtZp8",
        );
        check(200, r#"{"access_token":"a","token_type":"example","expires_in":"3600"}"#, "- a -");
        check(400, r#"{"error":"invalid_request"}"#, "invalid_request: the provider says invalid_request");
        check(
            400,
            "{\"error\":\"invalid_grant\",\"error_description\":\"gone\\u001b[2J\"}",
            "invalid_grant: the provider says invalid_grant: gone [2J",
        );
        check(200, r#"{"error":"x"}"#, "the provider's token endpoint answered without an access token");
        check(502, "<html>", "unreachable: the provider failed: 502 Bad Gateway");
        check(404, "<html>", "the provider answered 404 Not Found, which is not OAuth's");
    }
}
