//! Load balancers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::health_checks::only;
use super::list;
use super::tags::{self, Tag};
use super::target_groups::check_name;
use crate::service::codec::Nothing;
use crate::wire::error::ApiError;
use crate::world::{CreateLoadBalancer, LoadBalancer, World};

/// Where every load balancer listens: what its DNS name would resolve to.
const ADDRESS: &str = "127.0.0.1";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    #[serde(default)]
    load_balancer_arns: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    marker: Option<String>,
    page_size: Option<usize>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LoadBalancers {
    load_balancers: Vec<LoadBalancerView>,
    next_marker: Option<String>,
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancer.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LoadBalancerView {
    load_balancer_arn: String,
    load_balancer_name: String,
    #[serde(rename = "DNSName")]
    dns_name: String,
    created_time: Timestamp,
    scheme: &'static str,
    state: State,
    #[serde(rename = "Type")]
    kind: &'static str,
    availability_zones: Vec<Zone>,
    security_groups: Vec<String>,
    ip_address_type: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    code: &'static str,
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Zone {
    zone_name: String,
    subnet_id: Option<String>,
}

/// A named load balancer that does not exist is an error.
pub(super) fn describe(world: &World, request: &Describe) -> Result<LoadBalancers, ApiError> {
    let find = |wanted: &String| {
        let mut all = world.load_balancers().iter();
        all.find(|b| b.arn == *wanted || b.spec.name == *wanted)
            .ok_or_else(|| not_found(wanted))
    };
    let wanted: Vec<_> = request
        .load_balancer_arns
        .iter()
        .chain(&request.names)
        .collect();
    let found: Vec<&LoadBalancer> = if wanted.is_empty() {
        world.load_balancers().iter().collect()
    } else {
        wanted.into_iter().map(find).collect::<Result<_, _>>()?
    };
    let page = list::page(
        found.into_iter(),
        request.marker.as_deref(),
        request.page_size,
    )?;
    let views = page
        .items
        .into_iter()
        .map(|balancer| LoadBalancerView::new(world, balancer));
    Ok(LoadBalancers {
        load_balancers: views.collect(),
        next_marker: page.next,
    })
}

fn not_found(wanted: &str) -> ApiError {
    let message = format!("Load balancers '[{wanted}]' not found");
    ApiError::new(400, "LoadBalancerNotFound", message)
}

impl LoadBalancerView {
    fn new(world: &World, balancer: &LoadBalancer) -> Self {
        let zones = world.identity().zones.iter().enumerate();
        let zone = |(at, zone): (usize, &String)| Zone {
            zone_name: zone.clone(),
            subnet_id: balancer.spec.subnets.get(at).cloned(),
        };
        let failure = balancer.failure.clone();
        Self {
            load_balancer_arn: balancer.arn.clone(),
            load_balancer_name: balancer.spec.name.clone(),
            dns_name: balancer.spec.dns_name.clone(),
            created_time: balancer.created,
            scheme: scheme(balancer.spec.internal),
            state: State {
                code: if failure.is_some() {
                    "failed"
                } else {
                    "active"
                },
                reason: failure,
            },
            kind: "application",
            availability_zones: zones.map(zone).collect(),
            security_groups: balancer.spec.security_groups.clone(),
            ip_address_type: "ipv4",
        }
    }
}

fn scheme(internal: bool) -> &'static str {
    if internal {
        "internal"
    } else {
        "internet-facing"
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Create {
    name: String,
    #[serde(default)]
    subnets: Vec<String>,
    #[serde(default)]
    security_groups: Vec<String>,
    scheme: Option<String>,
    #[serde(rename = "Type")]
    kind: Option<String>,
    ip_address_type: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// It needs subnets in two zones, as on AWS; which these are makes no difference here.
pub(super) fn create(world: &mut World, request: Create) -> Result<LoadBalancers, ApiError> {
    check_name("Load balancer", &request.name)?;
    if request.name.starts_with("internal-") {
        let name = &request.name;
        let message = format!("Load balancer name '{name}' cannot begin with 'internal-'");
        return Err(ApiError::validation(message));
    }
    only("Type", request.kind.as_deref(), "application")?;
    only("IpAddressType", request.ip_address_type.as_deref(), "ipv4")?;
    if request.subnets.len() < 2 {
        let message = "At least two subnets in two different Availability Zones must be specified";
        return Err(ApiError::validation(message));
    }
    let internal = match request.scheme.as_deref() {
        None | Some("internet-facing") => false,
        Some("internal") => true,
        Some(other) => {
            let message = format!("Scheme '{other}' is not valid");
            return Err(ApiError::new(400, "InvalidScheme", message));
        }
    };
    let arn = world.add_load_balancer(CreateLoadBalancer {
        name: request.name,
        dns_name: ADDRESS.to_owned(),
        internal,
        subnets: request.subnets,
        security_groups: request.security_groups,
        tags: tags::checked(request.tags)?,
    })?;
    let balancer = world.known_load_balancer(&arn)?;
    Ok(LoadBalancers {
        load_balancers: vec![LoadBalancerView::new(world, balancer)],
        next_marker: None,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Delete {
    load_balancer_arn: String,
}

pub(super) fn delete(world: &mut World, request: &Delete) -> Result<Nothing, ApiError> {
    world.delete_load_balancer(&request.load_balancer_arn)?;
    Ok(Nothing {})
}
