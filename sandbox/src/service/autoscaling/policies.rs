//! Scaling policies: put, delete, execute.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::policy_shapes::{StepAdjustment, TargetTrackingConfiguration};
use crate::service::codec::Nothing;
use crate::wire::error::ApiError;
use crate::world::{
    Adjustment, AdjustmentType, Aggregation, Alarm, ExecutePolicy, PolicyKind, PolicySpec, World,
};

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Put {
    auto_scaling_group_name: String,
    policy_name: String,
    policy_type: Option<PolicyType>,
    adjustment_type: Option<AdjustmentTypeName>,
    min_adjustment_magnitude: Option<u32>,
    scaling_adjustment: Option<i64>,
    cooldown: Option<u64>,
    metric_aggregation_type: Option<AggregationName>,
    step_adjustments: Option<Vec<StepAdjustment>>,
    estimated_instance_warmup: Option<u64>,
    target_tracking_configuration: Option<TargetTrackingConfiguration>,
    enabled: Option<bool>,
}

/// Predictive scaling is not modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[expect(clippy::enum_variant_names, reason = "AWS's names")]
pub(super) enum PolicyType {
    SimpleScaling,
    StepScaling,
    TargetTrackingScaling,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[expect(clippy::enum_variant_names, reason = "AWS's names")]
pub(super) enum AdjustmentTypeName {
    ChangeInCapacity,
    ExactCapacity,
    PercentChangeInCapacity,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub(super) enum AggregationName {
    Minimum,
    Maximum,
    Average,
}

impl From<AdjustmentTypeName> for AdjustmentType {
    fn from(name: AdjustmentTypeName) -> Self {
        match name {
            AdjustmentTypeName::ChangeInCapacity => Self::ChangeInCapacity,
            AdjustmentTypeName::ExactCapacity => Self::ExactCapacity,
            AdjustmentTypeName::PercentChangeInCapacity => Self::PercentChangeInCapacity,
        }
    }
}

impl From<AggregationName> for Aggregation {
    fn from(name: AggregationName) -> Self {
        match name {
            AggregationName::Minimum => Self::Minimum,
            AggregationName::Maximum => Self::Maximum,
            AggregationName::Average => Self::Average,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Written {
    #[serde(rename = "PolicyARN")]
    policy_arn: String,
    alarms: Vec<AlarmView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AlarmView {
    alarm_name: String,
    #[serde(rename = "AlarmARN")]
    alarm_arn: String,
}

impl AlarmView {
    pub(super) fn new(alarm: &Alarm) -> Self {
        Self {
            alarm_name: alarm.spec.name.clone(),
            alarm_arn: alarm.arn.clone(),
        }
    }
}

/// `Alarms` names only those that target tracking has made.
pub(super) fn put(world: &mut World, now: Timestamp, request: Put) -> Result<Written, ApiError> {
    let spec = PolicySpec {
        group: request.auto_scaling_group_name.clone(),
        name: request.policy_name.clone(),
        enabled: request.enabled.unwrap_or(true),
        kind: request.kind()?,
    };
    let tracks = matches!(spec.kind, PolicyKind::Target { .. });
    let policy = world.put_policy(now, spec)?.clone();
    let alarms = world.alarms_of(&policy).filter(|_| tracks);
    Ok(Written {
        alarms: alarms.map(AlarmView::new).collect(),
        policy_arn: policy.arn,
    })
}

impl Put {
    /// Parameters of another type are refused by name, not passed over.
    fn kind(self) -> Result<PolicyKind, ApiError> {
        let kind = self.policy_type.unwrap_or(PolicyType::SimpleScaling);
        let allowed: &[&str] = match kind {
            PolicyType::SimpleScaling => &["AdjustmentType", "ScalingAdjustment", "Cooldown"],
            PolicyType::StepScaling => &[
                "AdjustmentType",
                "StepAdjustments",
                "MetricAggregationType",
                "EstimatedInstanceWarmup",
            ],
            PolicyType::TargetTrackingScaling => {
                &["TargetTrackingConfiguration", "EstimatedInstanceWarmup"]
            }
        };
        if let Some(wrong) = self
            .given()
            .into_iter()
            .find(|name| !allowed.contains(name))
        {
            let message = format!("{wrong} is not valid for a policy of type {kind:?}.");
            return Err(ApiError::validation(message));
        }
        match kind {
            PolicyType::SimpleScaling => self.simple(),
            PolicyType::StepScaling => self.step(),
            PolicyType::TargetTrackingScaling => self.target(),
        }
    }

    fn given(&self) -> Vec<&'static str> {
        let given = [
            ("AdjustmentType", self.adjustment_type.is_some()),
            ("ScalingAdjustment", self.scaling_adjustment.is_some()),
            ("Cooldown", self.cooldown.is_some()),
            ("StepAdjustments", self.step_adjustments.is_some()),
            (
                "MetricAggregationType",
                self.metric_aggregation_type.is_some(),
            ),
            (
                "EstimatedInstanceWarmup",
                self.estimated_instance_warmup.is_some(),
            ),
            (
                "TargetTrackingConfiguration",
                self.target_tracking_configuration.is_some(),
            ),
        ];
        let given = given.into_iter().filter(|(_, given)| *given);
        given.map(|(name, _)| name).collect()
    }

    fn adjustment(&self) -> Result<Adjustment, ApiError> {
        let kind = required("AdjustmentType", self.adjustment_type)?;
        Ok(Adjustment {
            kind: kind.into(),
            min_magnitude: self.min_adjustment_magnitude,
        })
    }

    fn simple(self) -> Result<PolicyKind, ApiError> {
        Ok(PolicyKind::Simple {
            adjustment: self.adjustment()?,
            by: required("ScalingAdjustment", self.scaling_adjustment)?,
            cooldown: self.cooldown.map(Duration::from_secs),
        })
    }

    fn step(self) -> Result<PolicyKind, ApiError> {
        let adjustment = self.adjustment()?;
        let steps = required("StepAdjustments", self.step_adjustments)?;
        Ok(PolicyKind::Step {
            adjustment,
            steps: steps.into_iter().map(Into::into).collect(),
            aggregation: self.metric_aggregation_type.map(Into::into),
            warmup: self.estimated_instance_warmup.map(Duration::from_secs),
        })
    }

    fn target(self) -> Result<PolicyKind, ApiError> {
        if self.min_adjustment_magnitude.is_some() {
            let message = "MinAdjustmentMagnitude is not valid for a policy that tracks a target.";
            return Err(ApiError::validation(message));
        }
        let configuration = required(
            "TargetTrackingConfiguration",
            self.target_tracking_configuration,
        )?;
        configuration.kind(self.estimated_instance_warmup.map(Duration::from_secs))
    }
}

fn required<T>(name: &str, value: Option<T>) -> Result<T, ApiError> {
    value.ok_or_else(|| {
        let message = format!("{name} is required for a policy of this type.");
        ApiError::validation(message)
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Delete {
    auto_scaling_group_name: Option<String>,
    policy_name: String,
}

pub(super) fn delete(world: &mut World, now: Timestamp, request: &Delete) -> Result<(), ApiError> {
    let group = request.auto_scaling_group_name.as_deref();
    world.delete_policy(now, group, &request.policy_name)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Execute {
    auto_scaling_group_name: Option<String>,
    policy_name: String,
    honor_cooldown: Option<bool>,
    metric_value: Option<f64>,
    breach_threshold: Option<f64>,
}

pub(super) fn execute(world: &mut World, now: Timestamp, request: Execute) -> Result<(), ApiError> {
    let breach = match (request.metric_value, request.breach_threshold) {
        (None, None) => None,
        (Some(value), Some(threshold)) => Some((value, threshold)),
        _ => {
            let message = "MetricValue and BreachThreshold belong together.";
            return Err(ApiError::validation(message));
        }
    };
    let execute = ExecutePolicy {
        group: request.auto_scaling_group_name,
        policy: request.policy_name,
        honor_cooldown: request.honor_cooldown.unwrap_or(false),
        breach,
    };
    world.execute_policy(now, &execute)
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AdjustmentTypes {
    adjustment_types: Vec<AdjustmentTypeView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AdjustmentTypeView {
    adjustment_type: &'static str,
}

pub(super) fn adjustment_types(_request: &Nothing) -> AdjustmentTypes {
    let types = AdjustmentType::ALL.into_iter().map(AdjustmentType::name);
    let view = |adjustment_type| AdjustmentTypeView { adjustment_type };
    AdjustmentTypes {
        adjustment_types: types.map(view).collect(),
    }
}
