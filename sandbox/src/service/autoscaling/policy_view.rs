//! How a scaling policy looks, and which are asked for.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ScalingPolicy.html>

use serde::{Deserialize, Serialize};

use super::list::{FIFTY, page};
use super::policies::{AdjustmentTypeName, AggregationName, AlarmView, PolicyType};
use super::policy_shapes::{StepAdjustment, TargetTrackingConfiguration};
use crate::wire::error::ApiError;
use crate::world::{Adjustment, AdjustmentType, Aggregation, Policy, PolicyKind, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    auto_scaling_group_name: Option<String>,
    #[serde(default)]
    policy_names: Vec<String>,
    #[serde(default)]
    policy_types: Vec<PolicyType>,
    next_token: Option<String>,
    max_records: Option<usize>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    scaling_policies: Vec<View>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct View {
    auto_scaling_group_name: String,
    policy_name: String,
    #[serde(rename = "PolicyARN")]
    policy_arn: String,
    policy_type: PolicyType,
    adjustment_type: Option<AdjustmentTypeName>,
    min_adjustment_magnitude: Option<u32>,
    scaling_adjustment: Option<i64>,
    cooldown: Option<u64>,
    step_adjustments: Vec<StepAdjustment>,
    metric_aggregation_type: Option<AggregationName>,
    estimated_instance_warmup: Option<u64>,
    alarms: Vec<AlarmView>,
    target_tracking_configuration: Option<TargetTrackingConfiguration>,
    enabled: bool,
}

impl View {
    fn new(world: &World, policy: &Policy) -> Self {
        let spec = &policy.spec;
        let mut view = Self {
            auto_scaling_group_name: spec.group.clone(),
            policy_name: spec.name.clone(),
            policy_arn: policy.arn.clone(),
            policy_type: policy_type(&spec.kind),
            adjustment_type: None,
            min_adjustment_magnitude: None,
            scaling_adjustment: None,
            cooldown: None,
            step_adjustments: Vec::new(),
            metric_aggregation_type: None,
            estimated_instance_warmup: None,
            alarms: world.alarms_of(policy).map(AlarmView::new).collect(),
            target_tracking_configuration: None,
            enabled: spec.enabled,
        };
        view.tell(&spec.kind);
        view
    }

    fn tell(&mut self, kind: &PolicyKind) {
        match kind {
            PolicyKind::Simple {
                adjustment,
                by,
                cooldown,
            } => {
                self.adjust(*adjustment);
                self.scaling_adjustment = Some(*by);
                self.cooldown = cooldown.map(|time| time.as_secs());
            }
            PolicyKind::Step {
                adjustment,
                steps,
                aggregation,
                warmup,
            } => {
                self.adjust(*adjustment);
                self.step_adjustments = steps.iter().map(Into::into).collect();
                self.metric_aggregation_type = Some(aggregation_name(*aggregation));
                self.estimated_instance_warmup = warmup.map(|time| time.as_secs());
            }
            PolicyKind::Target {
                metric,
                target,
                scale_in_disabled,
                warmup,
            } => {
                let told = TargetTrackingConfiguration::of(metric, *target, *scale_in_disabled);
                self.target_tracking_configuration = Some(told);
                self.estimated_instance_warmup = warmup.map(|time| time.as_secs());
            }
        }
    }

    fn adjust(&mut self, adjustment: Adjustment) {
        self.adjustment_type = Some(match adjustment.kind {
            AdjustmentType::ChangeInCapacity => AdjustmentTypeName::ChangeInCapacity,
            AdjustmentType::ExactCapacity => AdjustmentTypeName::ExactCapacity,
            AdjustmentType::PercentChangeInCapacity => AdjustmentTypeName::PercentChangeInCapacity,
        });
        self.min_adjustment_magnitude = adjustment.min_magnitude;
    }
}

fn policy_type(kind: &PolicyKind) -> PolicyType {
    match kind {
        PolicyKind::Simple { .. } => PolicyType::SimpleScaling,
        PolicyKind::Step { .. } => PolicyType::StepScaling,
        PolicyKind::Target { .. } => PolicyType::TargetTrackingScaling,
    }
}

fn aggregation_name(aggregation: Option<Aggregation>) -> AggregationName {
    match aggregation {
        Some(Aggregation::Minimum) => AggregationName::Minimum,
        Some(Aggregation::Maximum) => AggregationName::Maximum,
        Some(Aggregation::Average) | None => AggregationName::Average,
    }
}

/// Names and types that there is nothing for are passed over.
pub(super) fn describe(world: &World, request: &Describe) -> Result<Described, ApiError> {
    let group = request.auto_scaling_group_name.as_ref();
    let (names, types) = (&request.policy_names, &request.policy_types);
    let is_asked_for = |policy: &&Policy| {
        let spec = &policy.spec;
        let matches = names.contains(&spec.name) || names.contains(&policy.arn);
        group.is_none_or(|group| *group == spec.group)
            && (names.is_empty() || matches)
            && (types.is_empty() || types.contains(&policy_type(&spec.kind)))
    };
    let shown = page(
        world.policies().filter(is_asked_for),
        request.next_token.as_deref(),
        request.max_records,
        FIFTY,
    )?;
    let policies = shown.items.into_iter();
    Ok(Described {
        scaling_policies: policies.map(|policy| View::new(world, policy)).collect(),
        next_token: shown.next,
    })
}
