//! Latencies: quantiles of a stretch and the timeline of the whole load.

use hdrhistogram::Histogram;

use super::model::{Bucket, Latency, Quantiles};
use crate::load::Sample;

/// The longest latency that is told apart: far beyond any timeout. In microseconds, as everything recorded here.
const LONGEST: u64 = 3_600_000_000;
/// Three digits: an error of one in a thousand.
const DIGITS: u8 = 3;
/// A plot gains nothing from more buckets than this.
const MOST_BUCKETS: f64 = 150.0;
/// The widths a bucket may have, in seconds.
const WIDTHS: [f64; 10] = [0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];

/// Collects latencies of one stretch.
struct Stretch {
    /// `None` only if the bounds above were no bounds.
    histogram: Option<Histogram<u64>>,
    failed: u64,
}

impl Stretch {
    fn new() -> Self {
        Self {
            histogram: Histogram::new_with_bounds(1, LONGEST, DIGITS).ok(),
            failed: 0,
        }
    }

    fn add(&mut self, sample: Sample) {
        if !sample.class().is_ok() {
            self.failed += 1;
        } else if let Some(histogram) = &mut self.histogram {
            let micros = u64::try_from(sample.latency().as_micros()).unwrap_or(LONGEST);
            histogram.saturating_record(micros.max(1));
        }
    }

    fn quantiles(&self) -> Quantiles {
        let Some(histogram) = self
            .histogram
            .as_ref()
            .filter(|histogram| !histogram.is_empty())
        else {
            return Quantiles::default();
        };
        let at = |quantile| millis(histogram.value_at_quantile(quantile));
        Quantiles {
            count: histogram.len(),
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            p999_ms: at(0.999),
            max_ms: at(1.0),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an hour of microseconds is exact in an f64"
)]
fn millis(micros: u64) -> f64 {
    micros as f64 / 1e3
}

/// Quantiles before, during and after the deploy.
pub(super) fn around(samples: &[Sample], started: f64, ended: f64) -> Latency {
    let [mut before, mut during, mut after] = [Stretch::new(), Stretch::new(), Stretch::new()];
    for sample in samples {
        let due = sample.scheduled().as_secs_f64();
        if due < started {
            before.add(*sample);
        } else if due < ended {
            during.add(*sample);
        } else {
            after.add(*sample);
        }
    }
    Latency {
        before: before.quantiles(),
        during: during.quantiles(),
        after: after.quantiles(),
    }
}

/// The load cut into equal buckets, by when requests were due.
pub(super) fn timeline(samples: &[Sample], ended: f64) -> Vec<Bucket> {
    let width = WIDTHS
        .into_iter()
        .find(|width| ended / width <= MOST_BUCKETS)
        .unwrap_or(ended / MOST_BUCKETS);
    let mut ordered = samples.to_vec();
    ordered.sort_unstable_by_key(|sample| sample.scheduled());
    let mut rest = &ordered[..];
    let mut buckets: Vec<Bucket> = Vec::new();
    for number in 1_u32.. {
        let from = buckets.last().map_or(0.0, |bucket| bucket.to);
        if rest.is_empty() && from >= ended {
            break;
        }
        let to = f64::from(number) * width;
        let (within, later) =
            rest.split_at(rest.partition_point(|sample| sample.scheduled().as_secs_f64() < to));
        rest = later;
        buckets.push(bucket(within, from, to));
    }
    buckets
}

fn bucket(samples: &[Sample], from: f64, to: f64) -> Bucket {
    let mut stretch = Stretch::new();
    for sample in samples {
        stretch.add(*sample);
    }
    Bucket {
        from,
        to,
        failed: stretch.failed,
        latency: stretch.quantiles(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::load::Class;

    fn sample(due: f64, latency_ms: u64, class: Class) -> Sample {
        Sample::new(
            Duration::from_secs_f64(due),
            Duration::from_millis(latency_ms),
            class,
        )
    }

    fn near(actual: f64, expected: f64) -> bool {
        (actual - expected).abs() <= expected * 0.002
    }

    #[test]
    fn quantiles_are_of_complete_answers_only() {
        let mut samples: Vec<Sample> = (1..=1000)
            .map(|ms| sample(1.0, ms, Class::Ok(200)))
            .collect();
        samples.push(sample(1.0, 60_000, Class::Timeout));
        let during = around(&samples, 0.0, 2.0).during;
        assert_eq!(during.count, 1000);
        assert!(
            near(during.p50_ms, 500.0) && near(during.p99_ms, 990.0),
            "{during:?}"
        );
        assert!(
            near(during.p999_ms, 999.0) && near(during.max_ms, 1000.0),
            "{during:?}"
        );
    }

    #[test]
    fn a_request_belongs_to_where_it_was_due() {
        let samples = [0.0, 0.9, 1.0, 1.9, 2.0, 5.0].map(|due| sample(due, 9_000, Class::Ok(200)));
        let latency = around(&samples, 1.0, 2.0);
        let counts = [latency.before, latency.during, latency.after].map(|part| part.count);
        assert_eq!(counts, [2, 2, 2]);
    }

    #[test]
    fn the_timeline_has_no_holes_and_loses_no_request() {
        let samples = [0.05, 0.11, 2.95].map(|due| sample(due, 1, Class::Ok(200)));
        let failed = sample(0.12, 1, Class::Eof);
        let buckets = timeline(&[&samples[..], &[failed]].concat(), 3.0);
        assert_eq!(buckets.len(), 30);
        assert!(
            buckets
                .windows(2)
                .all(|pair| pair[0].to.total_cmp(&pair[1].from).is_eq())
        );
        assert_eq!(
            buckets
                .iter()
                .map(|bucket| bucket.latency.count)
                .sum::<u64>(),
            3
        );
        assert_eq!(buckets[1].failed, 1);
    }

    #[test]
    fn a_long_load_gets_wider_buckets() {
        assert!(timeline(&[], 3_600.0).len() <= 150);
        assert!(timeline(&[], 1_000_000.0).len() <= 151);
    }
}
