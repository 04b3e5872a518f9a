//! Measurements by metric and time. Standard resolution keeps one entry per minute and unit, high resolution one per second.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::Datum;
use crate::world::{MetricKey, World};

/// What is kept with a minute's resolution is kept for so long. Coarser data, which AWS keeps longer, is not made.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html>
const RETENTION: Duration = Duration::from_hours(15 * 24);

/// One datum of `PutMetricData`.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// Of what.
    pub metric: MetricKey,
    /// When; `None`: now.
    pub at: Option<Timestamp>,
    /// In which unit.
    pub unit: String,
    /// Whether it is kept by the second (`StorageResolution` 1).
    pub high_resolution: bool,
    /// The values.
    pub datum: Datum,
}

/// The values of one period.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// When the period began.
    pub start: Timestamp,
    /// The unit of all values, if they share one.
    pub unit: Option<String>,
    /// The values.
    pub datum: Datum,
}

/// Every metric.
#[derive(Debug, Clone, Default)]
pub(in crate::world) struct Metrics(BTreeMap<MetricKey, Series>);

/// By the start of the entry, then by unit.
type Series = BTreeMap<(Timestamp, String), Datum>;

impl Metrics {
    /// The values within `[from, to)`, of one unit or of all.
    pub(in crate::world) fn between(
        &self,
        metric: &MetricKey,
        unit: Option<&str>,
        (from, to): (Timestamp, Timestamp),
    ) -> Option<Point> {
        let series = self.0.get(metric)?;
        let range = (from, String::new())..(to, String::new());
        let mut point: Option<Point> = None;
        for ((_, found), datum) in series.range(range) {
            if unit.is_some_and(|wanted| wanted != found) {
                continue;
            }
            match &mut point {
                Some(point) => point.add(found, datum),
                None => point = Some(Point::new(from, found, datum)),
            }
        }
        point
    }

    fn keep(&mut self, metric: MetricKey, at: Timestamp, unit: String, datum: &Datum) {
        let series = self.0.entry(metric).or_default();
        series
            .entry((at, unit))
            .and_modify(|known| known.merge(datum))
            .or_insert_with(|| datum.clone());
    }

    fn forget(&mut self, metric: &MetricKey, now: Timestamp) {
        let Some(series) = self.0.get_mut(metric) else {
            return;
        };
        let oldest = now - RETENTION;
        while series
            .first_key_value()
            .is_some_and(|((at, _), _)| *at < oldest)
        {
            series.pop_first();
        }
    }
}

impl Point {
    fn new(start: Timestamp, unit: &str, datum: &Datum) -> Self {
        Self {
            start,
            unit: Some(unit.to_owned()),
            datum: datum.clone(),
        }
    }

    fn add(&mut self, unit: &str, datum: &Datum) {
        if self.unit.as_deref() != Some(unit) {
            self.unit = None;
        }
        self.datum.merge(datum);
    }
}

impl World {
    /// `PutMetricData`
    pub fn put_metric(&mut self, now: Timestamp, measurement: Measurement) {
        self.catch_up(now);
        self.keep(measurement);
    }

    /// The same from within, where time does not pass.
    pub(super) fn keep(&mut self, measurement: Measurement) {
        let step = if measurement.high_resolution {
            self.timings.metric_time(1)
        } else {
            self.timings.metric_minute
        };
        let at = floor(measurement.at.unwrap_or(self.now), step);
        let metric = measurement.metric.clone();
        self.metrics
            .keep(measurement.metric, at, measurement.unit, &measurement.datum);
        self.metrics.forget(&metric, self.now);
    }

    /// The values of each period of a time span that has any, oldest first. Periods begin at multiples of their length.
    pub fn metric_points(
        &self,
        metric: &MetricKey,
        unit: Option<&str>,
        period: Duration,
        (from, to): (Timestamp, Timestamp),
    ) -> Vec<Point> {
        let mut points = Vec::new();
        let mut start = floor(from, period);
        while start < to {
            let end = start + period;
            points.extend(self.metrics.between(metric, unit, (start, end)));
            start = end;
        }
        points
    }

    /// Every metric that has data, and when the last came.
    pub fn metrics(&self) -> impl Iterator<Item = (&MetricKey, Timestamp)> {
        let last = |series: &Series| series.last_key_value().map(|((at, _), _)| *at);
        let metrics = self.metrics.0.iter();
        metrics.filter_map(move |(key, series)| Some((key, last(series)?)))
    }
}

/// The last multiple of `step` that is not after `time`.
pub(in crate::world) fn floor(time: Timestamp, step: Duration) -> Timestamp {
    let step = i128::try_from(step.as_nanos().max(1)).unwrap_or(i128::MAX);
    let floored = time.as_nanosecond().div_euclid(step) * step;
    Timestamp::from_nanosecond(floored).unwrap_or(time)
}
