//! Listeners.

use serde::{Deserialize, Serialize};

use super::actions::{self, Action};
use super::health_checks::only;
use super::list;
use super::tags::{self, Tag};
use crate::service::codec::Nothing;
use crate::wire::error::ApiError;
use crate::world::{Listener, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    load_balancer_arn: Option<String>,
    #[serde(default)]
    listener_arns: Vec<String>,
    marker: Option<String>,
    page_size: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Create {
    load_balancer_arn: String,
    protocol: Option<String>,
    port: Option<u16>,
    default_actions: Vec<Action>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Modify {
    listener_arn: String,
    protocol: Option<String>,
    port: Option<u16>,
    default_actions: Option<Vec<Action>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Delete {
    listener_arn: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listeners {
    listeners: Vec<ListenerView>,
    next_marker: Option<String>,
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Listener.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListenerView {
    listener_arn: String,
    load_balancer_arn: String,
    port: u16,
    protocol: &'static str,
    default_actions: Vec<Action>,
}

/// Those of a load balancer, or those that are named.
pub(super) fn describe(world: &World, request: &Describe) -> Result<Listeners, ApiError> {
    let found: Vec<&Listener> = if let Some(arn) = &request.load_balancer_arn {
        world.known_load_balancer(arn)?;
        world.listeners_of(arn).collect()
    } else if request.listener_arns.is_empty() {
        return Err(ApiError::validation(
            "You must specify either listener ARNs or a load balancer ARN",
        ));
    } else {
        let named = request.listener_arns.iter();
        named
            .map(|arn| world.known_listener(arn))
            .collect::<Result<_, _>>()?
    };
    let page = list::page(
        found.into_iter(),
        request.marker.as_deref(),
        request.page_size,
    )?;
    Ok(Listeners {
        listeners: page.items.into_iter().map(ListenerView::new).collect(),
        next_marker: page.next,
    })
}

pub(super) fn create(world: &mut World, request: Create) -> Result<Listeners, ApiError> {
    world.known_load_balancer(&request.load_balancer_arn)?;
    if request.protocol.is_none() {
        return Err(ApiError::validation(
            "A listener protocol must be specified",
        ));
    }
    check_protocol(request.protocol.as_deref())?;
    let port = request.port.filter(|port| *port > 0);
    let port = port.ok_or_else(|| ApiError::validation("A listener port must be specified"))?;
    let action = actions::parsed(request.default_actions)?;
    let tags = tags::checked(request.tags)?;
    let arn = world.add_listener(&request.load_balancer_arn, port, action, tags)?;
    one(world, &arn)
}

pub(super) fn modify(world: &mut World, request: Modify) -> Result<Listeners, ApiError> {
    world.known_listener(&request.listener_arn)?;
    check_protocol(request.protocol.as_deref())?;
    let action = request.default_actions.map(actions::parsed).transpose()?;
    world.modify_listener(&request.listener_arn, request.port, action)?;
    one(world, &request.listener_arn)
}

pub(super) fn delete(world: &mut World, request: &Delete) -> Result<Nothing, ApiError> {
    world.delete_listener(&request.listener_arn)?;
    Ok(Nothing {})
}

/// There is no TLS.
fn check_protocol(protocol: Option<&str>) -> Result<(), ApiError> {
    match protocol {
        Some("HTTPS") => only("Protocol", protocol, "HTTP"),
        Some(other) if other != "HTTP" => Err(ApiError::validation(format!(
            "Listener protocol '{other}' must be one of 'HTTP, HTTPS'"
        ))),
        _ => Ok(()),
    }
}

fn one(world: &World, arn: &str) -> Result<Listeners, ApiError> {
    let listener = world.known_listener(arn)?;
    Ok(Listeners {
        listeners: vec![ListenerView::new(listener)],
        next_marker: None,
    })
}

impl ListenerView {
    fn new(listener: &Listener) -> Self {
        Self {
            listener_arn: listener.arn.clone(),
            load_balancer_arn: listener.load_balancer.clone(),
            port: listener.port,
            protocol: "HTTP",
            default_actions: actions::views(&listener.default_action),
        }
    }
}
