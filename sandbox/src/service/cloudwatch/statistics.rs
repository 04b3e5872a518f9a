//! Reading data: statistics of one metric, several metrics at once, which metrics there are. Expressions are not modelled.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html>
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::shapes::{self, Dimension, StatisticName, Unit, invalid_combination, invalid_value};
use crate::wire::document::Moment;
use crate::wire::error::ApiError;
use crate::world::{MetricKey, Point, Statistic, World};

/// What one call may return.
const MOST_POINTS: u128 = 1_440;
const MOST_POINTS_OF_ALL: u128 = 100_800;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Ask {
    namespace: String,
    metric_name: String,
    dimensions: Option<Vec<Dimension>>,
    start_time: Moment,
    end_time: Moment,
    period: u32,
    statistics: Vec<StatisticName>,
    unit: Option<Unit>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Told {
    label: String,
    datapoints: Vec<Datapoint>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Datapoint {
    timestamp: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_count: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    average: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
}

impl Datapoint {
    fn new(point: Point, wanted: &[StatisticName]) -> Self {
        let told = |name: StatisticName| {
            let statistic = wanted.contains(&name).then_some(name)?;
            point.datum.statistic(statistic.into())
        };
        Self {
            timestamp: Moment(point.start),
            sample_count: told(StatisticName::SampleCount),
            average: told(StatisticName::Average),
            sum: told(StatisticName::Sum),
            minimum: told(StatisticName::Minimum),
            maximum: told(StatisticName::Maximum),
            unit: point.unit,
        }
    }
}

pub(super) fn statistics(world: &World, request: Ask) -> Result<Told, ApiError> {
    if request.statistics.is_empty() {
        return Err(ApiError::new(
            400,
            "MissingParameter",
            "Must specify either Statistics or ExtendedStatistics, and the latter are not modelled.",
        ));
    }
    let span = span(request.start_time, request.end_time)?;
    let period = period(request.period)?;
    let points = count(span, period);
    if points > MOST_POINTS {
        return Err(invalid_combination(format!(
            "You have requested up to {points} datapoints, which exceeds the limit of {MOST_POINTS}. You \
             may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )));
    }
    let label = request.metric_name.clone();
    let metric = shapes::metric(request.namespace, request.metric_name, request.dimensions)?;
    let unit = request.unit.map(Unit::name);
    let points = world.metric_points(&metric, unit.as_deref(), period, span);
    let datapoint = |point| Datapoint::new(point, &request.statistics);
    Ok(Told {
        label,
        datapoints: points.into_iter().map(datapoint).collect(),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Data {
    metric_data_queries: Vec<Query>,
    start_time: Moment,
    end_time: Moment,
    scan_by: Option<ScanBy>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum ScanBy {
    TimestampDescending,
    TimestampAscending,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Query {
    id: String,
    metric_stat: MetricStat,
    label: Option<String>,
    return_data: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct MetricStat {
    metric: MetricView,
    period: u32,
    stat: String,
    unit: Option<Unit>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct MetricView {
    namespace: String,
    metric_name: String,
    dimensions: Option<Vec<Dimension>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Results {
    metric_data_results: Vec<Series>,
    messages: [String; 0],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Series {
    id: String,
    label: String,
    timestamps: Vec<Moment>,
    values: Vec<f64>,
    status_code: &'static str,
}

pub(super) fn data(world: &World, request: Data) -> Result<Results, ApiError> {
    let span = span(request.start_time, request.end_time)?;
    let newest_first = request.scan_by != Some(ScanBy::TimestampAscending);
    check_ids(&request.metric_data_queries)?;
    let mut asked = 0;
    let mut results = Vec::new();
    for query in request.metric_data_queries {
        let period = period(query.metric_stat.period)?;
        asked += count(span, period);
        if asked > MOST_POINTS_OF_ALL {
            let message = format!("More than {MOST_POINTS_OF_ALL} datapoints were requested.");
            return Err(ApiError::validation(message));
        }
        let shown = query.return_data.unwrap_or(true);
        let mut series = series(world, query, period, span)?;
        if newest_first {
            series.timestamps.reverse();
            series.values.reverse();
        }
        results.extend(shown.then_some(series));
    }
    Ok(Results {
        metric_data_results: results,
        messages: [],
    })
}

/// Each begins with a lower case letter, and no two are the same.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html>
fn check_ids(queries: &[Query]) -> Result<(), ApiError> {
    let mut seen = BTreeSet::new();
    for Query { id, .. } in queries {
        let begins = id.starts_with(|first: char| first.is_ascii_lowercase());
        let plain = id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !begins || !plain || id.len() > 255 {
            let message = format!(
                "The value {id} for parameter MetricDataQueries.member.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
            );
            return Err(ApiError::validation(message));
        }
        if !seen.insert(id) {
            let message =
                format!("The values for parameter id in MetricDataQueries are not unique: {id}.");
            return Err(ApiError::validation(message));
        }
    }
    Ok(())
}

fn series(
    world: &World,
    query: Query,
    period: Duration,
    span: (Timestamp, Timestamp),
) -> Result<Series, ApiError> {
    let asked = query.metric_stat;
    let statistic = named(&asked.stat)?;
    let name = asked.metric.metric_name.clone();
    let metric = asked.metric.key()?;
    let unit = asked.unit.map(Unit::name);
    let points = world.metric_points(&metric, unit.as_deref(), period, span);
    let told = points
        .iter()
        .filter_map(|point| Some((Moment(point.start), point.datum.statistic(statistic)?)));
    let (timestamps, values) = told.unzip();
    Ok(Series {
        id: query.id,
        label: query.label.unwrap_or(name),
        timestamps,
        values,
        status_code: "Complete",
    })
}

impl MetricView {
    fn key(self) -> Result<MetricKey, ApiError> {
        shapes::metric(self.namespace, self.metric_name, self.dimensions)
    }

    pub(super) fn of(key: &MetricKey) -> Self {
        Self {
            namespace: key.namespace.clone(),
            metric_name: key.name.clone(),
            dimensions: Some(shapes::dimensions(key)),
        }
    }
}

fn named(stat: &str) -> Result<Statistic, ApiError> {
    match stat {
        "SampleCount" => Ok(Statistic::SampleCount),
        "Average" => Ok(Statistic::Average),
        "Sum" => Ok(Statistic::Sum),
        "Minimum" => Ok(Statistic::Minimum),
        "Maximum" => Ok(Statistic::Maximum),
        other => shapes::percentile(other),
    }
}

fn span(start: Moment, end: Moment) -> Result<(Timestamp, Timestamp), ApiError> {
    if start < end {
        return Ok((start.0, end.0));
    }
    Err(invalid_combination(
        "The parameter StartTime must be less than the parameter EndTime.",
    ))
}

fn period(seconds: u32) -> Result<Duration, ApiError> {
    let good = matches!(seconds, 1 | 5 | 10 | 20 | 30) || seconds.is_multiple_of(60);
    if seconds > 0 && good {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let message = format!(
        "The value {seconds} for parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60."
    );
    Err(invalid_value(message))
}

fn count((from, to): (Timestamp, Timestamp), period: Duration) -> u128 {
    let length = to.duration_since(from).as_nanos().unsigned_abs();
    length.div_ceil(period.as_nanos().max(1))
}
