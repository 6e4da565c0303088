//! `brigade login` and `brigade logout`, and the token of who is logged in.

use std::path::PathBuf;
use std::sync::Arc;

use super::args::{Login, Logout};
use super::claims::Claims;
use super::code::Attempt;
use super::home::{self, Home};
use super::loopback::Loopback;
use super::private::{self, Lock};
use super::profile::{Client, Profile, Shown};
use super::provider::Provider;
use super::secret::Secret;
use super::tokens::Tokens;
use super::trouble::{Trouble, printable};
use super::web::Web;
use super::{browser, device, say};
use crate::clock;

/// Seconds that a token must last for a gateway to be shown it.
const LEEWAY: u64 = 60;

pub(super) async fn login(args: &Login) -> Result<String, Trouble> {
    let home = Home::new()?;
    let name = home::chosen(args.profile.as_deref())?;
    let file = home.profile(&name, "json")?;
    let profile = wanted(args, Profile::load(&file)?, clock::environment("BRIGADE_CLIENT_SECRET"))?;
    if let Some(endpoint) = &profile.endpoint {
        super::address::Address::parse(endpoint, true).map_err(|why| format!("--endpoint: {why}"))?;
    }

    let web = Web::new();
    let client = &profile.client;
    let provider = Provider::discover(&web, &client.issuer).await?;
    let alone = !args.no_browser && !browser::is_likely() && provider.device().is_ok();
    let (tokens, nonce) = if args.device || alone {
        (device::login(&web, &provider, client).await?, None)
    } else {
        let (tokens, nonce) = by_code(&web, &provider, client, !args.no_browser).await?;
        (tokens, Some(nonce))
    };
    let claims = checked(client, &tokens, nonce.as_deref())?;
    let lasting = tokens.refresh.is_some();
    let _lock = Lock::take(&home.profile(&name, "lock")?).await?;
    Profile { tokens, ..profile }.save(&file)?;
    // Of whoever was logged in before.
    private::remove(&home.credentials(Some(&name))?)?;
    let person = printable(claims.person());
    Ok(match lasting {
        true => format!("Logged in as {person}; profile {name}."),
        false => format!(
            "Logged in as {person}; profile {name}. The provider gave no refresh token: log in again when this one expires, \
             or add --scope with offline_access."
        ),
    })
}

/// The profile to log in with: what was said now, over what was said before to the same issuer.
fn wanted(args: &Login, before: Option<Profile>, secret: Option<String>) -> Result<Profile, Trouble> {
    let endpoint =
        args.endpoint.clone().or_else(|| before.as_ref().and_then(|before| before.endpoint.clone()));
    let before = before.map(|before| before.client);
    let before = before.filter(|before| args.issuer.as_ref().is_none_or(|issuer| *issuer == before.issuer));
    let kept = |now: &Option<String>, field: fn(&Client) -> Option<String>| {
        now.clone().or_else(|| before.as_ref().and_then(field))
    };
    let issuer = kept(&args.issuer, |client| Some(client.issuer.clone()));
    let id = kept(&args.client_id, |client| Some(client.id.clone()));
    let client = Client {
        issuer: issuer.ok_or("name the provider with --issuer, the first time for a profile")?,
        id: id.ok_or("name this program at the provider with --client-id, the first time for a profile")?,
        secret: secret.map(Secret::new).or_else(|| before.as_ref().and_then(|client| client.secret.clone())),
        scope: kept(&args.scope, |client| client.scope.clone()),
        resource: kept(&args.resource, |client| client.resource.clone()),
        audience: kept(&args.audience, |client| client.audience.clone()),
        prompt: kept(&args.prompt, |client| client.prompt.clone()),
        redirect: kept(&args.redirect_uri, |client| client.redirect.clone()),
        shown: args.token.or(before.as_ref().map(|client| client.shown)).unwrap_or_default(),
    };
    Ok(Profile { client, endpoint, tokens: Tokens::default() })
}

