//! Target tracking: its two alarms, and the capacity that its target asks for.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html>

use std::collections::BTreeMap;

use super::definition::{PolicyKind, TrackedMetric};
use super::{Policy, PolicySpec, adjust};
use crate::wire::error::ApiError;
use crate::world::{AlarmActions, AlarmSpec, AlarmState, Comparison, MetricKey, Statistic, World};

/// Out after three minutes above the target, in after fifteen below nine tenths of it: what the alarms of AWS's policies say.
const HIGH_PERIODS: u32 = 3;
const LOW_PERIODS: u32 = 15;
const LOW_SHARE: f64 = 0.9;

impl World {
    /// Makes the alarms of a policy that tracks a target, and returns their names.
    pub(super) fn make_alarms(
        &mut self,
        spec: &PolicySpec,
        arn: &str,
    ) -> Result<Vec<String>, ApiError> {
        let PolicyKind::Target {
            metric,
            target,
            scale_in_disabled,
            ..
        } = &spec.kind
        else {
            return Ok(Vec::new());
        };
        let high = (Comparison::Above, HIGH_PERIODS, *target);
        let low = (Comparison::Below, LOW_PERIODS, target * LOW_SHARE);
        let sides = [("AlarmHigh", high), ("AlarmLow", low)];
        let mut names = Vec::new();
        for (side, watch) in sides
            .into_iter()
            .take(if *scale_in_disabled { 1 } else { 2 })
        {
            let name = format!("TargetTracking-{}-{side}-{}", spec.group, self.mint.uuid());
            self.put_alarm(
                self.now,
                alarm(name.clone(), &spec.group, metric, watch, arn),
            )?;
            names.push(name);
        }
        Ok(names)
    }

    /// The capacity that an alarm of a tracking policy asks for. It grows as far as this policy wants, and shrinks only as far
    /// as every tracking policy of the group wants, and not while new members warm up.
    pub(super) fn tracked(&self, policy: &Policy, alarm: &str, value: f64) -> Option<i64> {
        let comparison = self.alarm(alarm)?.spec.comparison;
        let group = self.group(&policy.spec.group)?;
        let cold = self.cold(policy, group);
        let wanted = if comparison == Comparison::Above {
            let warm = group.live().count().saturating_sub(cold);
            wanted(policy, warm, value).max(group.desired)
        } else if cold > 0 {
            return None;
        } else {
            self.smallest(policy)?.min(group.desired)
        };
        i64::try_from(wanted).ok()
    }

    /// What every tracking policy of the group that may scale in can do with; `None` while one is not ready to.
    fn smallest(&self, policy: &Policy) -> Option<usize> {
        let group = self.group(&policy.spec.group)?;
        let warm = group.live().count();
        let mut most = None;
        for other in self.policies_of(&policy.spec.group) {
            let PolicyKind::Target {
                scale_in_disabled: false,
                ..
            } = other.spec.kind
            else {
                continue;
            };
            let low = self.alarm(other.own_alarms.last()?)?;
            if !other.spec.enabled {
                continue;
            }
            if low.state != AlarmState::Alarm {
                return None;
            }
            let wanted = wanted(other, warm, self.latest(&low.spec)?);
            most = most.max(Some(wanted));
        }
        most
    }
}

fn wanted(policy: &Policy, warm: usize, value: f64) -> usize {
    match policy.spec.kind {
        PolicyKind::Target { target, .. } => adjust::tracked(warm, value, target),
        _ => warm,
    }
}

fn alarm(
    name: String,
    group: &str,
    metric: &TrackedMetric,
    (comparison, evaluation_periods, threshold): (Comparison, u32, f64),
    policy: &str,
) -> AlarmSpec {
    let (metric, statistic, unit) = watched(group, metric);
    AlarmSpec {
        name,
        description: Some(format!(
            "DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy}."
        )),
        actions_enabled: true,
        actions: AlarmActions {
            alarm: vec![policy.to_owned()],
            ..AlarmActions::default()
        },
        metric,
        statistic,
        unit,
        period: 60,
        evaluation_periods,
        datapoints_to_alarm: None,
        threshold,
        comparison,
        missing: None,
    }
}

fn watched(group: &str, metric: &TrackedMetric) -> (MetricKey, Statistic, Option<String>) {
    match metric {
        TrackedMetric::AverageCpu => {
            let dimension = ("AutoScalingGroupName".to_owned(), group.to_owned());
            let metric = MetricKey {
                namespace: "AWS/EC2".to_owned(),
                name: "CPUUtilization".to_owned(),
                dimensions: BTreeMap::from([dimension]),
            };
            (metric, Statistic::Average, None)
        }
        TrackedMetric::Custom {
            metric,
            statistic,
            unit,
        } => (metric.clone(), *statistic, unit.clone()),
    }
}
