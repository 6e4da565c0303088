//! The one place where this process looks at the clock, at chance, and at its environment.

use std::time::{SystemTime, UNIX_EPOCH};

use brigade_sigv4::Timestamp;

/// The time, for what wants the system's own type.
#[must_use]
pub(crate) fn system_time() -> SystemTime {
    #[allow(clippy::disallowed_methods, reason = "the runtime reads the clock for everybody else")]
    SystemTime::now()
}

/// Random bytes from the system.
///
/// # Errors
/// When the system has none to give.
pub(crate) fn chance<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(bytes)
}

/// A variable of the environment, if it is set and Unicode.
#[must_use]
pub(crate) fn environment(name: &str) -> Option<String> {
    #[allow(clippy::disallowed_methods, reason = "the runtime reads the environment for everybody else")]
    std::env::var(name).ok()
}

/// A moment of the system's clock, in the core's type.
#[must_use]
pub(crate) fn timestamp(time: SystemTime) -> Timestamp {
    Timestamp::from_unix(time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// A moment as the log writes it, to the millisecond: `2026-11-20T12:00:00.123Z`.
pub(crate) fn written(time: SystemTime) -> String {
    let millis = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_millis());
    timestamp(time).iso8601().replace(".000Z", &format!(".{millis:03}Z"))
}
