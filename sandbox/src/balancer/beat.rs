//! When something last moved, written by one task and waited on by another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// The moment of the last movement.
#[derive(Debug)]
pub(super) struct Beat {
    began: Instant,
    last_micros: AtomicU64,
}

impl Default for Beat {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            last_micros: AtomicU64::new(0),
        }
    }
}

impl Beat {
    /// Something moves now.
    pub(super) fn touch(&self) {
        let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.last_micros.store(micros, Ordering::Relaxed);
    }

    pub(super) fn last(&self) -> Instant {
        self.began + Duration::from_micros(self.last_micros.load(Ordering::Relaxed))
    }

    /// Waits until nothing has moved for so long.
    pub(super) async fn silence(&self, timeout: Duration) {
        loop {
            let due = self.last() + timeout;
            if due <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(due).await;
        }
    }
}
