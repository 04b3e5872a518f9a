//! Terminating instances, past whatever group they belong to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::instances::StateView;
use super::request::check_dry_run;
use crate::wire::error::ApiError;
use crate::world::{InstanceId, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Terminate {
    #[serde(rename = "InstanceId")]
    ids: Vec<String>,
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StateChanges {
    instances_set: Vec<StateChange>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StateChange {
    instance_id: String,
    current_state: StateView,
    previous_state: StateView,
}

/// If one id is unknown, none is terminated.
pub(super) fn terminate(
    world: &mut World,
    now: Timestamp,
    request: &Terminate,
) -> Result<StateChanges, ApiError> {
    check_dry_run(request.dry_run)?;
    let ids: Vec<_> = request.ids.iter().map(InstanceId::new).collect();
    for id in &ids {
        world.known_instance(id)?;
    }
    let mut instances_set = Vec::new();
    for id in &ids {
        let (before, after) = world.terminate_instance(now, id)?;
        instances_set.push(StateChange {
            instance_id: id.to_string(),
            current_state: StateView::new(after),
            previous_state: StateView::new(before),
        });
    }
    Ok(StateChanges { instances_set })
}
