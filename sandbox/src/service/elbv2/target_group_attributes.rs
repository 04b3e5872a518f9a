//! Attributes of target groups.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html>

use serde::Deserialize;
use std::time::Duration;

use super::attributes::{Attribute, Attributes, whole_seconds};
use crate::routing::Algorithm;
use crate::wire::error::ApiError;
use crate::world::{TargetGroup, World};

const COUNT: &str = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count";
const PERCENTAGE: &str =
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage";

/// Those that there is nothing behind. There are no sticky sessions.
const FIXED: [(&str, &str); 7] = [
    ("stickiness.enabled", "false"),
    ("stickiness.type", "lb_cookie"),
    ("stickiness.lb_cookie.duration_seconds", "86400"),
    ("load_balancing.algorithm.anomaly_mitigation", "off"),
    (
        "load_balancing.cross_zone.enabled",
        "use_load_balancer_configuration",
    ),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.count",
        "1",
    ),
    (
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        "off",
    ),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    target_group_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Modify {
    target_group_arn: String,
    attributes: Vec<Attribute>,
}

pub(super) fn describe(world: &World, request: &Describe) -> Result<Attributes, ApiError> {
    let group = world.known_target_group(&request.target_group_arn)?;
    Ok(view(group))
}

/// All or none.
pub(super) fn modify(world: &mut World, request: &Modify) -> Result<Attributes, ApiError> {
    let group = world.known_target_group_mut(&request.target_group_arn)?;
    let mut changed = group.clone();
    for attribute in &request.attributes {
        set(&mut changed, attribute)?;
    }
    if !changed.slow_start.is_zero() && changed.algorithm != Algorithm::RoundRobin {
        let message = "Slow start can only be used with the round_robin algorithm";
        return Err(ApiError::new(400, "InvalidConfigurationRequest", message));
    }
    *group = changed;
    Ok(view(group))
}

fn view(group: &TargetGroup) -> Attributes {
    let percentage = group.minimum_healthy.percentage;
    let own = [
        (
            "deregistration_delay.timeout_seconds",
            whole_seconds(group.deregistration_delay).to_string(),
        ),
        (
            "slow_start.duration_seconds",
            whole_seconds(group.slow_start).to_string(),
        ),
        (
            "load_balancing.algorithm.type",
            group.algorithm.name().to_owned(),
        ),
        (COUNT, group.minimum_healthy.count.to_string()),
        (
            PERCENTAGE,
            percentage.map_or("off".to_owned(), |p| p.to_string()),
        ),
    ];
    let fixed = FIXED.map(|(key, value)| (key, value.to_owned()));
    Attributes::new(own.into_iter().chain(fixed))
}

fn set(group: &mut TargetGroup, attribute: &Attribute) -> Result<(), ApiError> {
    match attribute.key.as_str() {
        "deregistration_delay.timeout_seconds" => {
            group.deregistration_delay = attribute.seconds(0, 3600)?;
        }
        "slow_start.duration_seconds" => group.slow_start = slow_start(attribute)?,
        "load_balancing.algorithm.type" => {
            group.algorithm = attribute.one_of(&Algorithm::ALL, Algorithm::name)?;
        }
        COUNT => group.minimum_healthy.count = attribute.number(1, 1000)?,
        PERCENTAGE => {
            let off = attribute.value == "off";
            let percentage = (!off).then(|| attribute.number(1, 100)).transpose()?;
            group.minimum_healthy.percentage = percentage;
        }
        _ => attribute.fixed(&FIXED)?,
    }
    Ok(())
}

/// Zero is off.
fn slow_start(attribute: &Attribute) -> Result<Duration, ApiError> {
    if attribute.value == "0" {
        return Ok(Duration::ZERO);
    }
    attribute.seconds(30, 900)
}
