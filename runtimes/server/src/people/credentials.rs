//! `brigade credentials`: a role's credentials, from the cache or from the gateway.

use super::address::Address;
use super::args::Assume;
use super::cache::{Given, Place};
use super::claims::Claims;
use super::home::{self, Home};
use super::login::Session;
use super::private::Lock;
use super::say;
use super::secret::Secret;
use super::sts::{self, Question};
use super::trouble::Trouble;
use super::web::Web;
use crate::clock;

/// Where the token comes from.
enum Source {
    /// A login.
    Login(Session),
    /// Whoever started this process: CI, a platform.
    Handed(Secret),
}

/// The credentials, and the gateway they are for.
pub(super) async fn assume(args: &Assume) -> Result<(Given, Address), Trouble> {
    let (source, claims, endpoint) = source(args)?;
    let gateway = gateway(args, endpoint)?;
    let session_name = args.session_name.clone().unwrap_or_else(|| sts::session_name(claims.person()));
    let question = Question { role: &args.role, session_name: &session_name, duration: args.duration };
    let duration = args.duration.map(|seconds| seconds.to_string()).unwrap_or_default();
    let claim = |name| claims.text(name).unwrap_or_default();
    // Two jobs of one subject may differ in any other claim, and so in what they may do.
    let (folder, token) = match &source {
        Source::Login(session) => (session.credentials(), ""),
        Source::Handed(token) => (Home::new().and_then(|home| home.credentials(None)), token.expose()),
    };
    let (issuer, subject) = (claim("iss"), claim("sub"));
    let parts = [&gateway.base(), &args.role, issuer, subject, &duration, &session_name, token];
    let asked = ask(&source, &gateway, &question);
    let given = match (folder, &source) {
        (Ok(folder), _) => kept(&Place::of(&folder, &parts), asked).await?,
        // Nowhere to keep them, as in a container with a home that is read-only.
        (Err(_), Source::Handed(_)) => asked.await?,
        (Err(trouble), Source::Login(_)) => return Err(trouble),
    };
    Ok((given, gateway))
}

/// Where the token comes from, what it says, and the gateway of the login.
fn source(args: &Assume) -> Result<(Source, Claims, Option<String>), Trouble> {
    if let Some(token) = handed(args)? {
        let claims = Claims::of(&token).ok_or("the token is not a JWT")?;
        return Ok((Source::Handed(token), claims, None));
    }
    let session = Session::of(&Home::new()?, &home::chosen(args.profile.as_deref())?)?;
    let profile = session.load()?;
    // A token that has expired names who it is as well as a fresh one.
    let claims = profile.token().map(|(_, claims)| claims);
    let claims = claims.ok_or_else(|| format!("nobody is logged in: run `{}`", session.again()))?;
    Ok((Source::Login(session), claims, profile.endpoint))
}

/// What is kept there, or else what is asked for: by one process, while the others wait.
async fn kept(place: &Place, asked: impl Future<Output = Result<Given, Trouble>>) -> Result<Given, Trouble> {
    if let Some(given) = place.load()?.filter(|given| given.is_fresh(super::now())) {
        return Ok(given);
    }
    let _lock = Lock::take(&place.lock).await?;
    // Another process may have been here first.
    let kept = place.load()?;
    if let Some(given) = kept.clone().filter(|given| given.is_fresh(super::now())) {
        return Ok(given);
    }
    match (asked.await, kept.filter(|given| given.is_alive(super::now()))) {
        (Ok(given), _) => {
            if let Err(trouble) = place.save(&given) {
                say(&format!("brigade: the credentials are not kept: {trouble}"));
            }
            Ok(given)
        }
        (Err(Trouble::Unreachable(why)), Some(given)) => {
            say(&format!("brigade: new credentials are not to be had ({why}): going on with those at hand"));
            Ok(given)
        }
        (Err(trouble), _) => Err(trouble),
    }
}

