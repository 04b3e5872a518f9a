//! Setting a policy off: by an alarm, again and again while its state lasts, or by hand.

use jiff::Timestamp;

use super::definition::PolicyKind;
use super::{Policy, adjust};
use crate::wire::error::ApiError;
use crate::world::{Group, Process, World, cause};

/// What `ExecutePolicy` asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExecutePolicy {
    /// The group; needed with a name.
    pub group: Option<String>,
    /// Name or ARN.
    pub policy: String,
    /// Whether simple scaling waits for the end of its pause.
    pub honor_cooldown: bool,
    /// The metric's value and the threshold: for step scaling only, and there both.
    pub breach: Option<(f64, f64)>,
}

/// What set a policy off.
pub(super) enum Trigger<'a> {
    /// Somebody.
    User,
    /// An alarm of that name.
    Alarm(&'a str),
}

impl World {
    /// `ExecutePolicy`
    ///
    /// # Errors
    /// `ValidationError` for a policy that does not exist, that tracks a target, or that has no step for the value;
    /// `ScalingActivityInProgress` during a pause that is to be honoured.
    pub fn execute_policy(
        &mut self,
        now: Timestamp,
        request: &ExecutePolicy,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        let policy = self.known_policy(request.group.as_deref(), &request.policy)?;
        let policy = policy.clone();
        if request.honor_cooldown && self.is_cooling(&policy.spec.group) {
            let message = "Scaling activity is in cooldown and the request honors it.";
            return Err(ApiError::new(400, "ScalingActivityInProgress", message));
        }
        let wanted = match (&policy.spec.kind, request.breach) {
            (PolicyKind::Simple { .. }, None) => self.simple(&policy),
            (PolicyKind::Step { .. }, Some((value, threshold))) => {
                let wanted = self.stepped(&policy, value - threshold);
                Some(wanted.ok_or_else(|| {
                    let message = "There is no step adjustment for the metric value.";
                    ApiError::validation(message)
                })?)
            }
            (PolicyKind::Target { .. }, _) => {
                let message = "A policy of type TargetTrackingScaling cannot be executed.";
                return Err(ApiError::validation(message));
            }
            _ => {
                let message = "MetricValue and BreachThreshold are required for step scaling and not \
                               supported otherwise.";
                return Err(ApiError::validation(message));
            }
        };
        if let Some(wanted) = wanted {
            self.scale(&policy, wanted, &Trigger::User);
        }
        self.settle();
        Ok(())
    }

    /// An alarm sets off the policy of that ARN, if there is one. Says what came of it: a change of the desired capacity, or
    /// nothing.
    pub(in crate::world) fn set_off(
        &mut self,
        arn: &str,
        alarm: &str,
        value: Option<f64>,
    ) -> Option<bool> {
        let policy = self.policies.by_arn(arn)?.clone();
        let group = self.group(&policy.spec.group)?;
        if !policy.spec.enabled || group.is_suspended(Process::AlarmNotification) {
            return Some(false);
        }
        let wanted = match &policy.spec.kind {
            PolicyKind::Simple { .. } if self.is_cooling(&group.name) || is_busy(group) => None,
            PolicyKind::Simple { .. } => self.simple(&policy),
            PolicyKind::Step { .. } => {
                let threshold = self.alarm(alarm)?.spec.threshold;
                value.and_then(|value| self.stepped(&policy, value - threshold))
            }
            PolicyKind::Target { .. } => {
                value.and_then(|value| self.tracked(&policy, alarm, value))
            }
        };
        let changed =
            wanted.is_some_and(|wanted| self.scale(&policy, wanted, &Trigger::Alarm(alarm)));
        Some(changed)
    }

    fn simple(&self, policy: &Policy) -> Option<i64> {
        let PolicyKind::Simple { adjustment, by, .. } = &policy.spec.kind else {
            return None;
        };
        let group = self.group(&policy.spec.group)?;
        Some(adjust::adjusted(*adjustment, *by, group.desired))
    }

    /// Members that are not warm yet do not count as capacity, so that one breach is answered once; and while there are any,
    /// the group does not shrink.
    fn stepped(&self, policy: &Policy, distance: f64) -> Option<i64> {
        let PolicyKind::Step {
            adjustment, steps, ..
        } = &policy.spec.kind
        else {
            return None;
        };
        let step = adjust::step(steps, distance)?;
        let group = self.group(&policy.spec.group)?;
        let cold = self.cold(policy, group);
        let warm = group.desired.saturating_sub(cold);
        let wanted = adjust::adjusted(*adjustment, step.by, warm);
        let desired = i64::try_from(group.desired).unwrap_or(i64::MAX);
        Some(if cold > 0 {
            wanted.max(desired)
        } else {
            wanted
        })
    }

    /// How many live members do not count yet. Where neither policy nor group says how long they warm up, the group's default
    /// cooldown stands in.
    /// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutScalingPolicy.html>
    pub(super) fn cold(&self, policy: &Policy, group: &Group) -> usize {
        let warmup = policy.spec.kind.warmup();
        let warmup = warmup.or(group.default_warmup);
        let warmup = warmup.unwrap_or(group.default_cooldown);
        let is_warm = |since: Timestamp| since + warmup <= self.now;
        group
            .live()
            .filter(|member| !member.in_service_since.is_some_and(is_warm))
            .count()
    }

    fn is_cooling(&self, group: &str) -> bool {
        let until = self.policies.cooling_until.get(group);
        until.is_some_and(|until| *until > self.now)
    }

    /// Sets the desired capacity, within the group's bounds; `false` if it is that already.
    fn scale(&mut self, policy: &Policy, wanted: i64, trigger: &Trigger<'_>) -> bool {
        let now = self.now;
        let spec = &policy.spec;
        let Some(group) = self.groups.get_mut(&spec.group) else {
            return false;
        };
        let wanted = usize::try_from(wanted.max(0)).unwrap_or(usize::MAX);
        let wanted = wanted.clamp(group.min, group.max);
        let before = group.desired;
        if wanted == before {
            return false;
        }
        let by = match trigger {
            Trigger::User => format!("a user request executed policy {}", spec.name),
            Trigger::Alarm(alarm) => {
                format!(
                    "a monitor alarm {alarm} in state ALARM triggered policy {}",
                    spec.name
                )
            }
        };
        group.desired = wanted;
        group.capacity_cause = cause::scaled(now, &by, before, wanted);
        if let PolicyKind::Simple { cooldown, .. } = spec.kind {
            let until = now + cooldown.unwrap_or(group.default_cooldown);
            self.policies
                .cooling_until
                .insert(spec.group.clone(), until);
        }
        self.stir_group(&spec.group);
        true
    }
}

/// Simple scaling waits until the group has what it wants.
fn is_busy(group: &Group) -> bool {
    let waiting = group
        .members
        .values()
        .any(|m| m.lifecycle.is_coming() || m.lifecycle.is_leaving());
    waiting || group.live().count() != group.desired
}
