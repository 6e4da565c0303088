//! The command line.

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::configuration;
use crate::log::Format;
use crate::serving;
use crate::{explain, first_run, keygen, messages, people};

/// An S3 gateway: it stands between any S3 client and any object store.
#[derive(Debug, Parser)]
#[command(name = "brigade", version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve S3. Without a configuration: a store in ./brigade-data, a public bucket `demo`, one generated key.
    Serve(Serve),
    /// Find every mistake in a configuration file.
    Check {
        /// The file.
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// Also say what of it is otherwise in a Cloudflare Worker, and which secrets it needs there.
        #[arg(long)]
        workers: bool,
    },
    /// Say whether a configuration lets a caller do something, and by which statement: exits with 0 if so, else with 1.
    Explain(explain::Explain),
    /// Print the JSON Schema of the configuration file, for editors.
    Schema,
    /// Print a new key: for sealing sessions, or for [federation].
    Keygen(keygen::Keygen),
    /// Log in at an OpenID Connect provider, in the browser or with a code on another device.
    Login(people::Login),
    /// Delete the tokens of a login, and tell the provider.
    Logout(people::Logout),
    /// Print a role's credentials, as AWS's tools ask a `credential_process` for them.
    Credentials(people::Assume),
    /// Print a role's credentials as variables for a shell: `eval "$(brigade env --role ROLE)"`.
    Env(people::Env),
}

/// What `brigade serve` takes.
#[derive(Args, Debug)]
pub(crate) struct Serve {
    /// The configuration file, TOML or JSON.
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    pub(crate) config: Option<PathBuf>,
    /// Where to listen for S3 requests, instead of what the configuration says.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where to listen for health checks, instead of what the configuration says.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) admin: Option<SocketAddr>,
    /// Where the store keeps its data when there is no configuration.
    #[arg(long, value_name = "DIR", default_value = first_run::DIRECTORY)]
    pub(crate) data: PathBuf,
    /// How the log looks: text on a terminal and json elsewhere, if not said.
    #[arg(long, value_name = "FORMAT")]
    log: Option<LogFormat>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    /// One JSON object per request.
    Json,
    /// One line of words per request.
    Text,
}

impl Serve {
    pub(crate) fn format(&self) -> Format {
        match self.log {
            Some(LogFormat::Json) => Format::Json,
            Some(LogFormat::Text) => Format::Text,
            None if io::stdout().is_terminal() => Format::Text,
            None => Format::Json,
        }
    }
}

/// Runs the command that the process was given; see `brigade help`.
///
/// Exits with 0 when all went well, 1 when it did not, 2 when the command line is wrong.
#[must_use]
pub fn main() -> ExitCode {
    messages::start();
    let done = match Cli::parse().command {
        Command::Serve(serve) => return serving::main(&serve),
        Command::Explain(explain) => return explain::main(&explain),
        Command::Check { config, workers: false } => configuration::check(&config),
        Command::Check { config, workers: true } => configuration::check_for_workers(&config),
        Command::Schema => schema(),
        Command::Keygen(command) => keygen::keygen(&command),
        Command::Login(login) => people::login(&login),
        Command::Logout(logout) => people::logout(&logout),
        Command::Credentials(assume) => people::credentials(&assume),
        Command::Env(env) => people::env(&env),
    };
    match done {
        Ok(text) => print(&text),
        Err(why) => fail(&why),
    }
}

fn schema() -> Result<String, String> {
    serde_json::to_string_pretty(&brigade_config::schema()).map_err(|error| error.to_string())
}

pub(crate) fn print(text: &str) -> ExitCode {
    match writeln!(io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Says why nothing came of it.
pub(crate) fn fail(why: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{why}");
    ExitCode::FAILURE
}