/// By the browser. Returns the nonce that the ID token must have.
async fn by_code(
    web: &Web,
    provider: &Provider,
    client: &Client,
    open: bool,
) -> Result<(Tokens, String), Trouble> {
    let loopback = Loopback::bind(client.redirect.as_deref()).await?;
    let attempt = Arc::new(Attempt::new(loopback.uri().to_owned())?);
    let url = attempt.url(provider, client)?;
    if open && browser::open(&url) {
        say(&format!("Log in in the browser. If it shows nothing, open\n\n  {url}\n"));
    } else {
        say(&format!("To log in, open in a browser of this machine\n\n  {url}\n"));
    }
    let code = loopback.code(&attempt, provider).await?;
    let tokens = provider.exchange(web, client, &attempt.redemption(client, &code)).await?;
    Ok((tokens, attempt.nonce.clone()))
}

/// What the token for the gateway says. The ID token must be of this provider, client and login, whichever is shown.
fn checked(client: &Client, tokens: &Tokens, nonce: Option<&str>) -> Result<Claims, Trouble> {
    let id = match &tokens.id {
        Some(token) => {
            let claims = Claims::of(token).ok_or("the provider's ID token is not a JWT")?;
            let held = claims.check(&client.issuer, &client.id, nonce, super::now());
            held.map_err(|why| format!("the provider's ID token is not used: {why}"))?;
            Some(claims)
        }
        None => None,
    };
    match client.shown {
        Shown::Id => id.ok_or_else(|| "the provider gave no ID token: add openid to --scope, or try --token access".into()),
        Shown::Access => tokens.access.as_ref().and_then(Claims::of).ok_or_else(|| {
            "the provider's access token is not a JWT: say what it is for with --resource or --audience, or use --token id"
                .into()
        }),
    }
}

pub(super) async fn logout(args: &Logout) -> Result<String, Trouble> {
    let home = Home::new()?;
    let name = home::chosen(args.profile.as_deref())?;
    let file = home.profile(&name, "json")?;
    let _lock = Lock::take(&home.profile(&name, "lock")?).await?;
    private::remove(&home.credentials(Some(&name))?)?;
    let Some(mut profile) = Profile::load(&file)? else {
        return Ok(format!("Nobody was logged in; profile {name}."));
    };
    let tokens = std::mem::take(&mut profile.tokens);
    profile.save(&file)?;
    if let Some(refresh) = &tokens.refresh {
        let client = &profile.client;
        let told = async {
            let web = Web::new();
            Provider::discover(&web, &client.issuer).await?.revoke(&web, client, refresh).await
        };
        if let Err(trouble) = told.await {
            say(&format!("The tokens are deleted here, but the provider was not told: {trouble}"));
        }
    }
    Ok(format!("Logged out; profile {name}."))
}

/// A login that can be shown to a gateway.
#[derive(Debug)]
pub(super) struct Session {
    home: Home,
    name: String,
    file: PathBuf,
}

impl Session {
    pub(super) fn of(home: &Home, name: &str) -> Result<Self, Trouble> {
        Ok(Self { home: home.clone(), name: name.to_owned(), file: home.profile(name, "json")? })
    }

    /// Where the credentials that it gives are kept.
    pub(super) fn credentials(&self) -> Result<PathBuf, Trouble> {
        self.home.credentials(Some(&self.name))
    }

    /// The profile as it is.
    pub(super) fn load(&self) -> Result<Profile, Trouble> {
        Profile::load(&self.file)?.ok_or_else(|| {
            let again = self.again();
            format!("nobody is logged in: run `{again} --issuer URL --client-id ID --endpoint URL`").into()
        })
    }

    /// What to run when the login has ended.
    pub(super) fn again(&self) -> String {
        match self.name.as_str() {
            home::DEFAULT => "brigade login".to_owned(),
            name => format!("brigade login --profile {name}"),
        }
    }

