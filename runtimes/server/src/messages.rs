//! What the process says of itself, on standard error: starts, warnings, failures.
//!
//! `BRIGADE_LOG` is `off`, `error`, `warn`, `info` (the default), `debug` or `trace`. Whatever it says, libraries stay
//! silent: at their lower levels they print headers, and with them signatures.

use std::io::IsTerminal;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

use crate::clock;

pub(crate) fn start() {
    let wish = clock::environment("BRIGADE_LOG");
    let level = wish.as_deref().map(str::parse::<LevelFilter>);
    let (level, wrong) = match level {
        None => (LevelFilter::INFO, false),
        Some(Ok(level)) => (level, false),
        Some(Err(_)) => (LevelFilter::INFO, true),
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .without_time();
    let ours = Targets::new().with_target("brigade", level);
    let ours = ["server", "gateway", "store", "config", "s3", "policy", "sigv4"]
        .into_iter()
        .fold(ours, |ours, part| ours.with_target(format!("brigade_{part}"), level));
    let _ = tracing_subscriber::registry().with(lines.with_filter(ours)).try_init();
    if wrong {
        tracing::warn!("BRIGADE_LOG is none of off, error, warn, info, debug, trace: taking info");
    }
}
