//! How an alarm looks, and which alarms are asked for.

use serde::{Deserialize, Serialize};

use super::alarms::{StateName, statistic};
use super::shapes::{self, Dimension, StatisticName, Unit};
use crate::wire::document::Moment;
use crate::wire::error::ApiError;
use crate::world::{Alarm, AlarmState, MissingData, World};

/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct View {
    alarm_name: String,
    alarm_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alarm_description: Option<String>,
    alarm_configuration_updated_timestamp: Moment,
    actions_enabled: bool,
    #[serde(rename = "OKActions")]
    ok_actions: Vec<String>,
    alarm_actions: Vec<String>,
    insufficient_data_actions: Vec<String>,
    state_value: StateName,
    state_reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_reason_data: Option<String>,
    state_updated_timestamp: Moment,
    state_transitioned_timestamp: Moment,
    metric_name: String,
    namespace: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    statistic: Option<StatisticName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extended_statistic: Option<String>,
    dimensions: Vec<Dimension>,
    period: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    evaluation_periods: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    datapoints_to_alarm: Option<u32>,
    threshold: f64,
    comparison_operator: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    treat_missing_data: Option<&'static str>,
}

impl View {
    fn new(alarm: &Alarm) -> Self {
        let spec = alarm.spec.clone();
        Self {
            dimensions: shapes::dimensions(&spec.metric),
            alarm_name: spec.name,
            alarm_arn: alarm.arn.clone(),
            alarm_description: spec.description,
            alarm_configuration_updated_timestamp: Moment(alarm.configured),
            actions_enabled: spec.actions_enabled,
            ok_actions: spec.actions.ok,
            alarm_actions: spec.actions.alarm,
            insufficient_data_actions: spec.actions.insufficient_data,
            state_value: alarm.state.into(),
            state_reason: alarm.reason.text.clone(),
            state_reason_data: alarm.reason.data.clone(),
            state_updated_timestamp: Moment(alarm.updated),
            state_transitioned_timestamp: Moment(alarm.transitioned),
            metric_name: spec.metric.name,
            namespace: spec.metric.namespace,
            statistic: shapes::plain(spec.statistic),
            extended_statistic: shapes::extended(spec.statistic),
            period: spec.period,
            unit: spec.unit,
            evaluation_periods: spec.evaluation_periods,
            datapoints_to_alarm: spec.datapoints_to_alarm,
            threshold: spec.threshold,
            comparison_operator: spec.comparison.name(),
            treat_missing_data: spec.missing.map(MissingData::name),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    alarm_names: Option<Vec<String>>,
    alarm_name_prefix: Option<String>,
    alarm_types: Option<Vec<AlarmType>>,
    state_value: Option<StateName>,
    action_prefix: Option<String>,
    max_records: Option<usize>,
    next_token: Option<String>,
}

/// Of composite alarms there are none here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(super) enum AlarmType {
    CompositeAlarm,
    MetricAlarm,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    composite_alarms: [View; 0],
    metric_alarms: Vec<View>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Describe {
    fn wants(&self, alarm: &Alarm) -> bool {
        let spec = &alarm.spec;
        let actions = [
            &spec.actions.ok,
            &spec.actions.alarm,
            &spec.actions.insufficient_data,
        ];
        let acts = |prefix: &String| {
            let mut arns = actions.iter().flat_map(|list| list.iter());
            arns.any(|arn| arn.starts_with(prefix.as_str()))
        };
        let prefixed = |prefix: &String| spec.name.starts_with(prefix.as_str());
        let typed = |types: &Vec<AlarmType>| types.contains(&AlarmType::MetricAlarm);
        let state = |wanted: StateName| AlarmState::from(wanted) == alarm.state;
        let named = |names: &Vec<String>| names.contains(&spec.name);
        self.alarm_types.as_ref().is_none_or(typed)
            && self.alarm_names.as_ref().is_none_or(named)
            && self.alarm_name_prefix.as_ref().is_none_or(prefixed)
            && self.state_value.is_none_or(state)
            && self.action_prefix.as_ref().is_none_or(acts)
    }
}

pub(super) fn describe(world: &World, request: &Describe) -> Result<Described, ApiError> {
    if request.alarm_names.is_some() && request.alarm_name_prefix.is_some() {
        let message = "AlarmNamePrefix and AlarmNames are mutually exclusive.";
        return Err(shapes::invalid_combination(message));
    }
    let alarms = world.alarms().filter(|alarm| request.wants(alarm));
    let page = shapes::page(alarms, request.next_token.as_deref(), request.max_records)?;
    Ok(Described {
        composite_alarms: [],
        metric_alarms: page.items.into_iter().map(View::new).collect(),
        next_token: page.next,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeFor {
    metric_name: String,
    namespace: String,
    statistic: Option<StatisticName>,
    extended_statistic: Option<String>,
    dimensions: Option<Vec<Dimension>>,
    period: Option<u32>,
    unit: Option<Unit>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribedFor {
    metric_alarms: Vec<View>,
}

pub(super) fn describe_for(world: &World, request: &DescribeFor) -> Result<DescribedFor, ApiError> {
    let metric = shapes::metric(
        request.namespace.clone(),
        request.metric_name.clone(),
        request.dimensions.clone(),
    )?;
    let wanted = match (request.statistic, request.extended_statistic.as_deref()) {
        (None, None) => None,
        (plain, extended) => Some(statistic(plain, extended)?),
    };
    let unit = request.unit.map(Unit::name);
    let alarms = world.alarms().filter(|alarm| {
        let spec = &alarm.spec;
        spec.metric == metric
            && wanted.is_none_or(|wanted| spec.statistic == wanted)
            && request.period.is_none_or(|period| spec.period == period)
            && (unit.is_none() || spec.unit == unit)
    });
    Ok(DescribedFor {
        metric_alarms: alarms.map(View::new).collect(),
    })
}
