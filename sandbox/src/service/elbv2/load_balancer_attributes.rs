//! Attributes of load balancers.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html>

use serde::Deserialize;

use super::attributes::{Attribute, Attributes, whole_seconds};
use crate::routing::ForwardedFor;
use crate::wire::error::ApiError;
use crate::world::{LoadBalancer, World};

/// Those that there is nothing behind.
const FIXED: [(&str, &str); 9] = [
    ("access_logs.s3.enabled", "false"),
    ("connection_logs.s3.enabled", "false"),
    ("ipv6.deny_all_igw_traffic", "false"),
    ("load_balancing.cross_zone.enabled", "true"),
    ("routing.http.desync_mitigation_mode", "defensive"),
    (
        "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
        "false",
    ),
    ("waf.fail_open.enabled", "false"),
    ("zonal_shift.config.enabled", "false"),
    ("health_check_logs.s3.enabled", "false"),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    load_balancer_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Modify {
    load_balancer_arn: String,
    attributes: Vec<Attribute>,
}

pub(super) fn describe(world: &World, request: &Describe) -> Result<Attributes, ApiError> {
    let balancer = world.known_load_balancer(&request.load_balancer_arn)?;
    Ok(view(balancer))
}

/// All or none.
pub(super) fn modify(world: &mut World, request: &Modify) -> Result<Attributes, ApiError> {
    let balancer = world.known_load_balancer_mut(&request.load_balancer_arn)?;
    let mut changed = balancer.clone();
    for attribute in &request.attributes {
        set(&mut changed, attribute)?;
    }
    *balancer = changed;
    Ok(view(balancer))
}

fn view(balancer: &LoadBalancer) -> Attributes {
    let set = &balancer.attributes;
    let own = [
        (
            "idle_timeout.timeout_seconds",
            whole_seconds(set.idle_timeout).to_string(),
        ),
        (
            "client_keep_alive.seconds",
            whole_seconds(set.client_keep_alive).to_string(),
        ),
        (
            "deletion_protection.enabled",
            balancer.deletion_protection.to_string(),
        ),
        ("routing.http2.enabled", set.http2.to_string()),
        (
            "routing.http.preserve_host_header.enabled",
            set.preserve_host.to_string(),
        ),
        (
            "routing.http.drop_invalid_header_fields.enabled",
            set.drop_invalid_headers.to_string(),
        ),
        (
            "routing.http.xff_header_processing.mode",
            set.forwarded_for.name().to_owned(),
        ),
        (
            "routing.http.xff_client_port.enabled",
            set.forwarded_port.to_string(),
        ),
    ];
    let fixed = FIXED.map(|(key, value)| (key, value.to_owned()));
    Attributes::new(own.into_iter().chain(fixed))
}

fn set(balancer: &mut LoadBalancer, attribute: &Attribute) -> Result<(), ApiError> {
    let to = &mut balancer.attributes;
    match attribute.key.as_str() {
        "idle_timeout.timeout_seconds" => to.idle_timeout = attribute.seconds(1, 4000)?,
        "client_keep_alive.seconds" => to.client_keep_alive = attribute.seconds(60, 604_800)?,
        "deletion_protection.enabled" => balancer.deletion_protection = attribute.flag()?,
        "routing.http2.enabled" => to.http2 = attribute.flag()?,
        "routing.http.preserve_host_header.enabled" => to.preserve_host = attribute.flag()?,
        "routing.http.drop_invalid_header_fields.enabled" => {
            to.drop_invalid_headers = attribute.flag()?;
        }
        "routing.http.xff_header_processing.mode" => {
            to.forwarded_for = attribute.one_of(&ForwardedFor::ALL, ForwardedFor::name)?;
        }
        "routing.http.xff_client_port.enabled" => to.forwarded_port = attribute.flag()?,
        _ => attribute.fixed(&FIXED)?,
    }
    Ok(())
}
