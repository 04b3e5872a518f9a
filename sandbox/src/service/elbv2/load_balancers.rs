//! Load balancers and listeners.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::list;
use crate::wire::error::ApiError;
use crate::world::{Listener, LoadBalancer, World};

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
    ip_address_type: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct State {
    code: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Zone {
    zone_name: String,
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
        let zones = world.identity().zones.iter();
        Self {
            load_balancer_arn: balancer.arn.clone(),
            load_balancer_name: balancer.spec.name.clone(),
            dns_name: balancer.spec.dns_name.clone(),
            created_time: balancer.created,
            scheme: "internet-facing",
            state: State { code: "active" },
            kind: "application",
            availability_zones: zones
                .map(|zone| Zone {
                    zone_name: zone.clone(),
                })
                .collect(),
            ip_address_type: "ipv4",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeListeners {
    load_balancer_arn: Option<String>,
    #[serde(default)]
    listener_arns: Vec<String>,
    marker: Option<String>,
    page_size: Option<usize>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listeners {
    listeners: Vec<ListenerView>,
    next_marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListenerView {
    listener_arn: String,
    load_balancer_arn: String,
    port: u16,
    protocol: &'static str,
    default_actions: Vec<Forward>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Forward {
    #[serde(rename = "Type")]
    kind: &'static str,
    target_group_arn: String,
}

pub(super) fn listeners(world: &World, request: &DescribeListeners) -> Result<Listeners, ApiError> {
    let (of, named) = (&request.load_balancer_arn, &request.listener_arns);
    let known = |arn: &String| world.load_balancers().iter().any(|b| b.arn == *arn);
    if let Some(arn) = of.as_ref().filter(|arn| !known(arn)) {
        return Err(not_found(arn));
    }
    let wanted = |l: &&Listener| {
        of.as_ref().is_none_or(|arn| *arn == l.load_balancer)
            && (named.is_empty() || named.contains(&l.arn))
    };
    let found = world.listeners().iter().filter(wanted);
    let page = list::page(found, request.marker.as_deref(), request.page_size)?;
    let views = page.items.into_iter().map(ListenerView::new);
    Ok(Listeners {
        listeners: views.collect(),
        next_marker: page.next,
    })
}

impl ListenerView {
    fn new(listener: &Listener) -> Self {
        let forward = |arn: &str| Forward {
            kind: "forward",
            target_group_arn: arn.to_owned(),
        };
        Self {
            listener_arn: listener.arn.clone(),
            load_balancer_arn: listener.load_balancer.clone(),
            port: listener.port,
            protocol: "HTTP",
            default_actions: listener
                .default_action
                .target_groups()
                .map(forward)
                .collect(),
        }
    }
}
