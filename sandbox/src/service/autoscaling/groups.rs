//! Groups: describing them, their sizes and their template.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::group_view::GroupView;
use super::list::{self, FIFTY};
use super::settings::{self, InstanceMaintenancePolicy};
use super::shapes::{Filter, LaunchTemplateSpecification};
use crate::wire::error::ApiError;
use crate::world::{CapacityBounds, Group, UpdateGroup, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeGroups {
    #[serde(default)]
    auto_scaling_group_names: Vec<String>,
    #[serde(default)]
    filters: Vec<Filter>,
    include_instances: Option<bool>,
    max_records: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Groups {
    auto_scaling_groups: Vec<GroupView>,
    next_token: Option<String>,
}

/// Names that no group has are left out, as AWS does.
pub(super) fn describe(world: &World, request: &DescribeGroups) -> Result<Groups, ApiError> {
    let mut found = Vec::new();
    for group in world.groups() {
        let named = request.auto_scaling_group_names.contains(&group.name);
        if (named || request.auto_scaling_group_names.is_empty())
            && matches_all(group, &request.filters)?
        {
            found.push(group);
        }
    }
    let token = request.next_token.as_deref();
    let page = list::page(found.into_iter(), token, request.max_records, FIFTY)?;
    let with_instances = request.include_instances.unwrap_or(true);
    let view = |group: &Group| {
        let members = group.members.values().filter(|_| with_instances);
        GroupView::new(world, group, members)
    };
    let auto_scaling_groups = page.items.into_iter().map(view).collect();
    Ok(Groups {
        auto_scaling_groups,
        next_token: page.next,
    })
}

fn matches_all(group: &Group, filters: &[Filter]) -> Result<bool, ApiError> {
    for filter in filters {
        let matches = match filter.name.as_str() {
            "tag-key" => group.tags.iter().any(|tag| filter.has(&tag.key)),
            "tag-value" => group.tags.iter().any(|tag| filter.has(&tag.value)),
            name => {
                let key = name.strip_prefix("tag:").ok_or_else(|| filter.unknown())?;
                group
                    .tags
                    .iter()
                    .any(|tag| tag.key == key && filter.has(&tag.value))
            }
        };
        if !matches {
            return Ok(false);
        }
    }
    Ok(true)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Update {
    auto_scaling_group_name: String,
    launch_template: Option<LaunchTemplateSpecification>,
    min_size: Option<usize>,
    max_size: Option<usize>,
    desired_capacity: Option<usize>,
    health_check_type: Option<String>,
    health_check_grace_period: Option<u64>,
    default_instance_warmup: Option<i64>,
    new_instances_protected_from_scale_in: Option<bool>,
    termination_policies: Option<Vec<String>>,
    default_cooldown: Option<u64>,
    instance_maintenance_policy: Option<InstanceMaintenancePolicy>,
    #[serde(default)]
    availability_zones: Vec<String>,
    #[serde(rename = "VPCZoneIdentifier")]
    vpc_zone_identifier: Option<String>,
    capacity_rebalance: Option<bool>,
}

pub(super) fn update(world: &mut World, now: Timestamp, request: Update) -> Result<(), ApiError> {
    let name = request.auto_scaling_group_name;
    world.known_group(&name)?;
    let template = request
        .launch_template
        .map(|t| t.to_ref(world))
        .transpose()?;
    let bounds = CapacityBounds {
        min: request.min_size,
        max: request.max_size,
        desired: request.desired_capacity,
    };
    settings::no_spot(request.capacity_rebalance)?;
    let subnets = request.vpc_zone_identifier.as_deref();
    let maintenance = request.instance_maintenance_policy;
    let policies = request.termination_policies.as_deref();
    let update = UpdateGroup {
        bounds,
        template,
        health_check_grace: request.health_check_grace_period.map(Duration::from_secs),
        default_warmup: request
            .default_instance_warmup
            .map(settings::warmup)
            .transpose()?,
        elb_health_checks: request
            .health_check_type
            .as_deref()
            .map(settings::counts_elb)
            .transpose()?,
        new_instances_protected: request.new_instances_protected_from_scale_in,
        termination_policies: policies.map(settings::termination_policies).transpose()?,
        default_cooldown: request.default_cooldown.map(Duration::from_secs),
        maintenance: maintenance
            .map(InstanceMaintenancePolicy::to_world)
            .transpose()?,
        place: settings::place(world, &request.availability_zones, subnets)?,
    };
    world.update_group(now, &name, update)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct SetDesired {
    auto_scaling_group_name: String,
    desired_capacity: usize,
    honor_cooldown: Option<bool>,
}

pub(super) fn set_desired(
    world: &mut World,
    now: Timestamp,
    request: &SetDesired,
) -> Result<(), ApiError> {
    let name = &request.auto_scaling_group_name;
    if request.honor_cooldown == Some(true) {
        world.honor_cooldown(now, name)?;
    }
    world.set_desired_capacity(now, name, request.desired_capacity)
}
