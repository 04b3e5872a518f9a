//! The two clocks that fail a refresh. One runs while nothing gets better and starts again with everything that does; the
//! other adds up the time spent replacing.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html>

use std::time::Duration;

use jiff::Timestamp;

use super::survey::{Phase, Side, Survey};

/// The best seen so far, and when. A new instance that never becomes healthy is no progress, however often it is replaced
/// (AWS does not say whether its hour starts again with each; here it does not).
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    pub(super) since: Timestamp,
    healthy: usize,
    available: usize,
    /// How many were waited for that only somebody outside can free.
    awaited: usize,
    /// Time spent replacing until `counted`.
    worked: Duration,
    counted: Timestamp,
    resting: bool,
}

impl Progress {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            since: now,
            healthy: 0,
            available: 0,
            awaited: 0,
            worked: Duration::ZERO,
            counted: now,
            resting: false,
        }
    }

    /// The refresh is at work. Warming up, and waiting for members that drain or finish their hooks, is waiting but not being
    /// stuck.
    pub(super) fn note(&mut self, now: Timestamp, survey: &Survey) {
        self.count(now);
        self.resting = false;
        let available = survey.updated_in(|p| p == Phase::Available);
        let warming = survey.updated_in(|p| p == Phase::Warming);
        let awaited = survey.aside.awaited();
        let better = available > self.available
            || available + warming > self.healthy
            || awaited < self.awaited;
        let only_departures =
            survey.count(Side::Outdated) == 0 && !survey.departing.is_empty() && survey.replaced();
        if better || warming > 0 || only_departures {
            self.since = now;
        }
        self.awaited = awaited;
        self.available = self.available.max(available);
        self.healthy = self.healthy.max(available + warming);
    }

    /// The refresh pauses: neither clock runs until it is next at work.
    pub(super) fn rest(&mut self, now: Timestamp) {
        self.count(now);
        self.resting = true;
        self.since = now;
    }

    /// When the time for replacing is used up, if it runs.
    pub(super) fn exhausted_at(&self, longest: Duration) -> Option<Timestamp> {
        let left = longest.saturating_sub(self.worked);
        (!self.resting).then(|| self.counted + left)
    }

    /// When nothing has got better for too long, if that counts.
    pub(super) fn stuck_at(&self, patience: Duration) -> Option<Timestamp> {
        (!self.resting).then(|| self.since + patience)
    }

    fn count(&mut self, now: Timestamp) {
        if !self.resting {
            let passed = now.duration_since(self.counted);
            self.worked += Duration::try_from(passed).unwrap_or_default();
        }
        self.counted = now;
    }
}
