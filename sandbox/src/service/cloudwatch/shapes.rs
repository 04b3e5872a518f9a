//! Shapes that several operations share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::service::paging::{self, Page};
use crate::wire::error::ApiError;
use crate::world::{MetricKey, Statistic};

/// A metric has at most so many.
const MOST_DIMENSIONS: usize = 30;

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html>
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Dimension {
    pub(super) name: String,
    pub(super) value: String,
}

/// The plain statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(super) enum StatisticName {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
}

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[rustfmt::skip]
pub(super) enum Unit {
    Seconds, Microseconds, Milliseconds, Bytes, Kilobytes, Megabytes, Gigabytes, Terabytes, Bits, Kilobits, Megabits,
    Gigabits, Terabits, Percent, Count, None,
    #[serde(rename = "Bytes/Second")] BytesPerSecond,
    #[serde(rename = "Kilobytes/Second")] KilobytesPerSecond,
    #[serde(rename = "Megabytes/Second")] MegabytesPerSecond,
    #[serde(rename = "Gigabytes/Second")] GigabytesPerSecond,
    #[serde(rename = "Terabytes/Second")] TerabytesPerSecond,
    #[serde(rename = "Bits/Second")] BitsPerSecond,
    #[serde(rename = "Kilobits/Second")] KilobitsPerSecond,
    #[serde(rename = "Megabits/Second")] MegabitsPerSecond,
    #[serde(rename = "Gigabits/Second")] GigabitsPerSecond,
    #[serde(rename = "Terabits/Second")] TerabitsPerSecond,
    #[serde(rename = "Count/Second")] CountPerSecond,
}

impl Unit {
    /// Its name in the API.
    pub(super) fn name(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            _ => String::new(),
        }
    }
}

impl From<StatisticName> for Statistic {
    fn from(name: StatisticName) -> Self {
        match name {
            StatisticName::SampleCount => Self::SampleCount,
            StatisticName::Average => Self::Average,
            StatisticName::Sum => Self::Sum,
            StatisticName::Minimum => Self::Minimum,
            StatisticName::Maximum => Self::Maximum,
        }
    }
}

/// The name of a plain statistic.
pub(super) fn plain(statistic: Statistic) -> Option<StatisticName> {
    match statistic {
        Statistic::SampleCount => Some(StatisticName::SampleCount),
        Statistic::Average => Some(StatisticName::Average),
        Statistic::Sum => Some(StatisticName::Sum),
        Statistic::Minimum => Some(StatisticName::Minimum),
        Statistic::Maximum => Some(StatisticName::Maximum),
        Statistic::Percentile(_) => None,
    }
}

/// The name of an extended one.
pub(super) fn extended(statistic: Statistic) -> Option<String> {
    match statistic {
        Statistic::Percentile(percent) => Some(format!("p{percent}")),
        _ => None,
    }
}

/// `p99.9`. The trimmed and windowed statistics are not modelled.
pub(super) fn percentile(text: &str) -> Result<Statistic, ApiError> {
    text.strip_prefix('p')
        .and_then(|percent| percent.parse::<f64>().ok())
        .filter(|percent| (0.0..=100.0).contains(percent))
        .map(Statistic::Percentile)
        .ok_or_else(|| {
            let message =
                format!("The value {text} for parameter ExtendedStatistic is not a percentile.");
            invalid_value(message)
        })
}

/// A metric from its parts.
pub(super) fn metric(
    namespace: String,
    name: String,
    dimensions: Option<Vec<Dimension>>,
) -> Result<MetricKey, ApiError> {
    let dimensions = dimensions.unwrap_or_default();
    let count = dimensions.len();
    let by_name: BTreeMap<_, _> = dimensions.into_iter().map(|d| (d.name, d.value)).collect();
    if count > MOST_DIMENSIONS || by_name.len() < count {
        let message = format!(
            "The parameter Dimensions must hold at most {MOST_DIMENSIONS} dimensions, each name once."
        );
        return Err(invalid_value(message));
    }
    Ok(MetricKey {
        namespace,
        name,
        dimensions: by_name,
    })
}

/// The dimensions of a metric as the API lists them.
pub(super) fn dimensions(metric: &MetricKey) -> Vec<Dimension> {
    let pairs = metric.dimensions.iter();
    let dimension = |(name, value): (&String, &String)| Dimension {
        name: name.clone(),
        value: value.clone(),
    };
    pairs.map(dimension).collect()
}

/// `MaxRecords` and `NextToken` over a list.
pub(super) fn page<T>(
    items: impl Iterator<Item = T>,
    token: Option<&str>,
    max_records: Option<usize>,
) -> Result<Page<T>, ApiError> {
    let size = max_records.unwrap_or(50);
    if !(1..=100).contains(&size) {
        return Err(ApiError::validation(
            "MaxRecords must be between 1 and 100.",
        ));
    }
    paging::page(items, token, size)
        .map_err(|_| ApiError::new(400, "InvalidNextToken", "The specified token isn't valid."))
}

pub(super) fn invalid_value(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidParameterValue", message)
}

pub(super) fn invalid_combination(message: impl Into<String>) -> ApiError {
    ApiError::new(400, "InvalidParameterCombination", message)
}
