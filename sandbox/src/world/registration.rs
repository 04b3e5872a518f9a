//! Targets that come and go by `RegisterTargets` and `DeregisterTargets`, and target groups that nobody forwards to. Targets
//! of an Auto Scaling group's members come and go with these: `launching`, `leaving`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-register-targets.html>

use super::agenda::Timer;
use super::{InstanceId, InstanceState, TargetReason, TargetState, World};
use crate::wire::error::ApiError;

impl World {
    /// `RegisterTargets`: all or none; what is registered already stays as it is.
    ///
    /// # Errors
    /// `TargetGroupNotFound`, `InvalidTarget`
    pub fn register_targets(&mut self, arn: &str, ids: &[InstanceId]) -> Result<(), ApiError> {
        self.known_target_group(arn)?;
        self.all_are_instances(ids)?;
        for id in ids {
            let running = |i: &super::Instance| i.state == InstanceState::Running;
            if !self.instance(id).is_some_and(running) {
                let message = format!(
                    "The following targets are not in a running state and cannot be registered: '{id}'"
                );
                return Err(invalid_target(message));
            }
        }
        for id in ids
            .iter()
            .filter(|id| !self.is_registered(arn, id))
            .cloned()
            .collect::<Vec<_>>()
        {
            self.register_target(arn, &id);
            let timer = Timer::TargetRegistered {
                target_group: arn.to_owned(),
                instance: id,
            };
            self.agenda
                .remind(self.now + self.timings.registration, timer);
        }
        Ok(())
    }

    /// `DeregisterTargets`: what is not registered, or draining already, is as good as deregistered.
    ///
    /// # Errors
    /// `TargetGroupNotFound`, `InvalidTarget`
    pub fn deregister_targets(&mut self, arn: &str, ids: &[InstanceId]) -> Result<(), ApiError> {
        self.known_target_group(arn)?;
        self.all_are_instances(ids)?;
        for id in ids {
            self.deregister_target(arn, id);
        }
        Ok(())
    }

    /// A machine is gone: wherever it was registered by hand, it is no more.
    pub(super) fn drop_targets(&mut self, id: &InstanceId) {
        let managed = self.target_groups_of(id);
        let of = |(arn, group): (&String, &super::TargetGroup)| {
            let there = group.targets.contains_key(id) && !managed.contains(arn);
            there.then(|| arn.clone())
        };
        let groups: Vec<String> = self.target_groups.iter().filter_map(of).collect();
        for arn in groups {
            self.remove_target(&arn, id);
        }
    }

    /// After a change of listeners or rules: targets behind nobody are unused, and probed from the moment that somebody
    /// forwards to them.
    pub(super) fn judge_use(&mut self) {
        let arns: Vec<String> = self.target_groups.keys().cloned().collect();
        for arn in arns {
            let used = self.is_in_use(&arn);
            let Some(group) = self.target_groups.get_mut(&arn) else {
                continue;
            };
            let mut turned = Vec::new();
            for (id, target) in &mut group.targets {
                if target.follow_use(used) {
                    turned.push(id.clone());
                }
            }
            for id in turned {
                self.entered(&arn, &id);
            }
        }
    }

    /// Whether some listener forwards to the target group.
    pub(super) fn is_in_use(&self, arn: &str) -> bool {
        !self.balancers_of(arn).is_empty()
    }

    fn is_registered(&self, arn: &str, id: &InstanceId) -> bool {
        let target = self.target_group(arn).and_then(|g| g.targets.get(id));
        target.is_some_and(|target| target.state != TargetState::Draining)
    }

    fn all_are_instances(&self, ids: &[InstanceId]) -> Result<(), ApiError> {
        match ids.iter().find(|id| self.instance(id).is_none()) {
            None => Ok(()),
            Some(id) => Err(invalid_target(format!(
                "The following targets are not valid instances: '{id}'"
            ))),
        }
    }
}

impl super::Target {
    /// Whether it has changed by that.
    fn follow_use(&mut self, used: bool) -> bool {
        match (self.state, used) {
            (TargetState::Unused, true) => {
                self.begin_anew(TargetState::Initial, TargetReason::InitialHealthChecking);
                true
            }
            (TargetState::Initial | TargetState::Healthy | TargetState::Unhealthy, false) => {
                self.begin_anew(TargetState::Unused, TargetReason::NotInUse);
                true
            }
            _ => false,
        }
    }
}

fn invalid_target(message: String) -> ApiError {
    ApiError::new(400, "InvalidTarget", message)
}
