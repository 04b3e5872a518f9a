//! What went through to each target group, and what a listener answered itself: what a load balancer's metrics are made of.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html>

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;

use super::counters::Counters;

/// One target group's share since the last time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traffic {
    /// Requests that a target was chosen for.
    pub requests: u64,
    /// Responses that began.
    pub responses: u64,
    /// Of these those with a status from 500 to 599.
    pub server_errors: u64,
    /// From the request to the beginning of the response: all together.
    pub time: Duration,
    /// The shortest.
    pub shortest: Duration,
    /// The longest.
    pub longest: Duration,
}

/// Everything since the last time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traffics {
    /// By target group.
    pub groups: BTreeMap<String, Traffic>,
    /// The load balancer's own answers from 500 to 599, by the listener's port.
    pub own_errors: BTreeMap<u16, u64>,
}

/// The running account.
#[derive(Debug, Default)]
pub(super) struct Book(Mutex<Traffics>);

impl Book {
    fn open(&self) -> MutexGuard<'_, Traffics> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counters {
    /// What was counted since the last call.
    pub fn take_traffic(&self) -> Traffics {
        std::mem::take(&mut *self.book.open())
    }

    pub(super) fn count_chosen(&self, target_group: &str) {
        let mut book = self.book.open();
        book.groups
            .entry(target_group.to_owned())
            .or_default()
            .requests += 1;
    }

    pub(super) fn count_response(&self, target_group: &str, status: StatusCode, took: Duration) {
        let mut book = self.book.open();
        let group = book.groups.entry(target_group.to_owned()).or_default();
        let first = group.responses == 0;
        group.shortest = if first {
            took
        } else {
            group.shortest.min(took)
        };
        group.longest = group.longest.max(took);
        group.responses += 1;
        group.time += took;
        group.server_errors += u64::from(status.is_server_error());
    }

    pub(super) fn count_own(&self, port: u16, status: StatusCode) {
        if status.is_server_error() {
            *self.book.open().own_errors.entry(port).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traffic_is_told_once() {
        let counters = Counters::default();
        counters.count_chosen("a");
        counters.count_chosen("a");
        for (status, took) in [(200, 30), (503, 10)] {
            let status = StatusCode::from_u16(status).expect("a status");
            counters.count_response("a", status, Duration::from_millis(took));
        }
        counters.count_own(80, StatusCode::BAD_GATEWAY);
        counters.count_own(80, StatusCode::BAD_REQUEST);
        let traffics = counters.take_traffic();
        let told = traffics.groups["a"];
        assert_eq!(
            (told.requests, told.responses, told.server_errors),
            (2, 2, 1)
        );
        assert_eq!(told.shortest, Duration::from_millis(10));
        assert_eq!(
            (told.longest, told.time),
            (Duration::from_millis(30), Duration::from_millis(40))
        );
        assert_eq!(traffics.own_errors, BTreeMap::from([(80, 1)]));
        assert_eq!(counters.take_traffic(), Traffics::default());
    }
}
