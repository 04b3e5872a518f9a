//! Values of a metric that are looked at together, and the statistics over them. Pure.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>

use crate::world::Statistic;

/// So many distinct values are kept for percentiles; above it only the plain statistics are told. One call brings 150.
const MOST_VALUES: usize = 10_000;

/// Some values of one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Datum {
    count: f64,
    sum: f64,
    minimum: f64,
    maximum: f64,
    /// Each value and how often it came, by value; `None` when only the set's statistics are known.
    values: Option<Vec<(f64, f64)>>,
}

impl Datum {
    /// One value.
    pub fn value(value: f64) -> Self {
        Self::times(value, 1.0)
    }

    /// One value that came several times.
    pub fn times(value: f64, count: f64) -> Self {
        Self {
            count,
            sum: value * count,
            minimum: value,
            maximum: value,
            values: Some(vec![(value, count)]),
        }
    }

    /// A statistic set. Without the values behind it there are no percentiles, unless there is only one value.
    pub fn set(count: f64, sum: f64, minimum: f64, maximum: f64) -> Self {
        let alike = minimum.total_cmp(&maximum).is_eq();
        Self {
            count,
            sum,
            minimum,
            maximum,
            values: alike.then(|| vec![(minimum, count)]),
        }
    }

    /// How many values.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// Takes further values in.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.minimum = self.minimum.min(other.minimum);
        self.maximum = self.maximum.max(other.maximum);
        self.values = match (self.values.take(), &other.values) {
            (Some(mut mine), Some(theirs)) => {
                for (value, count) in theirs {
                    match mine.binary_search_by(|(known, _)| known.total_cmp(value)) {
                        Ok(at) => mine[at].1 += count,
                        Err(at) => mine.insert(at, (*value, *count)),
                    }
                }
                (mine.len() <= MOST_VALUES).then_some(mine)
            }
            _ => None,
        };
    }

    /// One statistic; `None` for a percentile of values that are not known, or negative.
    pub fn statistic(&self, statistic: Statistic) -> Option<f64> {
        match statistic {
            Statistic::SampleCount => Some(self.count),
            Statistic::Average => Some(self.sum / self.count),
            Statistic::Sum => Some(self.sum),
            Statistic::Minimum => Some(self.minimum),
            Statistic::Maximum => Some(self.maximum),
            Statistic::Percentile(percent) => self.percentile(percent),
        }
    }

    /// The smallest value that so many percent of the values do not exceed. How AWS interpolates is not documented.
    fn percentile(&self, percent: f64) -> Option<f64> {
        let values = self.values.as_ref().filter(|_| self.minimum >= 0.0)?;
        let wanted = self.count * percent / 100.0;
        let mut seen = 0.0;
        let reached = values.iter().find(|(_, count)| {
            seen += count;
            seen >= wanted
        });
        reached.or(values.last()).map(|(value, _)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_over_merged_values() {
        let mut datum = Datum::value(3.0);
        datum.merge(&Datum::times(1.0, 8.0));
        datum.merge(&Datum::value(9.0));
        let told = |statistic| datum.statistic(statistic);
        assert_eq!(told(Statistic::SampleCount), Some(10.0));
        assert_eq!(told(Statistic::Sum), Some(20.0));
        assert_eq!(told(Statistic::Average), Some(2.0));
        assert_eq!(told(Statistic::Minimum), Some(1.0));
        assert_eq!(told(Statistic::Maximum), Some(9.0));
        assert_eq!(told(Statistic::Percentile(50.0)), Some(1.0));
        assert_eq!(told(Statistic::Percentile(90.0)), Some(3.0));
        assert_eq!(told(Statistic::Percentile(99.0)), Some(9.0));
    }

    #[test]
    fn sets_have_no_percentiles_unless_all_values_are_alike() {
        let percentile = Statistic::Percentile(50.0);
        assert_eq!(
            Datum::set(3.0, 6.0, 2.0, 2.0).statistic(percentile),
            Some(2.0)
        );
        let mut datum = Datum::value(1.0);
        datum.merge(&Datum::set(2.0, 6.0, 2.0, 4.0));
        assert_eq!(datum.statistic(percentile), None);
        assert_eq!(datum.statistic(Statistic::Sum), Some(7.0));
        assert_eq!(Datum::value(-1.0).statistic(percentile), None);
    }
}
