//! The middle and the edges of a few measurements.

use std::time::Duration;

/// Measurements, sorted.
#[derive(Debug, Clone)]
pub(crate) struct Spread(Vec<f64>);

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    pub(crate) fn of_times(times: impl IntoIterator<Item = Duration>) -> Self {
        Self::of(times.into_iter().map(|time| time.as_secs_f64()))
    }

    /// The middle one; of an even number, the upper of the two. Zero if there are none.
    pub(crate) fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or_default()
    }

    pub(crate) fn least(&self) -> f64 {
        self.0.first().copied().unwrap_or_default()
    }

    pub(crate) fn most(&self) -> f64 {
        self.0.last().copied().unwrap_or_default()
    }

    /// Median and most of times, in milliseconds: `5.1 / 9.8 ms`.
    pub(crate) fn as_times(&self) -> String {
        if self.0.is_empty() {
            return "-".to_owned();
        }
        let milliseconds = |seconds: f64| seconds * 1000.0;
        let (median, most) = (milliseconds(self.median()), milliseconds(self.most()));
        format!("{median:.1} / {most:.1} ms")
    }
}
