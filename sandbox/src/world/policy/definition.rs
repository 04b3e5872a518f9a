//! What a scaling policy says, as `PutScalingPolicy` puts it. Predictive scaling is not modelled.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html>

use std::time::Duration;

use crate::wire::error::ApiError;
use crate::world::{MetricKey, Statistic};

/// A policy takes so many steps.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html>
const MOST_STEPS: usize = 20;

/// A policy of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicySpec {
    /// The group.
    pub group: String,
    /// Unique in the group.
    pub name: String,
    /// Whether alarms set it off.
    pub enabled: bool,
    /// What it does.
    pub kind: PolicyKind,
}

/// `PolicyType`, with what belongs to each.
#[derive(Debug, Clone, PartialEq)]
pub enum PolicyKind {
    /// `SimpleScaling`: one adjustment, then a pause.
    Simple {
        /// How the number is meant.
        adjustment: Adjustment,
        /// The number.
        by: i64,
        /// The pause; `None`: the group's.
        cooldown: Option<Duration>,
    },
    /// `StepScaling`: the further from the threshold, the more.
    Step {
        /// How the numbers are meant.
        adjustment: Adjustment,
        /// The numbers, by distance from the threshold.
        steps: Vec<Step>,
        /// What is made of an alarm's values.
        aggregation: Option<Aggregation>,
        /// How long a new member does not count; `None`: the group's.
        warmup: Option<Duration>,
    },
    /// `TargetTrackingScaling`: the metric is kept near a value.
    Target {
        /// Which metric.
        metric: TrackedMetric,
        /// Which value.
        target: f64,
        /// Whether it only ever scales out.
        scale_in_disabled: bool,
        /// How long a new member does not count; `None`: the group's.
        warmup: Option<Duration>,
    },
}

/// How a number of an adjustment is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adjustment {
    /// Members or percent.
    pub kind: AdjustmentType,
    /// The least number of members that a percentage comes to.
    pub min_magnitude: Option<u32>,
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdjustmentType {
    /// So many members more or fewer.
    ChangeInCapacity,
    /// So many members.
    ExactCapacity,
    /// So many percent more or fewer.
    PercentChangeInCapacity,
}

/// What is made of an alarm's values: shown, and always the average here, which is what alarms hand over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// The smallest.
    Minimum,
    /// The largest.
    Maximum,
    /// The mean.
    Average,
}

/// One step; its bounds are distances from the alarm's threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// From; `None`: minus infinity.
    pub lower: Option<f64>,
    /// To; `None`: infinity.
    pub upper: Option<f64>,
    /// The adjustment.
    pub by: i64,
}

/// What target tracking watches.
#[derive(Debug, Clone, PartialEq)]
pub enum TrackedMetric {
    /// `ASGAverageCPUUtilization`
    AverageCpu,
    /// A metric of the user's.
    Custom {
        /// Which.
        metric: MetricKey,
        /// What is made of its values.
        statistic: Statistic,
        /// In which unit.
        unit: Option<String>,
    },
}

impl AdjustmentType {
    /// Every type.
    pub const ALL: [Self; 3] = [
        Self::ChangeInCapacity,
        Self::ExactCapacity,
        Self::PercentChangeInCapacity,
    ];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::ChangeInCapacity => "ChangeInCapacity",
            Self::ExactCapacity => "ExactCapacity",
            Self::PercentChangeInCapacity => "PercentChangeInCapacity",
        }
    }
}

impl PolicyKind {
    /// The `PolicyType` of the API.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Simple { .. } => "SimpleScaling",
            Self::Step { .. } => "StepScaling",
            Self::Target { .. } => "TargetTrackingScaling",
        }
    }

    /// How long a new member does not count, if the policy says so.
    pub(super) fn warmup(&self) -> Option<Duration> {
        match self {
            Self::Simple { .. } => None,
            Self::Step { warmup, .. } | Self::Target { warmup, .. } => *warmup,
        }
    }
}

impl PolicySpec {
    pub(super) fn check(&self) -> Result<(), ApiError> {
        match &self.kind {
            PolicyKind::Simple { adjustment, by, .. } => check_adjustment(*adjustment, *by),
            PolicyKind::Step {
                adjustment, steps, ..
            } => {
                check_steps(steps)?;
                let mut steps = steps.iter();
                steps.try_for_each(|step| check_adjustment(*adjustment, step.by))
            }
            PolicyKind::Target { target, .. } if *target > 0.0 && target.is_finite() => Ok(()),
            PolicyKind::Target { target, .. } => Err(ApiError::validation(format!(
                "TargetValue {target} must be greater than 0."
            ))),
        }
    }
}

fn check_adjustment(adjustment: Adjustment, by: i64) -> Result<(), ApiError> {
    let percent = adjustment.kind == AdjustmentType::PercentChangeInCapacity;
    if adjustment.min_magnitude.is_some() && !percent {
        let message = "MinAdjustmentMagnitude is only valid with PercentChangeInCapacity.";
        return Err(ApiError::validation(message));
    }
    if adjustment.kind == AdjustmentType::ExactCapacity && by < 0 {
        let message = "ScalingAdjustment must not be negative with ExactCapacity.";
        return Err(ApiError::validation(message));
    }
    Ok(())
}

/// Ranges must not overlap nor leave gaps, and only the outermost may be open.
fn check_steps(steps: &[Step]) -> Result<(), ApiError> {
    let invalid = |message: &str| Err(ApiError::validation(message));
    if !(1..=MOST_STEPS).contains(&steps.len()) {
        return invalid("StepAdjustments must hold from 1 to 20 steps.");
    }
    let mut sorted = steps.to_vec();
    sorted.sort_by(|a, b| lower(a).total_cmp(&lower(b)));
    if sorted.iter().any(|step| lower(step) >= upper(step)) {
        return invalid("The upper bound of a step must be greater than its lower bound.");
    }
    let joined = |pair: &[Step]| upper(&pair[0]).total_cmp(&lower(&pair[1])).is_eq();
    if !sorted.windows(2).all(joined) {
        return invalid("StepAdjustmentIntervals must not overlap and must not leave gaps.");
    }
    Ok(())
}

pub(super) fn lower(step: &Step) -> f64 {
    step.lower.unwrap_or(f64::NEG_INFINITY)
}

pub(super) fn upper(step: &Step) -> f64 {
    step.upper.unwrap_or(f64::INFINITY)
}
