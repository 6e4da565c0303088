//! People and programs at their end of the wire: who they are, from an OpenID Connect provider, and the credentials that the
//! gateway gives them for it.
//!
//! ```text
//! brigade login ─► provider: authorization code with PKCE on a loopback port, or a device code ─► profile file
//! brigade credentials │ env ─► cache file, if fresh
//!                           └► profile file [─► provider: refresh] ─► gateway: AssumeRoleWithWebIdentity ─► cache file
//! ```
//!
//! Every file is made for its owner alone (0600 in 0700) and replaced as a whole. What several processes would do at once, one
//! does while the others wait for its lock: a provider may take a refresh token that is used twice for a stolen one.

mod address;
mod args;
mod browser;
mod cache;
mod claims;
mod code;
mod credentials;
mod device;
mod home;
mod login;
mod loopback;
mod private;
mod profile;
mod provider;
mod secret;
mod shell;
mod sts;
mod tokens;
mod trouble;
mod web;

use std::io::{self, Write};

pub(crate) use args::{Assume, Env, Login, Logout};

/// `brigade login`.
pub(crate) fn login(args: &Login) -> Result<String, String> {
    run(login::login(args))
}

/// `brigade logout`.
pub(crate) fn logout(args: &Logout) -> Result<String, String> {
    run(login::logout(args))
}

/// `brigade credentials`.
pub(crate) fn credentials(args: &Assume) -> Result<String, String> {
    run(credentials::assume(args)).map(|(given, _)| given.process_output())
}

/// `brigade env`.
pub(crate) fn env(args: &Env) -> Result<String, String> {
    let (given, endpoint) = run(credentials::assume(&args.assume))?;
    Ok(shell::lines(args.format, &given, &endpoint))
}

fn run<T>(task: impl Future<Output = Result<T, trouble::Trouble>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    runtime.block_on(task).map_err(|trouble| trouble.to_string())
}

/// Tells the person at the terminal; standard output is for what programs read.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Seconds since the epoch.
fn now() -> u64 {
    crate::clock::timestamp(crate::clock::system_time()).as_unix()
}

/// 32 random bytes as 43 characters that are safe in a URL.
fn chance() -> Result<String, trouble::Trouble> {
    use base64::Engine;
    let bytes: [u8; 32] = crate::clock::chance().map_err(|error| format!("no randomness: {error}"))?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}
