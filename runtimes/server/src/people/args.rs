//! What the commands are told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::profile::Shown;

/// What `brigade login` takes. All but `--device` and `--no-browser` is kept in the profile and need be said once.
#[derive(Args, Debug)]
pub(crate) struct Login {
    /// The OpenID Connect provider: the URL that its tokens name as `iss`.
    #[arg(long, value_name = "URL")]
    pub(super) issuer: Option<String>,
    /// This program's name at the provider: a public (native) client. A secret, if it has one, is BRIGADE_CLIENT_SECRET.
    #[arg(long, value_name = "ID")]
    pub(super) client_id: Option<String>,
    /// The gateway, for `brigade credentials`.
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
    /// The scopes to ask for, instead of openid, profile, email and offline_access as far as the provider knows them.
    #[arg(long, value_name = "SCOPES")]
    pub(super) scope: Option<String>,
    /// What access tokens are for (RFC 8707).
    #[arg(long, value_name = "URI")]
    pub(super) resource: Option<String>,
    /// The same, for providers that call it `audience`.
    #[arg(long, value_name = "AUDIENCE")]
    pub(super) audience: Option<String>,
    /// Which token the gateway is shown: the ID token, if not said.
    #[arg(long, value_name = "KIND")]
    pub(super) token: Option<Shown>,
    /// The `prompt` to send: `consent` together with offline_access, if not said; `""` for none.
    #[arg(long, value_name = "PROMPT")]
    pub(super) prompt: Option<String>,
    /// Where the browser comes back to, if the provider wants it registered with its port.
    #[arg(long, value_name = "URL")]
    pub(super) redirect_uri: Option<String>,
    /// Under which name the login is kept.
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Log in on another device, by a code.
    #[arg(long)]
    pub(super) device: bool,
    /// Print the URL and open no browser.
    #[arg(long, conflicts_with = "device")]
    pub(super) no_browser: bool,
}

/// What `brigade logout` takes.
#[derive(Args, Debug)]
pub(crate) struct Logout {
    /// The login to end.
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
}

/// What `brigade credentials` takes.
#[derive(Args, Debug)]
pub(crate) struct Assume {
    /// The role: its name at the gateway, or an ARN.
    #[arg(long, value_name = "ROLE")]
    pub(super) role: String,
    /// Whose login.
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// The gateway, instead of the login's; also BRIGADE_ENDPOINT.
    #[arg(long, value_name = "URL")]
    pub(super) endpoint: Option<String>,
    /// Let the token go to a gateway on another machine without TLS.
    #[arg(long)]
    pub(super) allow_http: bool,
    /// For how many seconds (900 to 43200), instead of what the gateway gives.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(900..=43_200))]
    pub(super) duration: Option<u32>,
    /// What the session is called in logs, instead of the name in the token.
    #[arg(long, value_name = "NAME")]
    pub(super) session_name: Option<String>,
    /// A file with a token, instead of a login; also BRIGADE_WEB_IDENTITY_TOKEN_FILE, or BRIGADE_WEB_IDENTITY_TOKEN with the
    /// token itself.
    #[arg(long, value_name = "FILE", conflicts_with = "profile")]
    pub(super) web_identity_token_file: Option<PathBuf>,
}

/// What `brigade env` takes.
#[derive(Args, Debug)]
pub(crate) struct Env {
    #[command(flatten)]
    pub(super) assume: Assume,
    /// For which shell.
    #[arg(long, value_name = "FORMAT", default_value = "posix")]
    pub(super) format: Format,
}

/// How variables are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// `export NAME='value'`: sh, bash, zsh.
    Posix,
    /// `set -gx NAME 'value'`.
    Fish,
    /// `$env:NAME = 'value'`.
    Powershell,
    /// One object.
    Json,
}
