//! `UpdateAutoScalingGroup` and `SetDesiredCapacity`.

use std::time::Duration;

use jiff::Timestamp;

use crate::wire::error::ApiError;
use crate::world::{
    Activity, ActivityStatus, Group, MaintenancePolicy, Place, TemplateRef, TerminationPolicy,
    World, cause,
};

/// What `UpdateAutoScalingGroup` may change here; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpdateGroup {
    /// `MinSize`, `MaxSize`, `DesiredCapacity`.
    pub bounds: CapacityBounds,
    /// `LaunchTemplate`
    pub template: Option<TemplateRef>,
    /// `HealthCheckGracePeriod`
    pub health_check_grace: Option<Duration>,
    /// `DefaultInstanceWarmup`; inner `None` clears it.
    pub default_warmup: Option<Option<Duration>>,
    /// Whether `HealthCheckType` names `ELB`.
    pub elb_health_checks: Option<bool>,
    /// `NewInstancesProtectedFromScaleIn`
    pub new_instances_protected: Option<bool>,
    /// `TerminationPolicies`
    pub termination_policies: Option<Vec<TerminationPolicy>>,
    /// `DefaultCooldown`
    pub default_cooldown: Option<Duration>,
    /// `InstanceMaintenancePolicy`; inner `None` clears it.
    pub maintenance: Option<Option<MaintenancePolicy>>,
    /// `AvailabilityZones` and `VPCZoneIdentifier`
    pub place: Option<Place>,
}

/// Sizes to change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CapacityBounds {
    /// `MinSize`
    pub min: Option<usize>,
    /// `MaxSize`
    pub max: Option<usize>,
    /// `DesiredCapacity`
    pub desired: Option<usize>,
}

impl World {
    /// The group of that name, or AWS's error.
    pub(crate) fn known_group(&self, name: &str) -> Result<&Group, ApiError> {
        self.group(name).ok_or_else(|| {
            let message =
                format!("AutoScalingGroup name not found - AutoScalingGroup {name} not found");
            ApiError::validation(message)
        })
    }

    /// The same, but one that is being deleted takes no more changes.
    pub(crate) fn lasting_group(&self, name: &str) -> Result<&Group, ApiError> {
        let group = self.known_group(name)?;
        if group.deleting {
            let message = format!("AutoScalingGroup {name} is pending delete.");
            return Err(ApiError::validation(message));
        }
        Ok(group)
    }

    /// `UpdateAutoScalingGroup`.
    ///
    /// # Errors
    /// `ValidationError` for an unknown group or template, for contradicting bounds, and for another template while a
    /// refresh with a desired configuration is active.
    pub fn update_group(
        &mut self,
        now: Timestamp,
        name: &str,
        update: UpdateGroup,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        let group = self.lasting_group(name)?;
        let (min, max, desired) = update.bounds.over(group);
        check_bounds(min, max, desired)?;
        if let Some(place) = &update.place {
            place.check()?;
        }
        if let Some(template) = &update.template {
            check_template_is_free(group)?;
            self.check_launchable(template)?;
        }
        let now = self.now;
        let Some(group) = self.groups.get_mut(name) else {
            return Ok(());
        };
        let before = group.desired;
        (group.min, group.max, group.desired) = (min, max, desired);
        group.capacity_cause = cause::bounds(now, group, before);
        let checks = (group.health_checks, group.health_check_grace);
        group.apply(update);
        if checks != (group.health_checks, group.health_check_grace) {
            self.check_everybody(name);
        }
        self.stir_group(name);
        self.settle();
        Ok(())
    }

