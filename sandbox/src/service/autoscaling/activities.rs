//! Scaling activities.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::list::{self, HUNDRED};
use super::shapes::Filter;
use crate::wire::error::ApiError;
use crate::world::{Activity, Group, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeActivities {
    auto_scaling_group_name: Option<String>,
    #[serde(default)]
    activity_ids: Vec<String>,
    #[serde(default)]
    filters: Vec<Filter>,
    include_deleted_groups: Option<bool>,
    max_records: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Activities {
    activities: Vec<ActivityView>,
    next_token: Option<String>,
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Activity.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ActivityView {
    activity_id: String,
    auto_scaling_group_name: String,
    description: String,
    cause: String,
    start_time: Timestamp,
    end_time: Option<Timestamp>,
    status_code: &'static str,
    status_message: Option<String>,
    progress: u32,
    details: String,
    #[serde(rename = "AutoScalingGroupARN")]
    arn: String,
    auto_scaling_group_state: Option<&'static str>,
}

/// `Details` is a JSON document in a string.
#[derive(Debug, Serialize)]
struct Details<'a> {
    #[serde(rename = "Subnet ID", skip_serializing_if = "Option::is_none")]
    subnet: Option<&'a str>,
    #[serde(rename = "Availability Zone", skip_serializing_if = "Option::is_none")]
    zone: Option<&'a str>,
}

impl ActivityView {
    pub(super) fn new(group: &Group, activity: &Activity) -> Self {
        let details = Details {
            subnet: subnet(group, activity),
            zone: activity.zone.as_deref(),
        };
        Self {
            activity_id: activity.id.clone(),
            auto_scaling_group_name: group.name.clone(),
            description: activity.description.clone(),
            cause: activity.cause.clone(),
            start_time: activity.started,
            end_time: activity.ended,
            status_code: activity.status.name(),
            status_message: activity.message.clone(),
            progress: activity.status.progress(),
            details: serde_json::to_string(&details).unwrap_or_default(),
            arn: group.arn.clone(),
            auto_scaling_group_state: group.is_deleted().then_some("Deleted"),
        }
    }
}

/// The n-th subnet is the one in the n-th zone.
fn subnet<'a>(group: &'a Group, activity: &Activity) -> Option<&'a str> {
    let zone = activity.zone.as_ref()?;
    let at = group.place.zones.iter().position(|known| known == zone)?;
    group.place.subnets.get(at).map(String::as_str)
}

/// Those under way come first, then the newest first.
pub(super) fn describe(
    world: &World,
    request: &DescribeActivities,
) -> Result<Activities, ApiError> {
    let groups = groups(world, request)?;
    let named =
        |a: &Activity| request.activity_ids.is_empty() || request.activity_ids.contains(&a.id);
    let mut found = Vec::new();
    for group in groups {
        for activity in group.activities.iter().rev().filter(|a| named(a)) {
            if matches_all(activity, &request.filters)? {
                found.push((group, activity));
            }
        }
    }
    // One group's are in this order already.
    found.sort_by_key(|(_, a)| std::cmp::Reverse(a.started));
    let (mut found, ended): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(_, a)| a.ended.is_none());
    found.extend(ended);
    let token = request.next_token.as_deref();
    let page = list::page(found.into_iter(), token, request.max_records, HUNDRED)?;
    let activities = page
        .items
        .into_iter()
        .map(|(g, a)| ActivityView::new(g, a))
        .collect();
    Ok(Activities {
        activities,
        next_token: page.next,
    })
}

/// With `IncludeDeletedGroups` those that are gone, too, even of the same name.
fn groups<'a>(world: &'a World, request: &DescribeActivities) -> Result<Vec<&'a Group>, ApiError> {
    let name = request.auto_scaling_group_name.as_ref();
    let deleted = world.deleted_groups().iter();
    let deleted = deleted.filter(|_| request.include_deleted_groups == Some(true));
    let named = |group: &&Group| name.is_none_or(|name| group.name == *name);
    let found: Vec<_> = world.groups().chain(deleted).filter(named).collect();
    match name {
        Some(name) if found.is_empty() => world.known_group(name).map(|group| vec![group]),
        _ => Ok(found),
    }
}

fn matches_all(activity: &Activity, filters: &[Filter]) -> Result<bool, ApiError> {
    for filter in filters {
        let matches = match filter.name.as_str() {
            "StartTimeLowerBound" => activity.started >= bound(filter)?,
            "StartTimeUpperBound" => activity.started <= bound(filter)?,
            "Status" => filter.has(activity.status.name()),
            _ => return Err(filter.unknown()),
        };
        if !matches {
            return Ok(false);
        }
    }
    Ok(true)
}

fn bound(filter: &Filter) -> Result<Timestamp, ApiError> {
    let parsed = filter.values.first().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| {
        let message = format!("Filter {} needs one ISO 8601 time.", filter.name);
        ApiError::validation(message)
    })
}
