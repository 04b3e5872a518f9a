//! The states of targets.

use serde::{Deserialize, Serialize};

use crate::wire::error::ApiError;
use crate::world::{InstanceId, Target, TargetGroup, TargetReason, TargetState, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    target_group_arn: String,
    #[serde(default)]
    targets: Vec<TargetDescription>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TargetDescription {
    pub(super) id: String,
    pub(super) port: Option<u16>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TargetHealthList {
    target_health_descriptions: Vec<TargetHealthDescription>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TargetHealthDescription {
    target: TargetDescription,
    health_check_port: String,
    target_health: TargetHealth,
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TargetHealth {
    state: &'static str,
    reason: Option<&'static str>,
    description: Option<String>,
}

/// Every target, the draining included, or those asked for; an instance that is not registered is `unused`, one that does
/// not exist an error.
pub(super) fn describe(world: &World, request: Describe) -> Result<TargetHealthList, ApiError> {
    let group = world.known_target_group(&request.target_group_arn)?;
    let descriptions = if request.targets.is_empty() {
        let all = group.targets.iter();
        all.map(|(id, target)| describe_one(group, id.to_string(), Some(target)))
            .collect()
    } else {
        let asked = request.targets.into_iter();
        asked
            .map(|target| one_asked_for(world, group, target))
            .collect::<Result<_, _>>()?
    };
    Ok(TargetHealthList {
        target_health_descriptions: descriptions,
    })
}

fn one_asked_for(
    world: &World,
    group: &TargetGroup,
    asked: TargetDescription,
) -> Result<TargetHealthDescription, ApiError> {
    let id = InstanceId::new(&asked.id);
    let target = group
        .targets
        .get(&id)
        .filter(|_| asked.port.is_none_or(|p| p == group.port));
    if target.is_none() && world.instance(&id).is_none() {
        let message = format!("The following targets are not valid: '{id}'");
        return Err(ApiError::new(400, "InvalidTarget", message));
    }
    Ok(describe_one(group, asked.id, target))
}

fn describe_one(
    group: &TargetGroup,
    id: String,
    target: Option<&Target>,
) -> TargetHealthDescription {
    let state = target.map_or(TargetState::Unused, |t| t.state);
    let absent = Some(TargetReason::NotRegistered);
    let reason = target.map_or(absent, |t| t.reason.clone());
    TargetHealthDescription {
        target: TargetDescription {
            id,
            port: Some(group.port),
        },
        health_check_port: group.port.to_string(),
        target_health: TargetHealth {
            state: state.name(),
            reason: reason.as_ref().map(TargetReason::code),
            description: reason.as_ref().map(TargetReason::description),
        },
    }
}
