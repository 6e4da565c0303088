//! `AssumeRoleWithWebIdentity`, as any client of STS asks it.
//!
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>.

use std::time::Duration;

use brigade_s3::xml::{parse_error, text_at};
use brigade_sigv4::Timestamp;
use http::StatusCode;

use super::address::Address;
use super::cache::Given;
use super::secret::Secret;
use super::trouble::{Trouble, printable};
use super::web::Web;

/// Between asking and asking again. A gateway that is just getting an issuer's keys wants to be asked again, too.
const PAUSES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(900)];

/// What is asked for.
pub(super) struct Question<'a> {
    pub(super) role: &'a str,
    pub(super) session_name: &'a str,
    pub(super) duration: Option<u32>,
}

/// Asks the gateway for credentials.
pub(super) async fn assume(
    web: &Web,
    gateway: &Address,
    question: &Question<'_>,
    token: &Secret,
) -> Result<Given, Trouble> {
    let duration = question.duration.map(|seconds| seconds.to_string());
    let mut fields = vec![
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", question.role),
        ("RoleSessionName", question.session_name),
        ("WebIdentityToken", token.expose()),
    ];
    fields.extend(duration.as_deref().map(|seconds| ("DurationSeconds", seconds)));
    let address = Address::parse(&format!("{}/", gateway.base()), true)?;
    for pause in PAUSES {
        match once(web, &address, &fields).await {
            Err(Trouble::Unreachable(_)) => tokio::time::sleep(pause).await,
            answer => return answer,
        }
    }
    once(web, &address, &fields).await
}

async fn once(web: &Web, address: &Address, fields: &[(&str, &str)]) -> Result<Given, Trouble> {
    let reply = web.post(address, fields, None).await?;
    read(reply.status, &reply.body)
}

/// Reads the answer.
///
/// # Errors
/// [`Trouble::Refused`] with the gateway's code, [`Trouble::Unreachable`] when it failed or is too busy.
fn read(status: StatusCode, body: &[u8]) -> Result<Given, Trouble> {
    let foreign = || {
        Trouble::Other(format!("the answer ({status}) is not STS's: is --endpoint a Brigade with [roles]?"))
    };
    if status == StatusCode::OK {
        return given(body).ok_or_else(foreign);
    }
    let error = parse_error(body);
    let text = error.as_ref().map(|error| match error.message.is_empty() {
        true => printable(&error.code),
        false => format!("{}: {}", printable(&error.code), printable(&error.message)),
    });
    let later = error.as_ref().is_some_and(|error| error.code == "IDPCommunicationError");
    if later || status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED {
        return Err(Trouble::Unreachable(text.unwrap_or_else(|| status.to_string())));
    }
    match (error, text) {
        (Some(error), Some(text)) => Err(Trouble::Refused { code: error.code, text }),
        (_, _) => Err(foreign()),
    }
}

/// The credentials in a whole answer; `None` if it is none.
fn given(body: &[u8]) -> Option<Given> {
    let text = |leaf| {
        let path =
            ["AssumeRoleWithWebIdentityResponse", "AssumeRoleWithWebIdentityResult", "Credentials", leaf];
        let text = text_at(body, &path).ok()??;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    Some(Given {
        key_id: text("AccessKeyId")?,
        secret: Secret::new(text("SecretAccessKey")?),
        session: Secret::new(text("SessionToken")?),
        expires: Timestamp::parse_iso8601(&text("Expiration")?)?.as_unix(),
    })
}

/// A session's name of what people are called: STS takes 2 to 64 of `[\w+=,.@-]`.
pub(super) fn session_name(person: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() || "_+=,.@-".contains(c) { c } else { '-' };
    let name: String = person.chars().take(64).map(fit).collect();
    if name.len() < 2 { format!("brigade-{name}") } else { name }
}

#[cfg(test)]
mod tests;
