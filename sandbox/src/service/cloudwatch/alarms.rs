//! Alarms: put, delete, set by hand, actions on and off. Alarms over expressions, anomalies or queries are not modelled.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::shapes::{self, Dimension, StatisticName, Unit};
use crate::wire::error::ApiError;
use crate::world::{
    AlarmActions, AlarmReason, AlarmSpec, AlarmState, Comparison, MissingData, Statistic, World,
};

/// One call takes so many names.
const MOST_NAMES: usize = 100;

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Put {
    alarm_name: String,
    alarm_description: Option<String>,
    actions_enabled: Option<bool>,
    #[serde(rename = "OKActions", default)]
    ok_actions: Vec<String>,
    #[serde(default)]
    alarm_actions: Vec<String>,
    #[serde(default)]
    insufficient_data_actions: Vec<String>,
    metric_name: String,
    namespace: String,
    statistic: Option<StatisticName>,
    extended_statistic: Option<String>,
    dimensions: Option<Vec<Dimension>>,
    period: u32,
    unit: Option<Unit>,
    evaluation_periods: u32,
    datapoints_to_alarm: Option<u32>,
    threshold: f64,
    comparison_operator: String,
    treat_missing_data: Option<String>,
}

pub(super) fn put(world: &mut World, now: Timestamp, request: Put) -> Result<(), ApiError> {
    for list in [
        &request.ok_actions,
        &request.alarm_actions,
        &request.insufficient_data_actions,
    ] {
        check_actions(list)?;
    }
    if !request.threshold.is_finite() {
        let threshold = request.threshold;
        let message = format!("The value {threshold} for parameter Threshold is invalid.");
        return Err(shapes::invalid_value(message));
    }
    let spec = AlarmSpec {
        statistic: statistic(request.statistic, request.extended_statistic.as_deref())?,
        comparison: comparison(&request.comparison_operator)?,
        missing: missing(request.treat_missing_data.as_deref())?,
        metric: shapes::metric(request.namespace, request.metric_name, request.dimensions)?,
        name: request.alarm_name,
        description: request.alarm_description,
        actions_enabled: request.actions_enabled.unwrap_or(true),
        actions: AlarmActions {
            ok: request.ok_actions,
            alarm: request.alarm_actions,
            insufficient_data: request.insufficient_data_actions,
        },
        unit: request.unit.map(Unit::name),
        period: request.period,
        evaluation_periods: request.evaluation_periods,
        datapoints_to_alarm: request.datapoints_to_alarm,
        threshold: request.threshold,
    };
    world.put_alarm(now, spec)
}

fn check_actions(actions: &[String]) -> Result<(), ApiError> {
    let is_arn = |action: &&String| action.starts_with("arn:") && action.split(':').count() >= 6;
    match actions.iter().find(|action| !is_arn(action)) {
        None => Ok(()),
        Some(bad) => Err(ApiError::validation(format!("Invalid arn syntax: {bad}"))),
    }
}

pub(super) fn statistic(
    plain: Option<StatisticName>,
    extended: Option<&str>,
) -> Result<Statistic, ApiError> {
    match (plain, extended) {
        (Some(plain), None) => Ok(plain.into()),
        (None, Some(extended)) => shapes::percentile(extended),
        _ => Err(shapes::invalid_combination(
            "Exactly one of Statistic and ExtendedStatistic must be given.",
        )),
    }
}

fn comparison(name: &str) -> Result<Comparison, ApiError> {
    let found = Comparison::ALL.into_iter().find(|c| c.name() == name);
    found.ok_or_else(|| {
        let message = format!(
            "The value {name} for parameter ComparisonOperator is not that of an alarm with a fixed \
             threshold."
        );
        ApiError::validation(message)
    })
}

fn missing(name: Option<&str>) -> Result<Option<MissingData>, ApiError> {
    let Some(name) = name else {
        return Ok(None);
    };
    let found = MissingData::ALL.into_iter().find(|m| m.name() == name);
    found.map(Some).ok_or_else(|| {
        let message = format!("The value {name} for parameter TreatMissingData is not supported.");
        ApiError::validation(message)
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Names {
    alarm_names: Vec<String>,
}

impl Names {
    fn checked(&self) -> Result<&[String], ApiError> {
        if self.alarm_names.len() > MOST_NAMES {
            let message = format!("AlarmNames must hold at most {MOST_NAMES} names.");
            return Err(ApiError::validation(message));
        }
        Ok(&self.alarm_names)
    }
}

pub(super) fn delete(world: &mut World, now: Timestamp, request: &Names) -> Result<(), ApiError> {
    world.delete_alarms(now, request.checked()?);
    Ok(())
}

pub(super) fn enable(world: &mut World, now: Timestamp, request: &Names) -> Result<(), ApiError> {
    world.enable_alarm_actions(now, request.checked()?, true);
    Ok(())
}

pub(super) fn disable(world: &mut World, now: Timestamp, request: &Names) -> Result<(), ApiError> {
    world.enable_alarm_actions(now, request.checked()?, false);
    Ok(())
}

/// `StateValue`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum StateName {
    Ok,
    Alarm,
    InsufficientData,
}

impl From<StateName> for AlarmState {
    fn from(name: StateName) -> Self {
        match name {
            StateName::Ok => Self::Ok,
            StateName::Alarm => Self::Alarm,
            StateName::InsufficientData => Self::InsufficientData,
        }
    }
}

impl From<AlarmState> for StateName {
    fn from(state: AlarmState) -> Self {
        match state {
            AlarmState::Ok => Self::Ok,
            AlarmState::Alarm => Self::Alarm,
            AlarmState::InsufficientData => Self::InsufficientData,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct SetState {
    alarm_name: String,
    state_value: StateName,
    state_reason: String,
    state_reason_data: Option<String>,
}

pub(super) fn set_state(
    world: &mut World,
    now: Timestamp,
    request: SetState,
) -> Result<(), ApiError> {
    let data = request.state_reason_data;
    let is_json = |text: &str| serde_json::from_str::<serde_json::Value>(text).is_ok();
    if data.as_deref().is_some_and(|text| !is_json(text)) {
        let message = "StateReasonData was not provided in JSON format.";
        return Err(ApiError::new(400, "InvalidFormat", message));
    }
    let reason = AlarmReason {
        text: request.state_reason,
        data,
    };
    world.set_alarm_state(now, &request.alarm_name, request.state_value.into(), reason)
}
