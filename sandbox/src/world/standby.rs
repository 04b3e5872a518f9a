//! Members that are set aside: in `Standby` they stay in the group, but serve nobody, count for nothing and are not checked.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-enter-exit-standby.html>

use jiff::Timestamp;

use super::activity::{ActivityStatus, Opening};
use super::member::Step;
use super::{Activity, Group, InstanceId, Lifecycle, Process, World, cause};
use crate::wire::error::ApiError;

impl World {
    /// `EnterStandby`: the members are deregistered, drained and set aside. Unless the desired capacity is lowered by as many,
    /// others are launched in their place.
    ///
    /// # Errors
    /// `ValidationError` for an unknown group, for an instance that is not in it or not `InService`, and for a lowering below
    /// the minimum.
    pub fn enter_standby(
        &mut self,
        now: Timestamp,
        name: &str,
        ids: &[InstanceId],
        decrement: bool,
    ) -> Result<Vec<Activity>, ApiError> {
        self.catch_up(now);
        let group = self.lasting_group(name)?;
        group.check_states(ids, &[Lifecycle::InService])?;
        if decrement && group.desired < group.min + ids.len() {
            return Err(group.wrong_size("place into standby", ids.len()));
        }
        let before = group.desired;
        for (at, id) in ids.iter().enumerate() {
            let change = decrement.then(|| (before - at, before - at - 1));
            self.begin_standby(name, id, change);
        }
        let activities = self.open_activities(name, ids);
        self.settle();
        Ok(activities)
    }

    fn begin_standby(&mut self, name: &str, id: &InstanceId, change: Option<(usize, usize)>) {
        let opening = Opening {
            description: format!("Moving EC2 instance to Standby: {id}"),
            cause: cause::to_standby(id, change, self.now),
            status: ActivityStatus::InProgress,
        };
        self.open_activity(id, opening);
        if let (Some((_, to)), Some(group)) = (change, self.groups.get_mut(name)) {
            group.desired = to;
        }
        self.step(id, Step::EnterStandby);
        for arn in self.target_groups_of(id) {
            self.deregister_target(&arn, id);
        }
        if !self.is_draining(id) {
            self.reach_standby(id);
        }
    }

    /// Nothing reaches the member any more.
    pub(super) fn reach_standby(&mut self, id: &InstanceId) {
        if self.step(id, Step::StandbyReached) {
            self.end_activity(id);
        }
    }

    /// `ExitStandby`: the members are registered again and serve, without hooks; the desired capacity rises by as many. Grace
    /// period and warmup begin anew.
    ///
    /// # Errors
    /// `ValidationError` for an unknown group, for an instance that is not in it or not in `Standby`, when the desired capacity
    /// would pass the maximum, and while `Launch` is suspended.
    pub fn exit_standby(
        &mut self,
        now: Timestamp,
        name: &str,
        ids: &[InstanceId],
    ) -> Result<Vec<Activity>, ApiError> {
        self.catch_up(now);
        let group = self.lasting_group(name)?;
        group.check_states(ids, &[Lifecycle::Standby])?;
        if group.is_suspended(Process::Launch) {
            let message = format!(
                "The Launch process of AutoScalingGroup {name} is suspended. Resume it to return \
                 instances to service."
            );
            return Err(ApiError::validation(message));
        }
        if group.desired + ids.len() > group.max {
            return Err(group.wrong_size("take out of standby", ids.len()));
        }
        let before = group.desired;
        for (at, id) in ids.iter().enumerate() {
            self.end_standby(name, id, (before + at, before + at + 1));
        }
        let activities = self.open_activities(name, ids);
        self.settle();
        Ok(activities)
    }

    fn end_standby(&mut self, name: &str, id: &InstanceId, change: (usize, usize)) {
        let opening = Opening {
            description: format!("Moving EC2 instance out of Standby: {id}"),
            cause: cause::out_of_standby(id, change, self.now),
            status: ActivityStatus::PreInService,
        };
        self.open_activity(id, opening);
        if let Some(group) = self.groups.get_mut(name) {
            group.desired = change.1;
        }
        if let Some(member) = self.member_mut(id) {
            member.in_service_since = None;
        }
        self.step(id, Step::ExitStandby);
        self.register(id);
    }
}

impl Group {
    /// Every instance is a member, and in one of these states.
    pub(super) fn check_states(
        &self,
        ids: &[InstanceId],
        allowed: &[Lifecycle],
    ) -> Result<(), ApiError> {
        for id in ids {
            let name = &self.name;
            let member = self.members.get(id).ok_or_else(|| {
                let message =
                    format!("The instance {id} is not part of Auto Scaling group {name}.");
                ApiError::validation(message)
            })?;
            if !allowed.contains(&member.lifecycle) {
                let names: Vec<_> = allowed.iter().map(|state| state.name()).collect();
                let names = names.join(" or ");
                let message = format!("The instance {id} is not in {names}.");
                return Err(ApiError::validation(message));
            }
        }
        Ok(())
    }

    /// `what` is what cannot be done with `count` instances within the group's bounds.
    pub(super) fn wrong_size(&self, what: &str, count: usize) -> ApiError {
        let Self {
            name,
            min,
            max,
            desired,
            ..
        } = self;
        let plural = if count == 1 { "" } else { "s" };
        ApiError::validation(format!(
            "AutoScalingGroup {name} has min-size={min}, max-size={max}, and \
             desired-size={desired}. To {what} {count} instance{plural}, please update the \
             AutoScalingGroup sizes appropriately."
        ))
    }
}
