//! Instances that leave a group and go on running, and such that are taken into one.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-detach-attach-instances.html>

use jiff::Timestamp;

use super::activity::{ActivityStatus, Opening};
use super::member::{Step, Why};
use super::{
    Activity, ChangeKind, Group, Health, Instance, InstanceId, InstanceState, Lifecycle, Member,
    World, cause,
};
use crate::wire::error::ApiError;

/// The system's tag that says which group an instance is in.
const GROUP_TAG: &str = "aws:autoscaling:groupName";

impl World {
    /// `DetachInstances`: the members are deregistered, drained and let go without hooks; they go on running. Unless the desired
    /// capacity is lowered by as many, others are launched in their place. Own choice: a member in `Standby` does not count
    /// towards the capacity, so it cannot lower it.
    ///
    /// # Errors
    /// `ValidationError` for an unknown group, for an instance that is not in it or neither `InService` nor in `Standby`, and
    /// for a lowering below the minimum.
    pub fn detach_instances(
        &mut self,
        now: Timestamp,
        name: &str,
        ids: &[InstanceId],
        decrement: bool,
    ) -> Result<Vec<Activity>, ApiError> {
        self.catch_up(now);
        let group = self.lasting_group(name)?;
        group.check_states(ids, &[Lifecycle::InService, Lifecycle::Standby])?;
        let counted = ids.iter().filter_map(|id| group.members.get(id));
        let lowering = if decrement {
            counted.filter(|member| member.is_live()).count()
        } else {
            0
        };
        if group.desired < group.min + lowering {
            return Err(group.wrong_size("detach", lowering));
        }
        for id in ids {
            self.open_detaching(name, id, decrement);
        }
        let activities = self.open_activities(name, ids);
        for id in ids {
            self.begin_detaching(id);
        }
        self.settle();
        Ok(activities)
    }

    fn open_detaching(&mut self, name: &str, id: &InstanceId, decrement: bool) {
        let counts = self.member(id).is_some_and(Member::is_live);
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        let before = group.desired;
        if decrement && counts {
            group.desired -= 1;
        }
        let change = (group.desired != before).then_some((before, group.desired));
        let opening = Opening {
            description: format!("Detaching EC2 instance: {id}"),
            cause: cause::detached(id, change, self.now),
            status: ActivityStatus::InProgress,
        };
        self.open_activity(id, opening);
    }

    fn begin_detaching(&mut self, id: &InstanceId) {
        self.step(id, Step::Detach);
        for arn in self.target_groups_of(id) {
            self.deregister_target(&arn, id);
        }
        if !self.is_draining(id) {
            self.detached(id);
        }
    }

    /// Nothing reaches the member any more: it is out of the group. Its protection goes with it.
    pub(super) fn detached(&mut self, id: &InstanceId) {
        if !self.step(id, Step::DetachingDone) {
            return;
        }
        self.end_activity(id);
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        let name = std::mem::take(&mut instance.group);
        instance.tags.remove(GROUP_TAG);
        if let Some(group) = self.groups.get_mut(&name) {
            group.members.remove(id);
        }
        self.bury(&name);
    }

    /// `AttachInstances`: running instances that are in no group are taken in, registered and put in service without hooks; the
    /// desired capacity rises by as many.
    ///
    /// # Errors
    /// `ValidationError` for an unknown group, for an instance that does not run, is in a group or in a zone that the group does
    /// not use, and when the desired capacity would pass the maximum.
    pub fn attach_instances(
        &mut self,
        now: Timestamp,
        name: &str,
        ids: &[InstanceId],
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        let group = self.lasting_group(name)?;
        for id in ids {
            group.check_fits(id, self.instance(id))?;
        }
        if group.desired + ids.len() > group.max {
            return Err(group.wrong_size("attach", ids.len()));
        }
        for id in ids {
            self.take_in(name, id);
        }
        self.settle();
        Ok(())
    }

    fn take_in(&mut self, name: &str, id: &InstanceId) {
        let now = self.now;
        let (Some(group), Some(instance)) = (self.groups.get_mut(name), self.instances.get_mut(id))
        else {
            return;
        };
        let before = group.desired;
        group.desired += 1;
        name.clone_into(&mut instance.group);
        instance.tags.insert(GROUP_TAG.to_owned(), name.to_owned());
        group.members.insert(newcomer(group, instance, now));
        self.note(id, ChangeKind::Lifecycle(Lifecycle::Pending));
        let opening = Opening {
            description: format!("Attaching an existing EC2 instance: {id}"),
            cause: cause::attached(id, (before, before + 1), now),
            status: ActivityStatus::PreInService,
        };
        self.open_activity(id, opening);
        self.stir(id);
        self.register(id);
    }
}

impl Group {
    fn check_fits(&self, id: &InstanceId, instance: Option<&Instance>) -> Result<(), ApiError> {
        let instance = instance.ok_or_else(|| {
            ApiError::validation(format!("Invalid Instance ID(s): [{id}] does not exist"))
        })?;
        let why = if !instance.group.is_empty() {
            let group = &instance.group;
            format!("Instance {id} is already part of AutoScalingGroup:{group}.")
        } else if instance.state != InstanceState::Running {
            format!("Instance {id} is not in the running state.")
        } else if !self.place.zones.contains(&instance.zone) {
            let zone = &instance.zone;
            format!(
                "Instance {id} is in the Availability Zone {zone}, which the group does not use."
            )
        } else {
            return Ok(());
        };
        Err(ApiError::validation(why))
    }
}

/// The member that an instance from outside becomes. Own choice: it shows the launch template version that it was once
/// launched from.
fn newcomer(group: &Group, instance: &Instance, now: Timestamp) -> Member {
    Member {
        id: instance.id.clone(),
        zone: instance.zone.clone(),
        instance_type: instance.instance_type.clone(),
        lifecycle: Lifecycle::Pending,
        since: now,
        health: Health::Healthy,
        template: instance.template.clone(),
        launched_at: instance.launched_at,
        in_service_since: None,
        hooks: Vec::new(),
        protected: group.new_instances_protected,
        why: Why::Capacity,
        departure: None,
        generation: None,
        activity: group.activities.len(),
    }
}
