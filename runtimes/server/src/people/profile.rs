//! The file of a profile: at which provider, as which client, and the tokens of who is logged in.

use std::borrow::Cow;
use std::path::Path;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::claims::Claims;
use super::private;
use super::secret::Secret;
use super::tokens::Tokens;
use super::trouble::Trouble;

const VERSION: u8 = 1;

/// Which of the provider's tokens the gateway is shown.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Shown {
    /// The ID token. Its audience is the client.
    #[default]
    Id,
    /// The access token, where the provider's are JWTs. Its audience is what --resource or --audience say.
    Access,
}

/// What `brigade login` was told, kept so that it need not be told again.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "it holds a secret")]
pub(super) struct Client {
    pub(super) issuer: String,
    pub(super) id: String,
    pub(super) secret: Option<Secret>,
    pub(super) scope: Option<String>,
    pub(super) resource: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) prompt: Option<String>,
    pub(super) redirect: Option<String>,
    pub(super) shown: Shown,
}

/// A profile.
#[derive(Clone)]
#[allow(missing_debug_implementations, reason = "it holds secrets")]
pub(super) struct Profile {
    pub(super) client: Client,
    /// The gateway.
    pub(super) endpoint: Option<String>,
    /// None once logged out.
    pub(super) tokens: Tokens,
}

/// The file, version 1. Secrets are borrowed only for as long as it is written.
#[derive(Deserialize, Serialize)]
struct Written<'a> {
    version: u8,
    issuer: Cow<'a, str>,
    client_id: Cow<'a, str>,
    client_secret: Option<Cow<'a, str>>,
    scope: Option<Cow<'a, str>>,
    resource: Option<Cow<'a, str>>,
    audience: Option<Cow<'a, str>>,
    prompt: Option<Cow<'a, str>>,
    redirect_uri: Option<Cow<'a, str>>,
    token: Shown,
    endpoint: Option<Cow<'a, str>>,
    id_token: Option<Cow<'a, str>>,
    access_token: Option<Cow<'a, str>>,
    refresh_token: Option<Cow<'a, str>>,
}

impl Profile {
    /// The profile in a file; `None` when there is none.
    pub(super) fn load(path: &Path) -> Result<Option<Self>, Trouble> {
        let Some(text) = private::read(path)? else { return Ok(None) };
        let read: Option<Written<'_>> = serde_json::from_str(&text).ok();
        let read = read.filter(|read| read.version == VERSION).ok_or_else(|| {
            format!(
                "{}: is not a profile of this version of brigade: delete it and log in again",
                path.display()
            )
        })?;
        let owned = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let secret = |text: Option<Cow<'_, str>>| text.map(|text| Secret::new(text.into_owned()));
        Ok(Some(Self {
            client: Client {
                issuer: read.issuer.into_owned(),
                id: read.client_id.into_owned(),
                secret: secret(read.client_secret),
                scope: owned(read.scope),
                resource: owned(read.resource),
                audience: owned(read.audience),
                prompt: owned(read.prompt),
                redirect: owned(read.redirect_uri),
                shown: read.token,
            },
            endpoint: owned(read.endpoint),
            tokens: Tokens {
                id: secret(read.id_token),
                access: secret(read.access_token),
                refresh: secret(read.refresh_token),
            },
        }))
    }

    /// Writes it, 0600, in place of what was there.
    pub(super) fn save(&self, path: &Path) -> Result<(), Trouble> {
        let text = |text: &Option<String>| text.clone().map(Cow::Owned);
        let client = &self.client;
        let written = Written {
            version: VERSION,
            issuer: Cow::Borrowed(&client.issuer),
            client_id: Cow::Borrowed(&client.id),
            client_secret: exposed(client.secret.as_ref()),
            scope: text(&client.scope),
            resource: text(&client.resource),
            audience: text(&client.audience),
            prompt: text(&client.prompt),
            redirect_uri: text(&client.redirect),
            token: client.shown,
            endpoint: text(&self.endpoint),
            id_token: exposed(self.tokens.id.as_ref()),
            // Of no use to who shows the ID token; what is not there cannot be stolen.
            access_token: exposed(self.tokens.access.as_ref().filter(|_| client.shown == Shown::Access)),
            refresh_token: exposed(self.tokens.refresh.as_ref()),
        };
        let text = serde_json::to_string_pretty(&written).map_err(|error| error.to_string())?;
        private::write(path, &text)
    }

    /// The token for the gateway, with what it says.
    pub(super) fn token(&self) -> Option<(&Secret, Claims)> {
        let token = match self.client.shown {
            Shown::Id => self.tokens.id.as_ref(),
            Shown::Access => self.tokens.access.as_ref(),
        };
        token.and_then(|token| Some((token, Claims::of(token)?)))
    }
}

fn exposed(secret: Option<&Secret>) -> Option<Cow<'_, str>> {
    secret.map(|secret| Cow::Borrowed(secret.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile() -> Profile {
        Profile {
            client: Client {
                issuer: "https://i.example/\"quoted\"".to_owned(),
                id: "cli".to_owned(),
                secret: None,
                scope: Some("openid".to_owned()),
                resource: None,
                audience: None,
                prompt: None,
                redirect: None,
                shown: Shown::Id,
            },
            endpoint: Some("https://s3.example".to_owned()),
            tokens: Tokens {
                id: Some(Secret::new("id.id.id")),
                access: Some(Secret::new("access")),
                refresh: Some(Secret::new("refresh")),
            },
        }
    }

    #[test]
    fn a_profile_is_read_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.json");
        assert!(Profile::load(&path).unwrap().is_none());
        profile().save(&path).unwrap();
        let read = Profile::load(&path).unwrap().unwrap();
        assert_eq!(read.client.issuer, profile().client.issuer);
        assert_eq!(read.client.scope.as_deref(), Some("openid"));
        assert_eq!(read.endpoint, profile().endpoint);
        assert_eq!(read.tokens.id.as_ref().map(Secret::expose), Some("id.id.id"));
        assert_eq!(read.tokens.refresh.as_ref().map(Secret::expose), Some("refresh"));
        assert!(read.tokens.access.is_none(), "what the gateway is never shown is not kept");
    }

    #[test]
    fn a_file_of_another_kind_is_named_and_not_overwritten_unseen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.json");
        for text in ["", "{}", "{\"version\":2,\"issuer\":\"x\",\"client_id\":\"y\",\"token\":\"id\"}"] {
            private::write(&path, text).unwrap();
            let why = Profile::load(&path).err().unwrap().to_string();
            assert!(why.contains("p.json") && why.contains("log in again"), "{why}");
        }
    }
}
