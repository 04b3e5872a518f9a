//! Single members of groups.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::activities::ActivityView;
use super::list::{self, FIFTY_AT_MOST};
use super::shapes::{LaunchTemplateSpecification, health_status};
use crate::wire::error::ApiError;
use crate::world::{Group, InstanceId, Member, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeInstances {
    #[serde(default)]
    instance_ids: Vec<String>,
    max_records: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Instances {
    auto_scaling_instances: Vec<InstanceDetails>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct InstanceDetails {
    instance_id: String,
    instance_type: String,
    auto_scaling_group_name: String,
    availability_zone: String,
    lifecycle_state: &'static str,
    /// In capitals here, unlike everywhere else.
    health_status: String,
    launch_template: LaunchTemplateSpecification,
    protected_from_scale_in: bool,
}

/// Instances that are in no group are left out, as AWS does.
pub(super) fn describe(world: &World, request: &DescribeInstances) -> Result<Instances, ApiError> {
    let ids = &request.instance_ids;
    let members = if ids.is_empty() {
        all_members(world).collect()
    } else {
        named_members(world, ids)
    };
    let page = list::page(
        members.into_iter(),
        request.next_token.as_deref(),
        request.max_records,
        FIFTY_AT_MOST,
    )?;
    let items = page.items.into_iter();
    let auto_scaling_instances = items.map(|(g, m)| InstanceDetails::new(g, m)).collect();
    Ok(Instances {
        auto_scaling_instances,
        next_token: page.next,
    })
}

fn all_members(world: &World) -> impl Iterator<Item = (&Group, &Member)> {
    let groups = world.groups();
    groups.flat_map(|group| group.members.values().map(move |member| (group, member)))
}

fn named_members<'a>(world: &'a World, ids: &[String]) -> Vec<(&'a Group, &'a Member)> {
    let ids: BTreeSet<InstanceId> = ids.iter().map(InstanceId::new).collect();
    let group_of = |id: &InstanceId| world.group(&world.instance(id)?.group);
    let found = ids.iter().filter_map(|id| {
        let group = group_of(id)?;
        Some((group, group.members.get(id)?))
    });
    found.collect()
}

impl InstanceDetails {
    fn new(group: &Group, member: &Member) -> Self {
        Self {
            instance_id: member.id.to_string(),
            instance_type: member.instance_type.clone(),
            auto_scaling_group_name: group.name.clone(),
            availability_zone: member.zone.clone(),
            lifecycle_state: member.lifecycle.name(),
            health_status: health_status(member.health).to_uppercase(),
            launch_template: LaunchTemplateSpecification::from_version(&member.template),
            protected_from_scale_in: member.protected,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct SetHealth {
    instance_id: String,
    health_status: HealthStatus,
    should_respect_grace_period: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum HealthStatus {
    Healthy,
    Unhealthy,
}

pub(super) fn set_health(
    world: &mut World,
    now: Timestamp,
    request: &SetHealth,
) -> Result<(), ApiError> {
    let id = InstanceId::new(&request.instance_id);
    let healthy = request.health_status == HealthStatus::Healthy;
    let respect_grace = request.should_respect_grace_period.unwrap_or(true);
    world.set_instance_health(now, &id, healthy, respect_grace)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Terminate {
    instance_id: String,
    should_decrement_desired_capacity: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Terminated {
    activity: ActivityView,
}

pub(super) fn terminate(
    world: &mut World,
    now: Timestamp,
    request: &Terminate,
) -> Result<Terminated, ApiError> {
    let id = InstanceId::new(&request.instance_id);
    let group = world
        .instance(&id)
        .map(|i| i.group.clone())
        .unwrap_or_default();
    let activity = world.terminate_member(now, &id, request.should_decrement_desired_capacity)?;
    let group = world.known_group(&group)?;
    Ok(Terminated {
        activity: ActivityView::new(group, &activity),
    })
}
