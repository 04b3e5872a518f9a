//! The clock that fails a refresh: it runs while nothing gets better, and starts again with everything that does.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html>

use jiff::Timestamp;

use super::survey::{Phase, Side, Survey};

/// The best seen so far, and when. A new instance that never becomes healthy is no progress, however often it is replaced
/// (AWS does not say whether its hour starts again with each; here it does not).
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    pub(super) since: Timestamp,
    healthy: usize,
    available: usize,
}

impl Progress {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            since: now,
            healthy: 0,
            available: 0,
        }
    }

    /// Warming up, and waiting for members that drain or finish their hooks, is waiting but not being stuck.
    pub(super) fn note(&mut self, now: Timestamp, survey: &Survey) {
        let available = survey.updated_in(|p| p == Phase::Available);
        let warming = survey.updated_in(|p| p == Phase::Warming);
        let better = available > self.available || available + warming > self.healthy;
        let only_departures =
            survey.count(Side::Outdated) == 0 && !survey.departing.is_empty() && survey.replaced();
        if better || warming > 0 || only_departures {
            self.since = now;
        }
        self.available = self.available.max(available);
        self.healthy = self.healthy.max(available + warming);
    }
}
