//! Tags of groups.

use serde::{Deserialize, Serialize};

use super::list::{self, FIFTY};
use super::shapes::Filter;
use crate::wire::error::ApiError;
use crate::world::{Group, World};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagDescription {
    resource_id: String,
    resource_type: &'static str,
    key: String,
    value: String,
    propagate_at_launch: bool,
}

impl TagDescription {
    pub(super) fn all(group: &Group) -> Vec<Self> {
        let tags = group.tags.iter().map(|tag| Self {
            resource_id: group.name.clone(),
            resource_type: "auto-scaling-group",
            key: tag.key.clone(),
            value: tag.value.clone(),
            propagate_at_launch: tag.propagate_at_launch,
        });
        tags.collect()
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeTags {
    #[serde(default)]
    filters: Vec<Filter>,
    max_records: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tags {
    tags: Vec<TagDescription>,
    next_token: Option<String>,
}

pub(super) fn describe(world: &World, request: &DescribeTags) -> Result<Tags, ApiError> {
    let mut found = Vec::new();
    for tag in world.groups().flat_map(TagDescription::all) {
        if matches_all(&tag, &request.filters)? {
            found.push(tag);
        }
    }
    let token = request.next_token.as_deref();
    let page = list::page(found.into_iter(), token, request.max_records, FIFTY)?;
    Ok(Tags {
        tags: page.items,
        next_token: page.next,
    })
}

fn matches_all(tag: &TagDescription, filters: &[Filter]) -> Result<bool, ApiError> {
    for filter in filters {
        let matches = match filter.name.as_str() {
            "auto-scaling-group" => filter.has(&tag.resource_id),
            "key" => filter.has(&tag.key),
            "value" => filter.has(&tag.value),
            "propagate-at-launch" => filter.has(&tag.propagate_at_launch.to_string()),
            _ => return Err(filter.unknown()),
        };
        if !matches {
            return Ok(false);
        }
    }
    Ok(true)
}
