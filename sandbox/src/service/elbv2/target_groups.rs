//! Target groups.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::attributes::whole_seconds;
use super::health_checks::{self, Asked, MatcherView, only};
use super::list;
use super::tags::{self, Tag};
use crate::service::codec::Nothing;
use crate::wire::error::ApiError;
use crate::world::{TargetGroup, TargetGroupSpec, World};

/// AWS's default.
const DEREGISTRATION_DELAY: Duration = Duration::from_mins(5);

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
    ip_address_type: &'static str,
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
            ip_address_type: "ipv4",
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

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Create {
    name: String,
    protocol: Option<String>,
    protocol_version: Option<String>,
    port: Option<u16>,
    vpc_id: Option<String>,
    target_type: Option<String>,
    ip_address_type: Option<String>,
    health_check_protocol: Option<String>,
    health_check_port: Option<String>,
    health_check_enabled: Option<bool>,
    health_check_path: Option<String>,
    health_check_interval_seconds: Option<u32>,
    health_check_timeout_seconds: Option<u32>,
    healthy_threshold_count: Option<u32>,
    unhealthy_threshold_count: Option<u32>,
    matcher: Option<MatcherView>,
    #[serde(default)]
    tags: Vec<Tag>,
}

pub(super) fn create(world: &mut World, request: Create) -> Result<TargetGroups, ApiError> {
    check_name("Target group", &request.name)?;
    only(
        "ProtocolVersion",
        request.protocol_version.as_deref(),
        "HTTP1",
    )?;
    only("TargetType", request.target_type.as_deref(), "instance")?;
    only("IpAddressType", request.ip_address_type.as_deref(), "ipv4")?;
    if request.protocol.is_none() {
        return Err(ApiError::validation("A protocol must be specified"));
    }
    only("Protocol", request.protocol.as_deref(), "HTTP")?;
    if request.vpc_id.is_none() {
        return Err(ApiError::validation("A VPC ID must be specified"));
    }
    let port = request.port.filter(|port| *port > 0);
    let port = port.ok_or_else(|| ApiError::validation("A port must be specified"))?;
    let asked = Asked {
        protocol: request.health_check_protocol,
        port: request.health_check_port,
        enabled: request.health_check_enabled,
        path: request.health_check_path,
        interval: request.health_check_interval_seconds,
        timeout: request.health_check_timeout_seconds,
        healthy: request.healthy_threshold_count,
        unhealthy: request.unhealthy_threshold_count,
        matcher: request.matcher,
    };
    let spec = TargetGroupSpec {
        name: request.name,
        port,
        health_check: health_checks::applied(health_checks::default(), asked)?,
        deregistration_delay: DEREGISTRATION_DELAY,
    };
    let arn = world.add_target_group(spec, tags::checked(request.tags)?)?;
    one(world, &arn)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Modify {
    target_group_arn: String,
    health_check_protocol: Option<String>,
    health_check_port: Option<String>,
    health_check_enabled: Option<bool>,
    health_check_path: Option<String>,
    health_check_interval_seconds: Option<u32>,
    health_check_timeout_seconds: Option<u32>,
    healthy_threshold_count: Option<u32>,
    unhealthy_threshold_count: Option<u32>,
    matcher: Option<MatcherView>,
}

pub(super) fn modify(world: &mut World, request: Modify) -> Result<TargetGroups, ApiError> {
    let group = world.known_target_group_mut(&request.target_group_arn)?;
    let asked = Asked {
        protocol: request.health_check_protocol,
        port: request.health_check_port,
        enabled: request.health_check_enabled,
        path: request.health_check_path,
        interval: request.health_check_interval_seconds,
        timeout: request.health_check_timeout_seconds,
        healthy: request.healthy_threshold_count,
        unhealthy: request.unhealthy_threshold_count,
        matcher: request.matcher,
    };
    group.health_check = health_checks::applied(group.health_check.clone(), asked)?;
    one(world, &request.target_group_arn)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Delete {
    target_group_arn: String,
}

pub(super) fn delete(world: &mut World, request: &Delete) -> Result<Nothing, ApiError> {
    world.delete_target_group(&request.target_group_arn)?;
    Ok(Nothing {})
}

fn one(world: &World, arn: &str) -> Result<TargetGroups, ApiError> {
    let group = world.known_target_group(arn)?;
    Ok(TargetGroups {
        target_groups: vec![TargetGroupView::new(world, group)],
        next_marker: None,
    })
}

/// At most 32 letters, digits and hyphens, none at either end.
pub(super) fn check_name(kind: &str, name: &str) -> Result<(), ApiError> {
    let good = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let ends = name.is_empty() || name.starts_with('-') || name.ends_with('-');
    if good && !ends && name.len() <= 32 {
        return Ok(());
    }
    Err(ApiError::validation(format!(
        "{kind} name '{name}' can only contain characters that are alphanumeric characters or hyphens(-), at most 32, and must not begin or end with a hyphen"
    )))
}
