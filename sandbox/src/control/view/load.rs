//! The load as it is shown.

use crate::load::{Gauge, Pulse, Second};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// A load that runs, and what its clients see.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoadView {
    /// Requests per second that are asked for.
    pub rate: f64,
    /// Requests per second that were answered lately, well or not.
    pub requests_per_second: f64,
    /// Latency lately: the median of the complete answers, in milliseconds.
    pub p50_ms: Option<f64>,
    /// One in a hundred took longer.
    pub p99_ms: Option<f64>,
    /// Failed lately.
    pub failing: u64,
    /// Over how many seconds "lately" is taken.
    pub over_seconds: usize,
    /// Sent since the start.
    pub sent: u64,
    /// Failed since the start.
    pub failed: u64,
    /// The failed by class.
    pub failures: BTreeMap<&'static str, u64>,
    /// The last seconds, oldest first.
    pub seconds: Vec<SecondView>,
}

/// One second.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SecondView {
    /// When it began.
    pub at: Timestamp,
    /// Requests that ended in it.
    pub done: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Median latency in milliseconds.
    pub p50_ms: Option<f64>,
    /// One in a hundred took longer.
    pub p99_ms: Option<f64>,
}

/// A load of `rate` requests per second, read at `now`.
pub(in crate::control) fn load(gauge: &Gauge, rate: f64, now: Timestamp) -> LoadView {
    let began = now.saturating_sub(gauge.elapsed()).unwrap_or(now);
    view(gauge.pulse(), rate, began)
}

fn view(pulse: Pulse, rate: f64, began: Timestamp) -> LoadView {
    let mut failures = pulse.totals.by_class;
    failures.remove("ok");
    LoadView {
        rate,
        requests_per_second: per_second(pulse.current.done, pulse.span),
        p50_ms: pulse.current.p50_ms,
        p99_ms: pulse.current.p99_ms,
        failing: pulse.current.failed,
        over_seconds: pulse.span,
        sent: pulse.totals.sent,
        failed: pulse.totals.failed,
        failures,
        seconds: pulse.seconds.iter().map(|s| second(s, began)).collect(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of seconds is small")]
fn per_second(done: u64, seconds: usize) -> f64 {
    if seconds == 0 {
        return 0.0;
    }
    done as f64 / seconds as f64
}

fn second(second: &Second, began: Timestamp) -> SecondView {
    let since = SignedDuration::from_secs(second.number.cast_signed());
    SecondView {
        at: began.saturating_add(since).unwrap_or(began),
        done: second.done,
        failed: second.failed,
        p50_ms: second.p50_ms,
        p99_ms: second.p99_ms,
    }
}
