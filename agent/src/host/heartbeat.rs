//! When a hook must hear from the agent again.

use rand::RngExt;
use std::time::Duration;
use tokio::time::Instant;

/// The rhythm of heartbeats.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: Duration,
    next: Instant,
}

impl Heartbeat {
    /// The first one is due after one interval: the hook has just begun to wait.
    pub(super) fn new(interval: Duration, now: Instant) -> Self {
        Self {
            interval,
            next: now + jittered(interval),
        }
    }

    /// Whether one is due.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        now >= self.next
    }

    /// One was sent, with whatever success.
    pub(super) fn sent(&mut self, now: Instant) {
        self.next = now + jittered(self.interval);
    }
}

/// Up to a fifth earlier, so that a group's instances, launched together, do not call together for ever.
fn jittered(interval: Duration) -> Duration {
    interval.mul_f64(rand::rng().random_range(0.8..=1.0))
}
