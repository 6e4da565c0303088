//! One timer for all of a connection's waits.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Rings when one wait has lasted too long. A timer that was set for an earlier wait is left as it is, and set anew only
/// when it rings: requests that come one after another do not touch it.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    /// When the wait in progress has lasted too long.
    due: Option<Instant>,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    /// The wait is over; the next one begins with the next [`poll`](Self::poll).
    pub(super) fn stop(&mut self) {
        self.due = None;
    }

    /// Ready once the wait in progress has lasted for so long.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, longest: Duration) -> Poll<()> {
        let due = *self.due.get_or_insert_with(|| Instant::now() + longest);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if sleep.deadline() > due {
            sleep.as_mut().reset(due);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if sleep.deadline() >= due {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(due);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::time::{advance, pause};

    use super::*;

    #[tokio::test]
    async fn each_wait_has_its_own_time() {
        pause();
        let mut alarm = Alarm::default();
        let (short, long) = (Duration::from_secs(10), Duration::from_secs(60));
        let pending = async |alarm: &mut Alarm, longest| {
            poll_fn(|cx| Poll::Ready(alarm.poll(cx, longest))).await.is_pending()
        };
        for longest in [long, short, long] {
            alarm.stop();
            assert!(pending(&mut alarm, longest).await);
            advance(longest - Duration::from_millis(10)).await;
            assert!(pending(&mut alarm, longest).await, "{longest:?} are not over");
            advance(Duration::from_millis(20)).await;
            assert!(!pending(&mut alarm, longest).await, "{longest:?} are over");
        }
    }
}
