//! Members set aside and called back, let go and taken in, and members protected from scale-in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::activities::ActivityView;
use super::shapes::instance_ids;
use crate::service::codec::Nothing;
use crate::wire::error::ApiError;
use crate::world::{Activity, World};

/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html>
const MOST_AT_A_TIME: usize = 20;
/// The same page.
const MOST_PROTECTED_AT_A_TIME: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Away {
    auto_scaling_group_name: String,
    #[serde(default)]
    instance_ids: Vec<String>,
    should_decrement_desired_capacity: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Back {
    auto_scaling_group_name: String,
    #[serde(default)]
    instance_ids: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Activities {
    activities: Vec<ActivityView>,
}

impl Activities {
    pub(super) fn new(world: &World, name: &str, of: &[Activity]) -> Result<Self, ApiError> {
        let group = world.known_group(name)?;
        let activities = of.iter().map(|one| ActivityView::new(group, one));
        Ok(Self {
            activities: activities.collect(),
        })
    }
}

pub(super) fn enter(
    world: &mut World,
    now: Timestamp,
    request: &Away,
) -> Result<Activities, ApiError> {
    let name = &request.auto_scaling_group_name;
    let ids = instance_ids(&request.instance_ids, MOST_AT_A_TIME)?;
    let decrement = request.should_decrement_desired_capacity;
    let activities = world.enter_standby(now, name, &ids, decrement)?;
    Activities::new(world, name, &activities)
}

pub(super) fn exit(
    world: &mut World,
    now: Timestamp,
    request: &Back,
) -> Result<Activities, ApiError> {
    let name = &request.auto_scaling_group_name;
    let ids = instance_ids(&request.instance_ids, MOST_AT_A_TIME)?;
    let activities = world.exit_standby(now, name, &ids)?;
    Activities::new(world, name, &activities)
}

pub(super) fn detach(
    world: &mut World,
    now: Timestamp,
    request: &Away,
) -> Result<Activities, ApiError> {
    let name = &request.auto_scaling_group_name;
    let ids = instance_ids(&request.instance_ids, MOST_AT_A_TIME)?;
    let decrement = request.should_decrement_desired_capacity;
    let activities = world.detach_instances(now, name, &ids, decrement)?;
    Activities::new(world, name, &activities)
}

pub(super) fn attach(world: &mut World, now: Timestamp, request: &Back) -> Result<(), ApiError> {
    let ids = instance_ids(&request.instance_ids, MOST_AT_A_TIME)?;
    world.attach_instances(now, &request.auto_scaling_group_name, &ids)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Protect {
    auto_scaling_group_name: String,
    #[serde(default)]
    instance_ids: Vec<String>,
    protected_from_scale_in: bool,
}

pub(super) fn protect(
    world: &mut World,
    now: Timestamp,
    request: &Protect,
) -> Result<Nothing, ApiError> {
    let name = &request.auto_scaling_group_name;
    let ids = instance_ids(&request.instance_ids, MOST_PROTECTED_AT_A_TIME)?;
    world.set_instance_protection(now, name, &ids, request.protected_from_scale_in)?;
    Ok(Nothing {})
}