    /// `HonorCooldown`: nothing may be under way, and the last activity must be over for so long as the cooldown says.
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scaling-cooldowns.html>
    ///
    /// # Errors
    /// `ScalingActivityInProgress`; `ValidationError` for an unknown group.
    pub fn honor_cooldown(&mut self, now: Timestamp, name: &str) -> Result<(), ApiError> {
        self.catch_up(now);
        let group = self.known_group(name)?;
        let blocks = |a: &&Activity| {
            let moved = a.status != ActivityStatus::Failed;
            let over = |at: Timestamp| at + group.default_cooldown <= self.now;
            moved && !a.ended.is_some_and(over)
        };
        let Some(activity) = group.activities.iter().rev().find(blocks) else {
            return Ok(());
        };
        let message = format!(
            "Scaling activity {} is in progress and blocks this action",
            activity.id
        );
        Err(ApiError::new(400, "ScalingActivityInProgress", message))
    }

    /// `SetDesiredCapacity`, without regard to the cooldown: see [`World::honor_cooldown`].
    ///
    /// # Errors
    /// `ValidationError` for an unknown group and for a value outside its bounds.
    pub fn set_desired_capacity(
        &mut self,
        now: Timestamp,
        name: &str,
        desired: usize,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        let Group {
            min,
            max,
            desired: before,
            ..
        } = self.lasting_group(name)?;
        let (min, max, before) = (*min, *max, *before);
        let refused = |side, bound| {
            ApiError::validation(format!(
                "New SetDesiredCapacity value {desired} is {side} value {bound} for the \
                 AutoScalingGroup."
            ))
        };
        if desired > max {
            return Err(refused("above max", max));
        }
        if desired < min {
            return Err(refused("below min", min));
        }
        let cause = cause::desired(self.now, before, desired);
        if let Some(group) = self.groups.get_mut(name) {
            group.desired = desired;
            group.capacity_cause = cause;
        }
        self.stir_group(name);
        self.settle();
        Ok(())
    }
}

impl Group {
    fn apply(&mut self, update: UpdateGroup) {
        if let Some(template) = update.template {
            self.template = template;
            self.launch_failures = 0;
            self.launch_not_before = None;
        }
        self.health_check_grace = update.health_check_grace.unwrap_or(self.health_check_grace);
        self.default_warmup = update.default_warmup.unwrap_or(self.default_warmup);
        self.health_checks.elb = update.elb_health_checks.unwrap_or(self.health_checks.elb);
        self.new_instances_protected = update
            .new_instances_protected
            .unwrap_or(self.new_instances_protected);
        self.default_cooldown = update.default_cooldown.unwrap_or(self.default_cooldown);
        self.maintenance = update.maintenance.unwrap_or(self.maintenance);
        if let Some(policies) = update.termination_policies.filter(|some| !some.is_empty()) {
            self.termination_policies = policies;
        }
        if let Some(place) = update.place {
            self.place = place;
        }
    }
}

impl CapacityBounds {
    /// A bound that passes the desired capacity takes it along, unless the request says where it should be.
    fn over(self, group: &Group) -> (usize, usize, usize) {
        let min = self.min.unwrap_or(group.min);
        let max = self.max.unwrap_or(group.max);
        let moved = group.desired.min(max).max(min);
        (min, max, self.desired.unwrap_or(moved))
    }
}

pub(in crate::world) fn check_bounds(
    min: usize,
    max: usize,
    desired: usize,
) -> Result<(), ApiError> {
    if max < min {
        return Err(ApiError::validation(format!(
            "Max bound, {max}, must be greater than or equal to min bound, {min}"
        )));
    }
    if !(min..=max).contains(&desired) {
        return Err(ApiError::validation(format!(
            "Desired capacity:{desired} must be between the specified min size:{min} and max \
             size:{max}"
        )));
    }
    Ok(())
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html>
fn check_template_is_free(group: &Group) -> Result<(), ApiError> {
    if group
        .active_refresh()
        .is_some_and(|refresh| refresh.desired.is_some())
    {
        return Err(ApiError::validation(
            "An active instance refresh with a desired configuration exists. All configuration \
             options derived from the desired configuration are not available for update while the \
             instance refresh is active.",
        ));
    }
    Ok(())
}
