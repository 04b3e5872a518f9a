//! Lifecycle hooks, made, changed and deleted. Their actions are in `hooks`.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::service::codec::Nothing;
use crate::wire::error::ApiError;
use crate::world::{HookResult, HookSpec, HookTransition, PutHook, World};

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html>. Nobody is notified here, so a target or
/// a role for it is refused.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Put {
    auto_scaling_group_name: String,
    lifecycle_hook_name: String,
    lifecycle_transition: Option<String>,
    heartbeat_timeout: Option<u64>,
    default_result: Option<String>,
    notification_metadata: Option<String>,
}

/// The same within `CreateAutoScalingGroup`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct LifecycleHookSpecification {
    lifecycle_hook_name: String,
    lifecycle_transition: String,
    heartbeat_timeout: Option<u64>,
    default_result: Option<String>,
    notification_metadata: Option<String>,
}

pub(super) fn put(world: &mut World, now: Timestamp, request: Put) -> Result<Nothing, ApiError> {
    let transition = request.lifecycle_transition.as_deref().map(transition);
    let hook = PutHook {
        name: request.lifecycle_hook_name,
        transition: transition.transpose()?,
        heartbeat_timeout: request.heartbeat_timeout.map(Duration::from_secs),
        default_result: request.default_result.as_deref().map(result).transpose()?,
        notification_metadata: request.notification_metadata,
    };
    world.put_hook(now, &request.auto_scaling_group_name, hook)?;
    Ok(Nothing {})
}

impl LifecycleHookSpecification {
    pub(super) fn into_hook(self) -> Result<HookSpec, ApiError> {
        let hook = PutHook {
            name: self.lifecycle_hook_name,
            transition: Some(transition(&self.lifecycle_transition)?),
            heartbeat_timeout: self.heartbeat_timeout.map(Duration::from_secs),
            default_result: self.default_result.as_deref().map(result).transpose()?,
            notification_metadata: self.notification_metadata,
        };
        hook.over(None)
    }
}

fn transition(name: &str) -> Result<HookTransition, ApiError> {
    let transitions = [HookTransition::Launching, HookTransition::Terminating];
    let found = transitions.into_iter().find(|t| t.name() == name);
    found
        .ok_or_else(|| ApiError::validation(format!("{name} is not a valid lifecycle transition.")))
}

fn result(name: &str) -> Result<HookResult, ApiError> {
    let results = [HookResult::Continue, HookResult::Abandon];
    let found = results.into_iter().find(|r| r.name() == name);
    found.ok_or_else(|| {
        let message = format!("{name} is not a valid default result: CONTINUE or ABANDON.");
        ApiError::validation(message)
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Delete {
    auto_scaling_group_name: String,
    lifecycle_hook_name: String,
}

pub(super) fn delete(
    world: &mut World,
    now: Timestamp,
    request: &Delete,
) -> Result<Nothing, ApiError> {
    let group = &request.auto_scaling_group_name;
    world.delete_hook(now, group, &request.lifecycle_hook_name)?;
    Ok(Nothing {})
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HookTypes {
    lifecycle_hook_types: [&'static str; 2],
}

pub(super) fn describe_types(_: &Nothing) -> HookTypes {
    HookTypes {
        lifecycle_hook_types: [
            HookTransition::Launching.name(),
            HookTransition::Terminating.name(),
        ],
    }
}
