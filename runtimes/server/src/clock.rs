//! The one place where this process looks at the clock, at chance, and at its environment.

use std::cell::RefCell;
use std::time::{SystemTime, UNIX_EPOCH};

use brigade_sigv4::Timestamp;
use zeroize::Zeroizing;

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

/// Random bytes for one request: of the system's, 32 times as many are asked for at once, and none is given twice.
///
/// # Errors
/// When the system has none to give.
pub(crate) fn seed() -> std::io::Result<[u8; 32]> {
    STOCK.with_borrow_mut(|stock| {
        if stock.is_empty() {
            let mut fresh = Zeroizing::new([0; 1024]);
            getrandom::fill(&mut *fresh).map_err(std::io::Error::other)?;
            stock.extend(fresh.as_chunks().0);
        }
        // What is taken is gone from the stock, and overwritten by the next filling.
        stock.pop().ok_or_else(|| std::io::Error::other("no random bytes"))
    })
}

thread_local! {
    static STOCK: RefCell<Vec<[u8; 32]>> = const { RefCell::new(Vec::new()) };
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

/// A moment as the log writes it, to the millisecond: `2026-11-20T12:00:00.123Z`. What precedes the milliseconds is made once
/// a second on each thread.
pub(crate) fn written(time: SystemTime) -> String {
    thread_local! {
        static SECOND: RefCell<(Option<Timestamp>, String)> = const { RefCell::new((None, String::new())) };
    }
    let millis = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_millis());
    let now = timestamp(time);
    SECOND.with_borrow_mut(|(at, text)| {
        if *at != Some(now) {
            *at = Some(now);
            *text = now.iso8601_at(0);
        }
        let digit = |value: u32| char::from(b'0' + (value % 10).to_le_bytes()[0]);
        let mut written = String::with_capacity(text.len());
        written.push_str(text.strip_suffix("000Z").unwrap_or(text));
        written.extend([digit(millis / 100), digit(millis / 10), digit(millis), 'Z']);
        written
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use super::*;

    #[test]
    fn no_seed_is_given_twice() {
        let seeds = || (0..1000).map(|_| seed().unwrap()).collect::<Vec<_>>();
        let other = std::thread::spawn(seeds).join().unwrap();
        let all: HashSet<_> = seeds().into_iter().chain(other).collect();
        assert_eq!(all.len(), 2000);
    }

    #[test]
    fn moments_are_written_to_the_millisecond() {
        for (millis, expect) in [
            (1_795_176_000_045, "2026-11-20T12:00:00.045Z"),
            (1_795_176_000_999, "2026-11-20T12:00:00.999Z"),
            (1_795_176_001_000, "2026-11-20T12:00:01.000Z"),
            (1_795_176_000_120, "2026-11-20T12:00:00.120Z"),
        ] {
            assert_eq!(written(UNIX_EPOCH + Duration::from_millis(millis)), expect);
        }
    }
}