    /// The profile with a token that lasts, refreshed at the provider if need be; never the one that is `refused`.
    pub(super) async fn fresh(&self, web: &Web, refused: Option<&Secret>) -> Result<Profile, Trouble> {
        if let Some(profile) = usable(self.load()?, refused) {
            return Ok(profile);
        }
        let _lock = Lock::take(&self.home.profile(&self.name, "lock")?).await?;
        // Another process may have refreshed it meanwhile, and used the refresh token up.
        let mut profile = self.load()?;
        if let Some(profile) = usable(profile.clone(), refused) {
            return Ok(profile);
        }
        let again = self.again();
        let Some(refresh) = profile.tokens.refresh.clone() else {
            return Err(format!("the login has ended: run `{again}`").into());
        };
        let client = &profile.client;
        let provider = Provider::discover(web, &client.issuer).await?;
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", refresh.expose())];
        fields.extend(client.resource.as_deref().map(|resource| ("resource", resource)));
        let mut tokens = match provider.exchange(web, client, &fields).await {
            Ok(tokens) => tokens,
            Err(Trouble::Refused { text, .. }) => {
                return Err(format!("the login has ended ({text}): run `{again}`").into());
            }
            Err(trouble) => return Err(trouble.at("the login cannot be refreshed")),
        };
        tokens.refresh = tokens.refresh.or(Some(refresh));
        if client.shown == Shown::Id && tokens.id.is_none() {
            return Err(format!(
                "the provider gives no new ID token on refresh: run `{again}`, or use --token access"
            )
            .into());
        }
        let claims = checked(client, &tokens, None)?;
        // OpenID Connect Core 1.0, section 12.2.
        if profile.token().is_some_and(|(_, before)| before.text("sub") != claims.text("sub")) {
            return Err(format!("the provider refreshed the login as somebody else: run `{again}`").into());
        }
        profile.tokens = tokens;
        profile.save(&self.file)?;
        Ok(profile)
    }
}

fn usable(profile: Profile, refused: Option<&Secret>) -> Option<Profile> {
    let lasts = profile.token().is_some_and(|(token, claims)| {
        claims.expires().is_some_and(|exp| exp > super::now().saturating_add(LEEWAY))
            && refused.is_none_or(|refused| refused.expose() != token.expose())
    });
    lasts.then_some(profile)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> Login {
        Login {
            issuer: None,
            client_id: None,
            endpoint: None,
            scope: None,
            resource: None,
            audience: None,
            token: None,
            prompt: None,
            redirect_uri: None,
            profile: None,
            device: false,
            no_browser: false,
        }
    }

    #[test]
    fn what_was_said_once_need_not_be_said_again_at_the_same_provider() {
        let text = |text: &str| Some(text.to_owned());
        let first = Login {
            issuer: text("https://a.example"),
            client_id: text("cli"),
            endpoint: text("https://s3.example"),
            scope: text("openid groups"),
            token: Some(Shown::Access),
            ..args()
        };
        assert!(wanted(&args(), None, None).is_err());
        assert!(wanted(&Login { issuer: text("https://a.example"), ..args() }, None, None).is_err());
        let first = wanted(&first, None, text("client's secret")).ok().unwrap();
        let again = wanted(&args(), Some(first.clone()), None).ok().unwrap();
        assert_eq!((again.client.id.as_str(), again.client.shown), ("cli", Shown::Access));
        assert_eq!(again.client.scope.as_deref(), Some("openid groups"));
        assert!(again.client.secret.is_some());
        // Another provider is told nothing of what was meant for the first.
        let other = Login { issuer: text("https://b.example"), client_id: text("x"), ..args() };
        let other = wanted(&other, Some(first), None).ok().unwrap();
        assert_eq!((other.client.scope, other.client.secret.is_some()), (None, false));
        assert_eq!(other.endpoint.as_deref(), Some("https://s3.example"));
    }
}
