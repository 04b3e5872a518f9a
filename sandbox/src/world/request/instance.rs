//! Operations on single instances: health set by hand, termination through the group and past it.

use jiff::Timestamp;

use crate::wire::error::ApiError;
use crate::world::member::Departure;
use crate::world::{Activity, Health, InstanceId, InstanceState, Lifecycle, Member, Unfit, World};

impl World {
    /// `SetInstanceHealth`. An unhealthy verdict within the grace period is dropped unless the caller says otherwise; a healthy one
    /// stands until the next check finds otherwise.
    ///
    /// # Errors
    /// `ValidationError` for an instance that is in no group.
    pub fn set_instance_health(
        &mut self,
        now: Timestamp,
        id: &InstanceId,
        healthy: bool,
        respect_grace: bool,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        let now = self.now;
        let Some(member) = self.member(id) else {
            return Err(not_managed(id));
        };
        let since = member.in_service_since.unwrap_or(now);
        let grace = self
            .instances
            .get(id)
            .and_then(|i| self.groups.get(&i.group));
        let in_grace = grace.is_some_and(|group| now < since + group.health_check_grace);
        let health = if healthy {
            Health::Healthy
        } else {
            Health::Unhealthy(Unfit::User)
        };
        if healthy || !respect_grace || !in_grace {
            self.set_health(id, health);
            if healthy {
                self.check_again(id);
            }
            self.settle();
        }
        Ok(())
    }

    /// `SetInstanceProtection`: whether the group may shrink by these members.
    ///
    /// # Errors
    /// `ValidationError` for an unknown group, for an instance that is not in it, and for one that is on its way in or out.
    pub fn set_instance_protection(
        &mut self,
        now: Timestamp,
        name: &str,
        ids: &[InstanceId],
        protected: bool,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        let allowed = [
            Lifecycle::InService,
            Lifecycle::EnteringStandby,
            Lifecycle::Standby,
        ];
        self.lasting_group(name)?.check_states(ids, &allowed)?;
        for id in ids {
            if let Some(member) = self.member_mut(id) {
                member.protected = protected;
            }
        }
        self.stir_group(name);
        self.settle();
        Ok(())
    }

    /// `TerminateInstanceInAutoScalingGroup`: the whole way out, and a replacement unless the desired capacity is lowered. Own
    /// choice: a member in `Standby` does not count towards the capacity, so it cannot lower it.
    ///
    /// # Errors
    /// `ValidationError` for an instance that is in no group, and for a lowering below the minimum.
    pub fn terminate_member(
        &mut self,
        now: Timestamp,
        id: &InstanceId,
        decrement: bool,
    ) -> Result<Activity, ApiError> {
        self.catch_up(now);
        let name = self
            .instances
            .get(id)
            .map(|i| i.group.clone())
            .unwrap_or_default();
        let Some(counts) = self.member(id).map(Member::is_live) else {
            return Err(not_managed(id));
        };
        let mut lowered = None;
        if let Some(group) = self.groups.get_mut(&name) {
            if decrement && counts {
                check_decrement(group.desired, group.min)?;
                lowered = Some((group.desired, group.desired - 1));
                group.desired -= 1;
            }
            // The activity of the member itself tells of the request, and the replacement's of nothing but what is missing.
            group.capacity_cause.clear();
        }
        self.leave(id, Departure::UserRequest { lowered });
        let group = self.known_group(&name)?;
        let place = group.members.get(id).map(|m| m.activity);
        let activity = place.and_then(|at| group.activities.get(at));
        let activity = activity.cloned().ok_or_else(|| not_managed(id))?;
        self.settle();
        Ok(activity)
    }

    /// EC2 `TerminateInstances`: past every group, without draining or hooks. Returns the states before and after.
    ///
    /// # Errors
    /// `InvalidInstanceID.Malformed`, `InvalidInstanceID.NotFound`.
    pub fn terminate_instance(
        &mut self,
        now: Timestamp,
        id: &InstanceId,
    ) -> Result<(InstanceState, InstanceState), ApiError> {
        self.catch_up(now);
        let before = self.known_instance(id)?.state;
        if matches!(before, InstanceState::Pending | InstanceState::Running) {
            self.stop(id);
            self.lost(id);
            self.settle();
        }
        let after = self
            .instance(id)
            .map_or(InstanceState::Terminated, |i| i.state);
        Ok((before, after))
    }

    /// The instance of that id, or EC2's error.
    pub(crate) fn known_instance(
        &self,
        id: &InstanceId,
    ) -> Result<&crate::world::Instance, ApiError> {
        if !id.is_well_formed() {
            let message = format!("Invalid id: \"{id}\"");
            return Err(ApiError::new(400, "InvalidInstanceID.Malformed", message));
        }
        self.instance(id).ok_or_else(|| {
            let message = format!("The instance ID '{id}' does not exist");
            ApiError::new(400, "InvalidInstanceID.NotFound", message)
        })
    }
}

fn not_managed(id: &InstanceId) -> ApiError {
    ApiError::validation(format!(
        "Instance Id not found - No managed instance found for instance ID: {id}"
    ))
}

fn check_decrement(desired: usize, min: usize) -> Result<(), ApiError> {
    if desired > min {
        return Ok(());
    }
    Err(ApiError::validation(format!(
        "Currently, desiredSize equals minSize ({min}). Terminating instance without replacement \
         will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to \
         false or lower group's min size."
    )))
}
