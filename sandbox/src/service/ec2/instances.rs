//! Describing instances.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::request::{Filter, check_dry_run, check_filters, page};
use crate::wire::error::ApiError;
use crate::world::{Instance, InstanceId, InstanceState, Tag, World};

/// A page holds at most so many.
const MOST: usize = 1000;
/// And a page that is asked for no fewer.
const LEAST: usize = 5;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    #[serde(default, rename = "InstanceId")]
    ids: Vec<String>,
    #[serde(default, rename = "Filter")]
    filters: Vec<Filter>,
    max_results: Option<usize>,
    next_token: Option<String>,
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reservations {
    reservation_set: Vec<ReservationView>,
    next_token: Option<String>,
}

/// Every instance has a reservation of its own, as those that a group launches one by one do.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ReservationView {
    reservation_id: String,
    owner_id: String,
    instances_set: Vec<InstanceView>,
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct InstanceView {
    instance_id: String,
    image_id: String,
    instance_state: StateView,
    private_ip_address: Option<String>,
    key_name: Option<String>,
    instance_type: String,
    launch_time: Timestamp,
    placement: Placement,
    tag_set: Vec<Tag>,
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html>
#[derive(Debug, Serialize)]
pub(super) struct StateView {
    code: u16,
    name: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Placement {
    availability_zone: String,
}

impl StateView {
    pub(super) fn new(state: InstanceState) -> Self {
        Self {
            code: state.code(),
            name: state.name(),
        }
    }
}

impl ReservationView {
    fn new(world: &World, instance: &Instance) -> Self {
        Self {
            reservation_id: instance.id.as_str().replacen("i-", "r-", 1),
            owner_id: world.identity().account.clone(),
            instances_set: vec![InstanceView::new(instance)],
        }
    }
}

impl InstanceView {
    fn new(instance: &Instance) -> Self {
        let tag = |(key, value): (&String, &String)| Tag {
            key: key.clone(),
            value: value.clone(),
        };
        Self {
            instance_id: instance.id.to_string(),
            image_id: instance.image_id.clone(),
            instance_state: StateView::new(instance.state),
            private_ip_address: instance.address.map(|address| address.to_string()),
            key_name: instance.data.key_name.clone(),
            instance_type: instance.instance_type.clone(),
            launch_time: instance.launched_at,
            placement: Placement {
                availability_zone: instance.zone.clone(),
            },
            tag_set: instance.tags.iter().map(tag).collect(),
        }
    }
}

pub(super) fn describe(world: &World, request: &Describe) -> Result<Reservations, ApiError> {
    check_dry_run(request.dry_run)?;
    check_filters(&request.filters)?;
    check_page(request)?;
    let mut found = Vec::new();
    for instance in named(world, &request.ids)? {
        if matches_all(instance, &request.filters)? {
            found.push(instance);
        }
    }
    let token = request.next_token.as_deref();
    let page = page(found.into_iter(), token, request.max_results, MOST)?;
    let reservations = page
        .items
        .into_iter()
        .map(|instance| ReservationView::new(world, instance));
    Ok(Reservations {
        reservation_set: reservations.collect(),
        next_token: page.next,
    })
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html>
fn check_page(request: &Describe) -> Result<(), ApiError> {
    let Some(size) = request.max_results else {
        return Ok(());
    };
    if !request.ids.is_empty() {
        let message = "The parameter instancesSet cannot be used with the parameter maxResults";
        return Err(ApiError::new(400, "InvalidParameterCombination", message));
    }
    if size < LEAST {
        let message = format!(
            "Value ( {size} ) for parameter maxResults is invalid. Expecting a value greater than {LEAST}."
        );
        return Err(ApiError::new(400, "InvalidParameterValue", message));
    }
    Ok(())
}

fn named<'a>(world: &'a World, ids: &[String]) -> Result<Vec<&'a Instance>, ApiError> {
    if ids.is_empty() {
        return Ok(world.instances().collect());
    }
    ids.iter()
        .map(|id| world.known_instance(&InstanceId::new(id)))
        .collect()
}

fn matches_all(instance: &Instance, filters: &[Filter]) -> Result<bool, ApiError> {
    let address = instance.address.map(|a| a.to_string()).unwrap_or_default();
    let lookup = |name: &str| match name {
        "instance-id" => Some(vec![instance.id.as_str()]),
        "instance-state-name" => Some(vec![instance.state.name()]),
        "instance-type" => Some(vec![instance.instance_type.as_str()]),
        "image-id" => Some(vec![instance.image_id.as_str()]),
        "availability-zone" => Some(vec![instance.zone.as_str()]),
        "private-ip-address" => Some(vec![address.as_str()]),
        "tag-key" => Some(instance.tags.keys().map(String::as_str).collect()),
        _ => {
            let value = instance.tags.get(name.strip_prefix("tag:")?);
            Some(value.map(String::as_str).into_iter().collect())
        }
    };
    for filter in filters {
        if !filter.matches(lookup)? {
            return Ok(false);
        }
    }
    Ok(true)
}