/// Asks the gateway, with a token that lasts.
async fn ask(source: &Source, gateway: &Address, question: &Question<'_>) -> Result<Given, Trouble> {
    let web = Web::new();
    let session = match source {
        Source::Login(session) => session,
        Source::Handed(token) => {
            let given = sts::assume(&web, gateway, question, token).await;
            return given.map_err(|trouble| explained(trouble, Claims::of(token), "get a new token"));
        }
    };
    let mut refused = None;
    loop {
        let profile = session.fresh(&web, refused.as_ref()).await?;
        let Some((token, claims)) = profile.token() else {
            return Err(format!("nobody is logged in: run `{}`", session.again()).into());
        };
        match sts::assume(&web, gateway, question, token).await {
            // The clocks differ, or the provider's keys have changed: once, with a new token.
            Err(Trouble::Refused { code, .. })
                if refused.is_none() && is_stale(&code) && profile.tokens.refresh.is_some() =>
            {
                refused = Some(token.clone());
            }
            given => {
                return given.map_err(|trouble| {
                    explained(trouble, Some(claims), &format!("run `{}`", session.again()))
                });
            }
        }
    }
}

fn is_stale(code: &str) -> bool {
    matches!(code, "ExpiredTokenException" | "ExpiredToken" | "InvalidIdentityToken")
}

/// A refusal of the gateway's, with what to do about it.
fn explained(trouble: Trouble, claims: Option<Claims>, renew: &str) -> Trouble {
    let Trouble::Refused { code, text } = trouble else { return trouble.at("the gateway") };
    let shown = claims.map_or_else(String::new, |claims| format!(" The token: {}.", claims.shown()));
    let advice = match code.as_str() {
        "ExpiredTokenException" | "ExpiredToken" => format!(" To go on, {renew}."),
        "InvalidIdentityToken" => {
            format!("{shown} If the role should trust that issuer, {renew}; else change the role.")
        }
        "AccessDenied" => {
            format!("{shown} Compare it with the role's `trust` in the gateway's configuration.")
        }
        _ => String::new(),
    };
    Trouble::Refused {
        code,
        text: format!("the gateway refused the role: {}.{advice}", text.trim_end_matches('.')),
    }
}

/// A token that was handed over instead of a login.
fn handed(args: &Assume) -> Result<Option<Secret>, Trouble> {
    let file = args.web_identity_token_file.clone();
    // Who names a profile means it, whatever the environment says.
    let asked = args.profile.is_none();
    let set = |name| clock::environment(name).filter(|value| asked && !value.is_empty());
    let file = file.or_else(|| set("BRIGADE_WEB_IDENTITY_TOKEN_FILE").map(Into::into));
    let Some(file) = file else { return Ok(set("BRIGADE_WEB_IDENTITY_TOKEN").map(Secret::new)) };
    let text = std::fs::read_to_string(&file);
    let text = text.map_err(|error| format!("{}: the token cannot be read: {error}", file.display()))?;
    Ok(Some(Secret::new(text.trim())))
}

/// The gateway: by its option, by `BRIGADE_ENDPOINT`, or that of the login.
fn gateway(args: &Assume, profile: Option<String>) -> Result<Address, Trouble> {
    let named = args.endpoint.clone().or_else(|| clock::environment("BRIGADE_ENDPOINT")).or(profile);
    let named = named.ok_or("name the gateway with --endpoint, here or for `brigade login`")?;
    Address::parse(&named, args.allow_http)
        .map_err(|why| format!("--endpoint: {why}, or say --allow-http").into())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::claims::tests::token;
    use super::*;

    #[test]
    fn a_refusal_says_what_to_do_and_never_shows_the_token() {
        let secret = token(&json!({"iss": "https://i.example", "sub": "alice", "aud": "cli", "exp": 1}));
        for (code, expect) in [
            ("ExpiredTokenException", "To go on, run `brigade login`."),
            ("InvalidIdentityToken", "issuer https://i.example, subject alice, audience cli"),
            ("AccessDenied", "the role's `trust`"),
            ("ValidationError", "the gateway refused the role: no."),
        ] {
            let refused = Trouble::Refused { code: code.to_owned(), text: "no".to_owned() };
            let text = explained(refused, Claims::of(&secret), "run `brigade login`").to_string();
            assert!(text.contains(expect) && !text.contains(secret.expose()), "{text}");
        }
    }
}
