//! A running load lately, second by second: what can be watched while it runs. Requests count in the second in which they
//! end, so that what a second shows does not change any more. Pure: time is an argument.

use std::collections::VecDeque;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::sample::{Sample, Totals};

/// Seconds that are remembered: what a page shows at a glance.
const KEPT: usize = 180;
/// Seconds that the current figures are taken over: long enough for a p99 of a small load to be more than its slowest
/// request.
const CURRENT: usize = 10;
/// The longest latency that is told apart, in microseconds: beyond every timeout.
const LONGEST: u64 = 120_000_000;
/// Two digits: an error of one in a hundred, in a quarter of the room.
const DIGITS: u8 = 2;

/// One second of a load.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Second {
    /// Which one, counted from the start of the load.
    pub number: u64,
    /// Requests that ended, well or not.
    pub done: u64,
    /// Requests that failed.
    pub failed: u64,
    /// The median latency of the complete answers, in milliseconds; `None` when there were none.
    pub p50_ms: Option<f64>,
    /// One in a hundred took longer.
    pub p99_ms: Option<f64>,
}

/// A load lately.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pulse {
    /// The counts since the start.
    pub totals: Totals,
    /// The last seconds, without the one that runs.
    pub seconds: Vec<Second>,
    /// The last few of them together: `done` and `failed` are sums.
    pub current: Second,
    /// How many those are.
    pub span: usize,
}

/// What is known of the last seconds.
#[derive(Debug, Default)]
pub(super) struct Meter {
    seconds: VecDeque<Second>,
    latencies: VecDeque<Latencies>,
    running: Stretch,
}

impl Meter {
    pub(super) fn record(&mut self, sample: Sample) {
        self.advance(sample.scheduled() + sample.latency());
        self.running.second.done += 1;
        if sample.class().is_ok() {
            self.running.latencies.add(sample.latency());
        } else {
            self.running.second.failed += 1;
        }
    }

    pub(super) fn pulse(&mut self, elapsed: Duration, totals: Totals) -> Pulse {
        self.advance(elapsed);
        let mut current = Stretch::default();
        for latencies in &self.latencies {
            current.latencies.merge(latencies);
        }
        let span = self.seconds.len().min(CURRENT);
        for second in self.seconds.iter().rev().take(span) {
            current.second.done += second.done;
            current.second.failed += second.failed;
        }
        Pulse {
            totals,
            seconds: self.seconds.iter().copied().collect(),
            current: current.closed().0,
            span,
        }
    }

    /// Closes every second before this moment.
    fn advance(&mut self, elapsed: Duration) {
        let number = elapsed.as_secs();
        // After a long silence only the seconds that are remembered matter.
        let first = number.saturating_sub(KEPT as u64);
        if self.running.second.number < first {
            self.running = Stretch::default();
            self.running.second.number = first;
        }
        while self.running.second.number < number {
            let next = self.running.second.number + 1;
            let (second, latencies) = std::mem::take(&mut self.running).closed();
            push(&mut self.seconds, second, KEPT);
            push(&mut self.latencies, latencies, CURRENT);
            self.running.second.number = next;
        }
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T, most: usize) {
    queue.extend([item]);
    if queue.len() > most {
        queue.pop_front();
    }
}

/// A second that is being counted.
#[derive(Debug)]
struct Stretch {
    second: Second,
    latencies: Latencies,
}

/// `None` only if the bounds above were no bounds.
#[derive(Debug, Clone)]
struct Latencies(Option<Histogram<u64>>);

impl Default for Stretch {
    fn default() -> Self {
        Self {
            second: Second::default(),
            latencies: Latencies(Histogram::new_with_bounds(1, LONGEST, DIGITS).ok()),
        }
    }
}

impl Stretch {
    fn closed(mut self) -> (Second, Latencies) {
        self.second.p50_ms = self.latencies.millis_at(0.5);
        self.second.p99_ms = self.latencies.millis_at(0.99);
        (self.second, self.latencies)
    }
}

impl Latencies {
    fn add(&mut self, latency: Duration) {
        if let Some(histogram) = &mut self.0 {
            let micros = u64::try_from(latency.as_micros()).unwrap_or(LONGEST);
            histogram.saturating_record(micros.max(1));
        }
    }

    fn merge(&mut self, other: &Self) {
        if let (Some(histogram), Some(other)) = (&mut self.0, &other.0) {
            // Both have the same bounds, so everything fits.
            let _ = histogram.add(other);
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "two minutes of microseconds are exact in an f64"
    )]
    fn millis_at(&self, quantile: f64) -> Option<f64> {
        let histogram = self.0.as_ref().filter(|histogram| !histogram.is_empty())?;
        Some(histogram.value_at_quantile(quantile) as f64 / 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Class;

    fn sample(due: f64, millis: u64, class: Class) -> Sample {
        Sample::new(
            Duration::from_secs_f64(due),
            Duration::from_millis(millis),
            class,
        )
    }

    fn pulse(meter: &mut Meter, elapsed: f64) -> Pulse {
        meter.pulse(Duration::from_secs_f64(elapsed), Totals::default())
    }

    #[test]
    fn a_request_counts_in_the_second_in_which_it_ends() {
        let mut meter = Meter::default();
        meter.record(sample(0.1, 10, Class::Ok(200)));
        meter.record(sample(0.9, 200, Class::Eof));
        let seen = pulse(&mut meter, 2.0);
        let counts: Vec<_> = seen
            .seconds
            .iter()
            .map(|s| (s.number, s.done, s.failed))
            .collect();
        assert_eq!(counts, [(0, 1, 0), (1, 1, 1)]);
        assert!(
            seen.seconds[0]
                .p50_ms
                .is_some_and(|p50| (9.9..10.2).contains(&p50))
        );
        assert_eq!(seen.seconds[1].p99_ms, None, "a failure has no latency");
        assert_eq!(
            (seen.current.done, seen.current.failed, seen.span),
            (2, 1, 2)
        );
    }

    #[test]
    fn the_second_that_runs_is_not_shown() {
        let mut meter = Meter::default();
        meter.record(sample(0.1, 10, Class::Ok(200)));
        assert_eq!(pulse(&mut meter, 0.9), Pulse::default());
    }

    #[test]
    fn silence_is_shown_as_such_and_costs_nothing() {
        let mut meter = Meter::default();
        meter.record(sample(0.1, 10, Class::Ok(200)));
        let seen = pulse(&mut meter, 1e9);
        assert_eq!(seen.seconds.len(), KEPT);
        assert!(seen.seconds.iter().all(|second| second.done == 0));
        assert_eq!(
            seen.seconds.last().map(|last| last.number),
            Some(999_999_999)
        );
    }

    #[test]
    fn the_current_figures_are_of_the_last_seconds_together() {
        let mut meter = Meter::default();
        for tenth in 0..150_u32 {
            let slow = if tenth == 140 { 500 } else { 2 };
            meter.record(sample(f64::from(tenth) / 10.0, slow, Class::Ok(200)));
        }
        let seen = pulse(&mut meter, 15.6);
        assert_eq!((seen.span, seen.current.done), (CURRENT, 100));
        assert!(seen.current.p50_ms.is_some_and(|p50| p50 < 3.0));
        assert!(
            seen.current.p99_ms.is_some_and(|p99| p99 < 3.0),
            "one in a hundred"
        );
    }
}
