use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, advance};

use super::Pace;

const WINDOW: Duration = Duration::from_secs(60);

/// After how many seconds a sender counts as stalled that moves `bytes` every `pause` seconds; `None` if it is still
/// fine after an hour. The receiver takes `busy` seconds over each of them.
async fn stalls(bytes: usize, pause: u64, busy: u64) -> Option<u64> {
    let mut pace = Pace::new(WINDOW, 1024);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3600) {
        for _ in 0..pause {
            let stalled = poll_fn(|cx| Poll::Ready(pace.poll_stalled(cx).is_ready())).await;
            if stalled {
                return Some(begun.elapsed().as_secs());
            }
            advance(Duration::from_secs(1)).await;
        }
        pace.moved(bytes);
        advance(Duration::from_secs(busy)).await;
    }
    None
}

#[tokio::test(start_paused = true)]
async fn r_dos_03_silent_and_dripping_senders_stall_and_slow_ones_do_not() {
    for (what, bytes, pause, busy, expect) in [
        ("silence", 0, 4000, 0, Some(60)),
        ("a byte every ten seconds", 1, 10, 0, Some(60)),
        ("a kilobyte every ten seconds", 1024, 10, 0, None),
        ("a hundred bytes a second", 100, 1, 0, None),
        ("a byte at once, and a receiver that takes its time", 1, 0, 300, None),
        ("a drip, and a receiver that takes its time", 1, 10, 90, Some(560)),
    ] {
        let got = stalls(bytes, pause, busy).await;
        match (got, expect) {
            (Some(got), Some(expect)) => assert!(got.abs_diff(expect) <= 100, "{what}: after {got} s"),
            (got, expect) => assert_eq!(got, expect, "{what}"),
        }
    }
}
