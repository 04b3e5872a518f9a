//! A target group: who is registered in it, how its targets are probed, deregistration. Probing and routing are the business of
//! `balancer`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::agenda::Timer;
use super::{ChangeKind, HealthCheck, InstanceId, Probe, Target, TargetReason, TargetState, World};
use crate::routing::{Algorithm, MinimumHealthy};
use crate::wire::error::ApiError;

/// What a target group is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetGroupSpec {
    /// Unique in the Region.
    pub name: String,
    /// Where the targets listen.
    pub port: u16,
    /// How they are probed.
    pub health_check: HealthCheck,
    /// `deregistration_delay.timeout_seconds`: how long a leaving target is `draining`, idle or not.
    pub deregistration_delay: Duration,
}

/// One target group.
#[derive(Debug, Clone)]
pub struct TargetGroup {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Where the targets listen.
    pub port: u16,
    /// How they are probed.
    pub health_check: HealthCheck,
    /// How long a leaving target is `draining`.
    pub deregistration_delay: Duration,
    /// `slow_start.duration_seconds`: over how long a new healthy target's part of the requests grows; zero is off.
    pub slow_start: Duration,
    /// How requests are spread.
    pub algorithm: Algorithm,
    /// With fewer healthy targets it fails open.
    pub minimum_healthy: MinimumHealthy,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The registered and the draining.
    pub targets: BTreeMap<InstanceId, Target>,
}

impl TargetGroup {
    /// A target that becomes healthy starts slowly if there is another that carries the load meanwhile: a healthy one that
    /// is not in slow start itself.
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#slow-start-mode>
    fn judge_slow_start(&mut self, id: &InstanceId, now: Timestamp) {
        let slow_start = self.slow_start;
        let serves_fully = |(other, target): (&InstanceId, &Target)| {
            let starting = target
                .slow_start
                .is_some_and(|since| now < since + slow_start);
            other != id && target.state == TargetState::Healthy && !starting
        };
        let carried = self.targets.iter().any(serves_fully);
        if let Some(target) = self.targets.get_mut(id) {
            let starts = target.state == TargetState::Healthy && carried && !slow_start.is_zero();
            target.slow_start = starts.then_some(now);
        }
    }
}

impl World {
    /// Creates a target group and returns its ARN.
    pub fn create_target_group(&mut self, spec: TargetGroupSpec) -> String {
        let resource = format!("targetgroup/{}/{}", spec.name, self.mint.short());
        let arn = self.identity.arn("elasticloadbalancing", &resource);
        let target_group = TargetGroup {
            arn: arn.clone(),
            name: spec.name,
            port: spec.port,
            health_check: spec.health_check,
            deregistration_delay: spec.deregistration_delay,
            slow_start: Duration::ZERO,
            algorithm: Algorithm::default(),
            minimum_healthy: MinimumHealthy::default(),
            tags: BTreeMap::new(),
            targets: BTreeMap::new(),
        };
        self.target_groups.insert(arn.clone(), target_group);
        arn
    }

    /// `CreateTargetGroup`: the same call again answers the same target group.
    ///
    /// # Errors
    /// `DuplicateTargetGroupName`
    pub fn add_target_group(
        &mut self,
        spec: TargetGroupSpec,
        tags: BTreeMap<String, String>,
    ) -> Result<String, ApiError> {
        let mut all = self.target_groups.values();
        if let Some(known) = all.find(|g| g.name == spec.name) {
            let same = known.port == spec.port && known.health_check == spec.health_check;
            if same && known.tags == tags {
                return Ok(known.arn.clone());
            }
            let message = format!(
                "A target group with the same name '{}' exists, but with different settings",
                spec.name
            );
            return Err(ApiError::new(400, "DuplicateTargetGroupName", message));
        }
        let arn = self.create_target_group(spec);
        self.known_target_group_mut(&arn)?.tags = tags;
        Ok(arn)
    }

    /// `DeleteTargetGroup`: one that does not exist is as good as deleted.
    ///
    /// # Errors
    /// `ResourceInUse`
    pub fn delete_target_group(&mut self, arn: &str) -> Result<(), ApiError> {
        if self.is_in_use(arn) {
            let message =
                format!("Target group '{arn}' is currently in use by a listener or a rule");
            return Err(ApiError::new(400, "ResourceInUse", message));
        }
        self.target_groups.remove(arn);
        Ok(())
    }

