//! A group, its latest instance refresh and its latest activities.

use crate::world::{Activity, Group, Refresh, TemplateRef, World};
use jiff::Timestamp;
use serde::Serialize;

/// As many activities as a page shows.
const ACTIVITIES: usize = 20;

/// A group's settings and how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupView {
    /// Its name.
    pub name: String,
    /// `MinSize`
    pub min: usize,
    /// `MaxSize`
    pub max: usize,
    /// `DesiredCapacity`
    pub desired: usize,
    /// What it launches while no refresh says otherwise.
    pub template: TemplateView,
    /// Whether it is at rest: as many members as desired, all in service and healthy, no refresh under way.
    pub settled: bool,
}

/// A launch template version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateView {
    /// The template's name.
    pub name: String,
    /// What was asked for: a number, `$Latest` or `$Default`.
    pub asked: String,
    /// The number that it means now.
    pub number: Option<u64>,
}

/// An instance refresh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefreshView {
    /// `InstanceRefreshId`
    pub id: String,
    /// `Status`
    pub status: &'static str,
    /// Whether it is under way.
    pub active: bool,
    /// `StatusReason`
    pub reason: Option<String>,
    /// `PercentageComplete`
    pub percentage: u32,
    /// `InstancesToUpdate`
    pub to_update: usize,
    /// `StartTime`
    pub started: Timestamp,
    /// `EndTime`
    pub ended: Option<Timestamp>,
    /// What it makes the group launch.
    pub template: Option<TemplateView>,
    /// `RollbackReason`, once it is rolled back.
    pub rollback: Option<String>,
}

/// A scaling activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActivityView {
    /// `ActivityId`
    pub id: String,
    /// `StatusCode`
    pub status: &'static str,
    /// `Progress`
    pub progress: u32,
    /// `Description`
    pub description: String,
    /// `Cause`
    pub cause: String,
    /// `StatusMessage`
    pub message: Option<String>,
    /// `StartTime`
    pub started: Timestamp,
    /// `EndTime`
    pub ended: Option<Timestamp>,
}

pub(super) fn view(world: &World, group: &Group) -> GroupView {
    GroupView {
        name: group.name.clone(),
        min: group.min,
        max: group.max,
        desired: group.desired,
        template: template(world, &group.template),
        settled: world.settled(&group.name),
    }
}

fn template(world: &World, asked: &TemplateRef) -> TemplateView {
    let resolved = world.resolve(asked);
    TemplateView {
        number: resolved.as_ref().map(|resolved| resolved.number),
        name: resolved.map_or_else(|| asked.id.to_string(), |resolved| resolved.name),
        asked: asked.version.to_string(),
    }
}

pub(super) fn refresh(world: &World, group: &Group) -> Option<RefreshView> {
    let view = |refresh: &Refresh| RefreshView {
        id: refresh.id.clone(),
        status: refresh.status.name(),
        active: refresh.status.is_active(),
        reason: refresh.reason.clone(),
        percentage: refresh.percentage,
        to_update: refresh.to_update,
        started: refresh.started,
        ended: refresh.ended,
        template: refresh.desired.as_ref().map(|t| template(world, t)),
        rollback: refresh.rollback.as_ref().map(|r| r.reason.clone()),
    };
    group.refreshes.last().map(view)
}

pub(super) fn activities(group: &Group) -> Vec<ActivityView> {
    let view = |activity: &Activity| ActivityView {
        id: activity.id.clone(),
        status: activity.status.name(),
        progress: activity.status.progress(),
        description: activity.description.clone(),
        cause: activity.cause.clone(),
        message: activity.message.clone(),
        started: activity.started,
        ended: activity.ended,
    };
    let latest = group.activities.iter().rev().take(ACTIVITIES);
    latest.map(view).collect()
}
