//! The device flow: the person logs in on another device, and this one asks until they have (RFC 8628).

use std::time::Duration;

use serde::Deserialize;

use super::profile::Client;
use super::provider::Provider;
use super::secret::Secret;
use super::tokens::{self, Tokens};
use super::trouble::{Trouble, printable};
use super::web::Web;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// How long to wait between questions: what the provider asks for, five seconds if it does not say, a minute at most.
const INTERVAL: u64 = 5;
const LONGEST: u64 = 60;

/// How long a code may stand, whatever the provider says.
const PATIENCE: u64 = 3600;

#[derive(Deserialize)]
struct Begun {
    device_code: String,
    user_code: String,
    // Google's name for it came first.
    #[serde(alias = "verification_url")]
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: u64,
    interval: Option<u64>,
}

/// Shows where to go and with which code, and waits until the person was there.
pub(super) async fn login(web: &Web, provider: &Provider, client: &Client) -> Result<Tokens, Trouble> {
    let endpoint = provider.device()?;
    let scope = provider.scope(client);
    let mut fields = vec![("scope", scope.as_str())];
    fields.extend(client.resource.as_deref().map(|resource| ("resource", resource)));
    fields.extend(client.audience.as_deref().map(|audience| ("audience", audience)));
    let reply = provider.post(web, client, &endpoint, &fields).await?;
    if !reply.status.is_success() {
        return Err(tokens::refusal(reply.status, &reply.body));
    }
    let begun: Begun = serde_json::from_slice(&reply.body)
        .map_err(|error| format!("the provider began no device login: {error}"))?;
    super::say(&invitation(&begun));

    let code = Secret::new(begun.device_code.as_str());
    let mut question = vec![("grant_type", GRANT), ("device_code", code.expose())];
    question.extend(client.resource.as_deref().map(|resource| ("resource", resource)));
    let mut interval = begun.interval.unwrap_or(INTERVAL).clamp(1, LONGEST);
    let end = tokio::time::Instant::now() + Duration::from_secs(begun.expires_in.min(PATIENCE));
    loop {
        tokio::time::sleep(Duration::from_secs(interval)).await;
        if tokio::time::Instant::now() > end {
            return Err("nobody entered the code in time: try again".into());
        }
        match provider.exchange(web, client, &question).await {
            Ok(tokens) => return Ok(tokens),
            Err(trouble) => interval = next(interval, trouble)?,
        }
    }
}

/// How long to wait after an answer that is not the end (RFC 8628, section 3.5).
fn next(interval: u64, trouble: Trouble) -> Result<u64, Trouble> {
    match trouble {
        Trouble::Refused { code, text } => match code.as_str() {
            "authorization_pending" => Ok(interval),
            "slow_down" => Ok((interval + 5).min(LONGEST)),
            "expired_token" => Err("nobody entered the code in time: try again".into()),
            _ => Err(Trouble::Refused { code, text }),
        },
        Trouble::Unreachable(_) => Ok((interval * 2).min(LONGEST)),
        Trouble::Other(text) => Err(Trouble::Other(text)),
    }
}

fn invitation(begun: &Begun) -> String {
    let (page, code) = (printable(&begun.verification_uri), printable(&begun.user_code));
    let shortcut = match &begun.verification_uri_complete {
        Some(whole) => format!("\n\nor open\n\n  {}\n\nand compare the code", printable(whole)),
        None => String::new(),
    };
    format!(
        "To log in, open on any device\n\n  {page}\n\nand enter the code\n\n  {code}{shortcut}. Waiting …"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_while_a_person_takes_their_time() {
        let refused = |code: &str| Trouble::Refused { code: code.to_owned(), text: "no".to_owned() };
        for (interval, trouble, expect) in [
            (5, refused("authorization_pending"), Some(5)),
            (5, refused("slow_down"), Some(10)),
            (58, refused("slow_down"), Some(60)),
            (5, Trouble::Unreachable(String::new()), Some(10)),
            (5, refused("access_denied"), None),
            (5, refused("expired_token"), None),
            (5, Trouble::Other(String::new()), None),
        ] {
            let shown = trouble.to_string();
            assert_eq!(next(interval, trouble).ok(), expect, "{shown}");
        }
    }

    #[test]
    fn what_a_provider_sends_cannot_steer_the_terminal() {
        let body = "{\"device_code\":\"d\",\"user_code\":\"A\\u001b]0;x\\u0007B\",\"verification_uri\":\"https://x\\ny\",\"expires_in\":9}";
        let text = invitation(&serde_json::from_str(body).unwrap());
        assert!(
            !text.contains('\u{1b}') && text.contains("A ]0;x B") && text.contains("https://x y"),
            "{text}"
        );
    }
}
