//! Registering and deregistering targets by hand.

use serde::Deserialize;

use super::target_health::TargetDescription;
use crate::service::codec::Nothing;
use crate::wire::error::ApiError;
use crate::world::{InstanceId, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Targets {
    target_group_arn: String,
    targets: Vec<TargetDescription>,
}

pub(super) fn register(world: &mut World, request: &Targets) -> Result<Nothing, ApiError> {
    let ids = ids(world, request)?;
    world.register_targets(&request.target_group_arn, &ids)?;
    Ok(Nothing {})
}

/// "If the specified target does not exist, the action returns successfully."
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeregisterTargets.html>
pub(super) fn deregister(world: &mut World, request: &Targets) -> Result<Nothing, ApiError> {
    let mut ids = ids(world, request)?;
    let group = world.known_target_group(&request.target_group_arn)?;
    ids.retain(|id| group.targets.contains_key(id));
    world.deregister_targets(&request.target_group_arn, &ids)?;
    Ok(Nothing {})
}

/// Every target has the target group's own port.
fn ids(world: &World, request: &Targets) -> Result<Vec<InstanceId>, ApiError> {
    let group = world.known_target_group(&request.target_group_arn)?;
    if request.targets.is_empty() {
        return Err(ApiError::validation("Targets must be specified"));
    }
    let other = |target: &&TargetDescription| target.port.is_some_and(|p| p != group.port);
    if let Some(target) = request.targets.iter().find(other) {
        let message = format!(
            "The sandbox does not model a target on another port than its target group's: '{}'",
            target.id
        );
        return Err(ApiError::new(400, "InvalidTarget", message));
    }
    let ids = request.targets.iter();
    Ok(ids.map(|target| InstanceId::new(&target.id)).collect())
}
