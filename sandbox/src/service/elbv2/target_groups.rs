//! Target groups and their attributes.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::list;
use crate::wire::error::ApiError;
use crate::world::{TargetGroup, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    load_balancer_arn: Option<String>,
    #[serde(default)]
    target_group_arns: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    marker: Option<String>,
    page_size: Option<usize>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TargetGroups {
    target_groups: Vec<TargetGroupView>,
    next_marker: Option<String>,
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroup.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TargetGroupView {
    target_group_arn: String,
    target_group_name: String,
    protocol: &'static str,
    protocol_version: &'static str,
    port: u16,
    target_type: &'static str,
    health_check_enabled: bool,
    health_check_protocol: &'static str,
    health_check_port: &'static str,
    health_check_path: String,
    health_check_interval_seconds: u64,
    health_check_timeout_seconds: u64,
    healthy_threshold_count: u32,
    unhealthy_threshold_count: u32,
    matcher: MatcherView,
    load_balancer_arns: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct MatcherView {
    http_code: String,
}

/// A named target group that does not exist is an error.
pub(super) fn describe(world: &World, request: &Describe) -> Result<TargetGroups, ApiError> {
    let found = named(world, request)?;
    let page = list::page(
        found.into_iter(),
        request.marker.as_deref(),
        request.page_size,
    )?;
    let views = page
        .items
        .into_iter()
        .map(|group| TargetGroupView::new(world, group));
    Ok(TargetGroups {
        target_groups: views.collect(),
        next_marker: page.next,
    })
}

fn named<'a>(world: &'a World, request: &Describe) -> Result<Vec<&'a TargetGroup>, ApiError> {
    if !request.target_group_arns.is_empty() {
        return request
            .target_group_arns
            .iter()
            .map(|arn| world.known_target_group(arn))
            .collect();
    }
    if !request.names.is_empty() {
        return request
            .names
            .iter()
            .map(|name| by_name(world, name))
            .collect();
    }
    let behind = |group: &&TargetGroup| match &request.load_balancer_arn {
        None => true,
        Some(arn) => balancers_of(world, group).contains(arn),
    };
    Ok(world.target_groups().filter(behind).collect())
}

fn by_name<'a>(world: &'a World, name: &str) -> Result<&'a TargetGroup, ApiError> {
    world
        .target_groups()
        .find(|group| group.name == name)
        .ok_or_else(|| {
            let message = "One or more target groups not found";
            ApiError::new(400, "TargetGroupNotFound", message)
        })
}

fn balancers_of(world: &World, group: &TargetGroup) -> Vec<String> {
    let balancers = world.balancers_of(&group.arn).into_iter();
    balancers.map(str::to_owned).collect()
}

impl TargetGroupView {
    fn new(world: &World, group: &TargetGroup) -> Self {
        let check = &group.health_check;
        Self {
            target_group_arn: group.arn.clone(),
            target_group_name: group.name.clone(),
            protocol: "HTTP",
            protocol_version: "HTTP1",
            port: group.port,
            target_type: "instance",
            health_check_enabled: true,
            health_check_protocol: "HTTP",
            health_check_port: "traffic-port",
            health_check_path: check.path.clone(),
            health_check_interval_seconds: whole_seconds(check.interval).max(1),
            health_check_timeout_seconds: whole_seconds(check.timeout).max(1),
            healthy_threshold_count: check.healthy_threshold,
            unhealthy_threshold_count: check.unhealthy_threshold,
            matcher: MatcherView {
                http_code: check.matcher.to_string(),
            },
            load_balancer_arns: balancers_of(world, group),
        }
    }
}

/// AWS counts in seconds, a rehearsal may be faster than that. Rounded up: no time is told shorter than it is.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeAttributes {
    target_group_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attributes {
    attributes: Vec<Attribute>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    key: &'static str,
    value: String,
}

/// Only the delay can be set; the others are what the balancer does.
pub(super) fn attributes(
    world: &World,
    request: &DescribeAttributes,
) -> Result<Attributes, ApiError> {
    let group = world.known_target_group(&request.target_group_arn)?;
    let delay = whole_seconds(group.deregistration_delay).to_string();
    let all = [
        ("deregistration_delay.timeout_seconds", delay),
        ("slow_start.duration_seconds", "0".to_owned()),
        ("stickiness.enabled", "false".to_owned()),
        ("load_balancing.algorithm.type", "round_robin".to_owned()),
        (
            "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
            "1".to_owned(),
        ),
    ];
    let attributes = all.into_iter().map(|(key, value)| Attribute { key, value });
    Ok(Attributes {
        attributes: attributes.collect(),
    })
}