    /// The target group of that ARN.
    pub fn target_group(&self, arn: &str) -> Option<&TargetGroup> {
        self.target_groups.get(arn)
    }

    /// Every target group, by ARN.
    pub fn target_groups(&self) -> impl Iterator<Item = &TargetGroup> {
        self.target_groups.values()
    }

    /// The target group of that ARN, or AWS's error.
    pub(crate) fn known_target_group(&self, arn: &str) -> Result<&TargetGroup, ApiError> {
        self.target_group(arn).ok_or_else(|| not_found(arn))
    }

    /// The same, to change it.
    pub(crate) fn known_target_group_mut(
        &mut self,
        arn: &str,
    ) -> Result<&mut TargetGroup, ApiError> {
        let found = self.target_groups.get_mut(arn);
        found.ok_or_else(|| not_found(arn))
    }

    /// Input: the balancer has probed a target. Unknown ones are ignored.
    pub fn target_probed(
        &mut self,
        now: Timestamp,
        target_group_arn: &str,
        id: &InstanceId,
        probe: Probe,
    ) {
        self.catch_up(now);
        let Ok(target_group) = self.known_target_group_mut(target_group_arn) else {
            return;
        };
        let Some(target) = target_group.targets.get_mut(id) else {
            return;
        };
        let before = target.state;
        target.probed(&target_group.health_check, probe);
        if target.state != before {
            target_group.judge_slow_start(id, now);
            self.entered(target_group_arn, id);
            self.suspect(id);
        }
    }

    pub(super) fn register_target(&mut self, arn: &str, id: &InstanceId) {
        let Some(address) = self.instances.get(id).and_then(|i| i.address) else {
            return;
        };
        let mut target = Target::new(address, self.now);
        if !self.is_in_use(arn) {
            target.begin_anew(TargetState::Unused, TargetReason::NotInUse);
        }
        if let Some(target_group) = self.target_groups.get_mut(arn) {
            target_group.targets.insert(id.clone(), target);
            self.entered(arn, id);
        }
    }

    pub(super) fn begin_health_checks(&mut self, arn: &str, id: &InstanceId) {
        let target = self
            .target_groups
            .get_mut(arn)
            .and_then(|t| t.targets.get_mut(id));
        if let Some(target) = target.filter(|t| t.state == TargetState::Initial) {
            target.reason = Some(TargetReason::InitialHealthChecking);
        }
    }

    /// No new requests from now on; the target is shown as draining for the whole delay, idle or not.
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html>
    pub(super) fn deregister_target(&mut self, arn: &str, id: &InstanceId) {
        let now = self.now;
        let Some(target_group) = self.target_groups.get_mut(arn) else {
            return;
        };
        let until = now + target_group.deregistration_delay;
        let target = target_group.targets.get_mut(id);
        let Some(target) = target.filter(|t| t.state != TargetState::Draining) else {
            return;
        };
        target.state = TargetState::Draining;
        target.reason = Some(TargetReason::DeregistrationInProgress);
        target.draining_since = Some(now);
        target.draining_until = Some(until);
        self.entered(arn, id);
        let timer = Timer::Drained {
            target_group: arn.to_owned(),
            instance: id.clone(),
        };
        self.agenda.remind(until, timer);
    }

    pub(super) fn remove_target(&mut self, arn: &str, id: &InstanceId) {
        let target_group = self.target_groups.get_mut(arn);
        if target_group.and_then(|t| t.targets.remove(id)).is_some() {
            self.note(id, ChangeKind::Target(TargetState::Unused));
        }
    }

    /// A target is in another state: that is a change, and its group may have waited for it.
    pub(super) fn entered(&mut self, arn: &str, id: &InstanceId) {
        let now = self.now;
        let target = self
            .target_groups
            .get_mut(arn)
            .and_then(|t| t.targets.get_mut(id));
        let Some(target) = target else { return };
        target.since = now;
        let state = target.state;
        self.note(id, ChangeKind::Target(state));
        self.stir(id);
    }
}

fn not_found(arn: &str) -> ApiError {
    let message = format!("Target groups '{arn}' not found");
    ApiError::new(400, "TargetGroupNotFound", message)
}
