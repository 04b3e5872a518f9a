//! Groups, created and deleted.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::hook_settings::LifecycleHookSpecification;
use super::settings::{self, InstanceMaintenancePolicy};
use super::shapes::LaunchTemplateSpecification;
use super::tags::Tag;
use super::traffic::TrafficSourceIdentifier;
use crate::wire::error::ApiError;
use crate::world::{GroupSpec, HealthChecks, World};

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Create {
    auto_scaling_group_name: String,
    launch_template: Option<LaunchTemplateSpecification>,
    min_size: usize,
    max_size: usize,
    desired_capacity: Option<usize>,
    default_cooldown: Option<u64>,
    #[serde(default)]
    availability_zones: Vec<String>,
    #[serde(rename = "VPCZoneIdentifier")]
    vpc_zone_identifier: Option<String>,
    #[serde(rename = "TargetGroupARNs", default)]
    target_group_arns: Vec<String>,
    #[serde(default)]
    traffic_sources: Vec<TrafficSourceIdentifier>,
    health_check_type: Option<String>,
    health_check_grace_period: Option<u64>,
    #[serde(default)]
    termination_policies: Vec<String>,
    new_instances_protected_from_scale_in: Option<bool>,
    capacity_rebalance: Option<bool>,
    #[serde(default)]
    lifecycle_hook_specification_list: Vec<LifecycleHookSpecification>,
    #[serde(default)]
    tags: Vec<Tag>,
    default_instance_warmup: Option<i64>,
    instance_maintenance_policy: Option<InstanceMaintenancePolicy>,
}

pub(super) fn create(world: &mut World, now: Timestamp, request: Create) -> Result<(), ApiError> {
    settings::no_spot(request.capacity_rebalance)?;
    let spec = request.into_spec(world)?;
    world.create_group(now, spec)
}

impl Create {
    fn into_spec(self, world: &World) -> Result<GroupSpec, ApiError> {
        let template = self
            .launch_template
            .ok_or_else(no_template)?
            .to_ref(world)?;
        let subnets = self.vpc_zone_identifier.as_deref();
        let place = settings::place(world, &self.availability_zones, subnets)?;
        let name = self.auto_scaling_group_name;
        let hooks = self.lifecycle_hook_specification_list.into_iter();
        let tags = self.tags.into_iter().map(|tag| tag.of_new_group(&name));
        let warmup = self.default_instance_warmup.map(settings::warmup);
        let maintenance = self.instance_maintenance_policy;
        let mut target_groups = self.target_group_arns;
        for source in self.traffic_sources {
            target_groups.push(source.into_target_group()?);
        }
        Ok(GroupSpec {
            min: self.min_size,
            max: self.max_size,
            desired: self.desired_capacity.unwrap_or(self.min_size),
            target_groups,
            health_checks: HealthChecks {
                elb: settings::counts_elb(self.health_check_type.as_deref().unwrap_or("EC2"))?,
            },
            health_check_grace: Duration::from_secs(self.health_check_grace_period.unwrap_or(0)),
            default_warmup: warmup.transpose()?.flatten(),
            hooks: hooks
                .map(LifecycleHookSpecification::into_hook)
                .collect::<Result<_, _>>()?,
            tags: tags.collect::<Result<_, _>>()?,
            termination_policies: settings::termination_policies(&self.termination_policies)?,
            new_instances_protected: self.new_instances_protected_from_scale_in.unwrap_or(false),
            default_cooldown: Duration::from_secs(self.default_cooldown.unwrap_or(300)),
            maintenance: maintenance
                .map(InstanceMaintenancePolicy::to_world)
                .transpose()?
                .flatten(),
            place: Some(place.ok_or_else(no_place)?),
            ..GroupSpec::new(&name, template)
        })
    }
}

fn no_template() -> ApiError {
    ApiError::validation(
        "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or \
         MixedInstancesPolicy parameter. The sandbox models LaunchTemplate.",
    )
}

fn no_place() -> ApiError {
    ApiError::validation("At least one Availability Zone or VPC Subnet is required.")
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Delete {
    auto_scaling_group_name: String,
    force_delete: Option<bool>,
}

pub(super) fn delete(world: &mut World, now: Timestamp, request: &Delete) -> Result<(), ApiError> {
    let force = request.force_delete.unwrap_or(false);
    world.delete_group(now, &request.auto_scaling_group_name, force)
}
