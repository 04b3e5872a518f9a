//! Tags of groups.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::list::{self, FIFTY};
use super::shapes::Filter;
use crate::wire::error::ApiError;
use crate::world::{Group, GroupTag, World};

/// The only kind of resource that has tags here.
const RESOURCE_TYPE: &str = "auto-scaling-group";

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
            resource_type: RESOURCE_TYPE,
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

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Tag.html>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Tag {
    resource_id: Option<String>,
    resource_type: Option<String>,
    key: String,
    value: Option<String>,
    propagate_at_launch: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ChangeTags {
    #[serde(default)]
    tags: Vec<Tag>,
}

impl Tag {
    /// The group that the tag names.
    fn group(&self) -> Result<&str, ApiError> {
        let kind = self.resource_type.as_deref().unwrap_or(RESOURCE_TYPE);
        if kind != RESOURCE_TYPE {
            let message = format!("The resource type {kind} is not {RESOURCE_TYPE}.");
            return Err(ApiError::validation(message));
        }
        let id = self.resource_id.as_deref();
        id.ok_or_else(|| ApiError::validation("A tag must name its ResourceId."))
    }

    fn into_tag(self) -> GroupTag {
        GroupTag {
            key: self.key,
            value: self.value.unwrap_or_default(),
            propagate_at_launch: self.propagate_at_launch.unwrap_or(false),
        }
    }

    /// A tag that comes with its group need not name it.
    pub(super) fn of_new_group(self, name: &str) -> Result<GroupTag, ApiError> {
        if self.resource_id.is_some() && self.group()? != name {
            let message = "A tag of a new group must name that group.";
            return Err(ApiError::validation(message));
        }
        Ok(self.into_tag())
    }
}

pub(super) fn create_or_update(
    world: &mut World,
    now: Timestamp,
    request: ChangeTags,
) -> Result<(), ApiError> {
    for tag in request.known(world)?.tags {
        let group = tag.group()?.to_owned();
        world.put_group_tags(now, &group, vec![tag.into_tag()])?;
    }
    Ok(())
}

/// Only the key decides which tag goes; AWS's own examples send the other members along.
pub(super) fn delete(
    world: &mut World,
    now: Timestamp,
    request: ChangeTags,
) -> Result<(), ApiError> {
    for tag in request.known(world)?.tags {
        let group = tag.group()?.to_owned();
        world.delete_group_tags(now, &group, &[tag.key])?;
    }
    Ok(())
}

impl ChangeTags {
    /// Nothing is changed if one of the groups does not exist.
    fn known(self, world: &World) -> Result<Self, ApiError> {
        for tag in &self.tags {
            world.known_group(tag.group()?)?;
        }
        Ok(self)
    }
}
