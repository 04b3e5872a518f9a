//! Instance refreshes.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::list::{self, FIFTY};
use super::preferences::RefreshPreferences;
use super::shapes::LaunchTemplateSpecification;
use crate::wire::error::ApiError;
use crate::world::{Refresh, RollbackDetails, StartRefresh, TemplateRef, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Start {
    auto_scaling_group_name: String,
    strategy: Option<Strategy>,
    desired_configuration: Option<DesiredConfiguration>,
    preferences: Option<RefreshPreferences>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
enum Strategy {
    Rolling,
    ReplaceRootVolume,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DesiredConfiguration {
    launch_template: Option<LaunchTemplateSpecification>,
}

impl DesiredConfiguration {
    fn into_world(self, world: &World) -> Result<TemplateRef, ApiError> {
        let template = self.launch_template.ok_or_else(|| {
            let message = "You must specify either a LaunchTemplate or a MixedInstancesPolicy in \
                           the desired configuration.";
            ApiError::validation(message)
        })?;
        template.to_ref(world)
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Started {
    instance_refresh_id: String,
}

pub(super) fn start(
    world: &mut World,
    now: Timestamp,
    request: Start,
) -> Result<Started, ApiError> {
    let name = &request.auto_scaling_group_name;
    world.known_group(name)?;
    if request.strategy == Some(Strategy::ReplaceRootVolume) {
        let message = "The sandbox does not model the strategy ReplaceRootVolume.";
        return Err(ApiError::validation(message));
    }
    let desired = request
        .desired_configuration
        .map(|desired| desired.into_world(world))
        .transpose()?;
    let preferences = request.preferences.unwrap_or_default().into_world();
    let id = world.start_refresh(
        now,
        name,
        StartRefresh {
            desired,
            preferences,
        },
    )?;
    Ok(Started {
        instance_refresh_id: id,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Cancel {
    auto_scaling_group_name: String,
    wait_for_transitioning_instances: Option<bool>,
}

pub(super) fn cancel(
    world: &mut World,
    now: Timestamp,
    request: &Cancel,
) -> Result<Started, ApiError> {
    let wait = request.wait_for_transitioning_instances.unwrap_or(true);
    let id = world.cancel_refresh(now, &request.auto_scaling_group_name, wait)?;
    Ok(Started {
        instance_refresh_id: id,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Rollback {
    auto_scaling_group_name: String,
}

pub(super) fn rollback(
    world: &mut World,
    now: Timestamp,
    request: &Rollback,
) -> Result<Started, ApiError> {
    let id = world.rollback_refresh(now, &request.auto_scaling_group_name)?;
    Ok(Started {
        instance_refresh_id: id,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeRefreshes {
    auto_scaling_group_name: String,
    #[serde(default)]
    instance_refresh_ids: Vec<String>,
    max_records: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Refreshes {
    instance_refreshes: Vec<RefreshView>,
    next_token: Option<String>,
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceRefresh.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RefreshView {
    instance_refresh_id: String,
    auto_scaling_group_name: String,
    status: &'static str,
    status_reason: Option<String>,
    start_time: Timestamp,
    end_time: Option<Timestamp>,
    percentage_complete: u32,
    instances_to_update: usize,
    preferences: RefreshPreferences,
    desired_configuration: Option<DesiredConfiguration>,
    rollback_details: Option<RollbackView>,
    strategy: Strategy,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RollbackView {
    rollback_reason: String,
    rollback_start_time: Timestamp,
    percentage_complete_on_rollback: u32,
    instances_to_update_on_rollback: usize,
}

/// Those of the previous six weeks, newest first.
pub(super) fn describe(world: &World, request: &DescribeRefreshes) -> Result<Refreshes, ApiError> {
    let name = &request.auto_scaling_group_name;
    let ids = &request.instance_refresh_ids;
    let wanted = |refresh: &&Refresh| ids.is_empty() || ids.contains(&refresh.id);
    let group = world.known_group(name)?;
    let refreshes = world.refresh_history(group).filter(wanted);
    let page = list::page(
        refreshes,
        request.next_token.as_deref(),
        request.max_records,
        FIFTY,
    )?;
    let views = page
        .items
        .into_iter()
        .map(|refresh| RefreshView::new(world, name, refresh));
    Ok(Refreshes {
        instance_refreshes: views.collect(),
        next_token: page.next,
    })
}

impl RefreshView {
    fn new(world: &World, group: &str, refresh: &Refresh) -> Self {
        let desired = refresh
            .desired
            .as_ref()
            .map(|template| DesiredConfiguration {
                launch_template: Some(LaunchTemplateSpecification::from_ref(world, template)),
            });
        Self {
            instance_refresh_id: refresh.id.clone(),
            auto_scaling_group_name: group.to_owned(),
            status: refresh.status.name(),
            status_reason: refresh.reason.clone(),
            start_time: refresh.started,
            end_time: refresh.ended,
            percentage_complete: refresh.percentage,
            instances_to_update: refresh.to_update,
            preferences: RefreshPreferences::from_world(&refresh.preferences),
            desired_configuration: desired,
            rollback_details: refresh.rollback.as_ref().map(RollbackView::new),
            strategy: Strategy::Rolling,
        }
    }
}

impl RollbackView {
    fn new(details: &RollbackDetails) -> Self {
        Self {
            rollback_reason: details.reason.clone(),
            rollback_start_time: details.started,
            percentage_complete_on_rollback: details.percentage,
            instances_to_update_on_rollback: details.to_update,
        }
    }
}
