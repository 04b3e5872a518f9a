//! Putting data in.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html>

use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

use super::shapes::{self, Dimension, Unit, invalid_combination, invalid_value};
use crate::wire::document::Moment;
use crate::wire::error::ApiError;
use crate::world::{Datum, Measurement, World};

/// One call takes so many data, one datum so many values.
const MOST_DATA: usize = 1_000;
const MOST_VALUES: usize = 150;

/// 2^360: nothing greater is taken.
const LARGEST: f64 = 2.348_542_582_773_833_2e108;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Put {
    namespace: String,
    metric_data: Vec<MetricDatum>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct MetricDatum {
    metric_name: String,
    dimensions: Option<Vec<Dimension>>,
    timestamp: Option<Moment>,
    value: Option<f64>,
    statistic_values: Option<StatisticSet>,
    values: Option<Vec<f64>>,
    counts: Option<Vec<f64>>,
    unit: Option<Unit>,
    storage_resolution: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StatisticSet {
    sample_count: f64,
    sum: f64,
    minimum: f64,
    maximum: f64,
}

/// All or nothing: a datum that is refused takes the call with it.
pub(super) fn put(world: &mut World, now: Timestamp, request: Put) -> Result<(), ApiError> {
    if request.namespace.starts_with("AWS/") {
        let message = "The value AWS/ for parameter Namespace is invalid.";
        return Err(invalid_value(message));
    }
    if request.metric_data.len() > MOST_DATA {
        let message =
            format!("The collection MetricData must not have a size greater than {MOST_DATA}.");
        return Err(ApiError::validation(message));
    }
    let namespace = request.namespace;
    let data = request.metric_data.into_iter().enumerate();
    let measurements = data
        .map(|(at, datum)| measurement(&namespace, now, at + 1, datum))
        .collect::<Result<Vec<_>, _>>()?;
    for measurement in measurements {
        world.put_metric(now, measurement);
    }
    Ok(())
}

fn measurement(
    namespace: &str,
    now: Timestamp,
    number: usize,
    datum: MetricDatum,
) -> Result<Measurement, ApiError> {
    let path = |member: &str| format!("MetricData.member.{number}.{member}");
    let values = values(&path, &datum)?;
    let at = datum.timestamp.map(|moment| moment.0);
    if at.is_some_and(|at| at < now - (14 * 24).hours() || at > now + 2.hours()) {
        return Err(invalid_value(format!(
            "The parameter {} must specify a time no more than two weeks in the past and no more than \
             two hours in the future.",
            path("Timestamp")
        )));
    }
    let high_resolution = match datum.storage_resolution {
        None | Some(60) => false,
        Some(1) => true,
        Some(other) => {
            let name = path("StorageResolution");
            let message = format!("The value {other} for parameter {name} must be 1 or 60.");
            return Err(invalid_value(message));
        }
    };
    Ok(Measurement {
        metric: shapes::metric(namespace.to_owned(), datum.metric_name, datum.dimensions)?,
        at,
        unit: datum.unit.unwrap_or(Unit::None).name(),
        high_resolution,
        datum: values,
    })
}

fn values(path: &impl Fn(&str) -> String, datum: &MetricDatum) -> Result<Datum, ApiError> {
    match (datum.value, datum.statistic_values, &datum.values) {
        (Some(value), None, None) => {
            in_range(path, "Value", &[value])?;
            Ok(Datum::value(value))
        }
        (None, Some(set), None) => statistic_set(path, set),
        (None, None, Some(values)) => counted(path, values, datum.counts.as_deref()),
        (None, None, None) => {
            let message = format!(
                "At least one of the parameters {}, {} and {} must be specified.",
                path("Value"),
                path("Values"),
                path("StatisticValues")
            );
            Err(ApiError::new(400, "MissingParameter", message))
        }
        _ => Err(invalid_combination(format!(
            "The parameters {}, {} and {} are mutually exclusive and you have specified more than one.",
            path("Value"),
            path("Values"),
            path("StatisticValues")
        ))),
    }
}

fn statistic_set(path: &impl Fn(&str) -> String, set: StatisticSet) -> Result<Datum, ApiError> {
    in_range(
        path,
        "StatisticValues",
        &[set.sample_count, set.sum, set.minimum, set.maximum],
    )?;
    if set.sample_count <= 0.0 || set.minimum > set.maximum {
        let name = path("StatisticValues");
        let message = format!("The statistics of parameter {name} contradict each other.");
        return Err(invalid_value(message));
    }
    Ok(Datum::set(
        set.sample_count,
        set.sum,
        set.minimum,
        set.maximum,
    ))
}

fn counted(
    path: &impl Fn(&str) -> String,
    values: &[f64],
    counts: Option<&[f64]>,
) -> Result<Datum, ApiError> {
    in_range(path, "Values", values)?;
    in_range(path, "Counts", counts.unwrap_or_default())?;
    let fits = counts.is_none_or(|counts| counts.len() == values.len());
    if !fits || values.is_empty() || values.len() > MOST_VALUES {
        return Err(invalid_value(format!(
            "The parameters {} and {} must be of the same size, from 1 to {MOST_VALUES}.",
            path("Values"),
            path("Counts")
        )));
    }
    let ones = vec![1.0; values.len()];
    let pairs = values.iter().zip(counts.unwrap_or(&ones));
    let data = pairs.map(|(value, count)| Datum::times(*value, *count));
    let whole = data.reduce(|mut whole, datum| {
        whole.merge(&datum);
        whole
    });
    whole.ok_or_else(|| invalid_value(format!("The parameter {} is empty.", path("Values"))))
}

fn in_range(path: &impl Fn(&str) -> String, member: &str, values: &[f64]) -> Result<(), ApiError> {
    match values
        .iter()
        .find(|value| value.abs() > LARGEST || value.is_nan())
    {
        None => Ok(()),
        Some(value) => {
            let name = path(member);
            Err(invalid_value(format!(
                "The value {value} for parameter {name} is invalid."
            )))
        }
    }
}
