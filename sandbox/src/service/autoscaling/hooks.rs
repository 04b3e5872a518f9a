//! Lifecycle hooks and their actions.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::service::codec::Nothing;
use crate::wire::error::ApiError;
use crate::world::{HookReference, HookResult, HookSpec, InstanceId, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeHooks {
    auto_scaling_group_name: String,
    #[serde(default)]
    lifecycle_hook_names: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Hooks {
    lifecycle_hooks: Vec<HookView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct HookView {
    lifecycle_hook_name: String,
    auto_scaling_group_name: String,
    lifecycle_transition: &'static str,
    heartbeat_timeout: u64,
    global_timeout: u64,
    default_result: &'static str,
    notification_metadata: Option<String>,
}

impl HookView {
    fn new(group: &str, hook: &HookSpec) -> Self {
        Self {
            lifecycle_hook_name: hook.name.clone(),
            auto_scaling_group_name: group.to_owned(),
            lifecycle_transition: hook.transition.name(),
            heartbeat_timeout: hook.heartbeat_timeout.as_secs(),
            global_timeout: hook.global_timeout().as_secs(),
            default_result: hook.default_result.name(),
            notification_metadata: hook.notification_metadata.clone(),
        }
    }
}

pub(super) fn describe(world: &World, request: &DescribeHooks) -> Result<Hooks, ApiError> {
    let group = world.known_group(&request.auto_scaling_group_name)?;
    let names = &request.lifecycle_hook_names;
    let wanted = |hook: &&HookSpec| names.is_empty() || names.contains(&hook.name);
    let hooks = group
        .hooks
        .iter()
        .filter(wanted)
        .map(|hook| HookView::new(&group.name, hook));
    Ok(Hooks {
        lifecycle_hooks: hooks.collect(),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Complete {
    auto_scaling_group_name: String,
    lifecycle_hook_name: String,
    lifecycle_action_result: ActionResult,
    lifecycle_action_token: Option<String>,
    instance_id: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum ActionResult {
    Continue,
    Abandon,
}

pub(super) fn complete(
    world: &mut World,
    now: Timestamp,
    request: Complete,
) -> Result<Nothing, ApiError> {
    let result = match request.lifecycle_action_result {
        ActionResult::Continue => HookResult::Continue,
        ActionResult::Abandon => HookResult::Abandon,
    };
    let reference = HookReference {
        group: request.auto_scaling_group_name,
        hook: request.lifecycle_hook_name,
        token: request.lifecycle_action_token,
        instance: request.instance_id.map(InstanceId::new),
    };
    world.complete_hook(now, &reference, result)?;
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Heartbeat {
    auto_scaling_group_name: String,
    lifecycle_hook_name: String,
    lifecycle_action_token: Option<String>,
    instance_id: Option<String>,
}

pub(super) fn heartbeat(
    world: &mut World,
    now: Timestamp,
    request: Heartbeat,
) -> Result<Nothing, ApiError> {
    let reference = HookReference {
        group: request.auto_scaling_group_name,
        hook: request.lifecycle_hook_name,
        token: request.lifecycle_action_token,
        instance: request.instance_id.map(InstanceId::new),
    };
    world.heartbeat(now, &reference)?;
    Ok(Nothing {})
}
