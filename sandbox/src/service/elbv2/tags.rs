//! Tags of load balancers, listeners, rules and target groups.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::service::codec::Nothing;
use crate::wire::error::ApiError;
use crate::world::World;

/// A resource has at most so many.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-tags.html>
const MOST: usize = 50;

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Add {
    resource_arns: Vec<String>,
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Remove {
    resource_arns: Vec<String>,
    tag_keys: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    resource_arns: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagDescriptions {
    tag_descriptions: Vec<TagDescription>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagDescription {
    resource_arn: String,
    tags: Vec<Tag>,
}

pub(super) fn add(world: &mut World, request: Add) -> Result<Nothing, ApiError> {
    let added = checked(request.tags)?;
    for arn in &request.resource_arns {
        let tags = tags_of(world, arn)?;
        let mut all = tags.clone();
        all.extend(added.clone());
        within_limit(&all)?;
        *tags = all;
    }
    Ok(Nothing {})
}

pub(super) fn remove(world: &mut World, request: &Remove) -> Result<Nothing, ApiError> {
    for arn in &request.resource_arns {
        let tags = tags_of(world, arn)?;
        tags.retain(|key, _| !request.tag_keys.contains(key));
    }
    Ok(Nothing {})
}

pub(super) fn describe(world: &mut World, request: &Describe) -> Result<TagDescriptions, ApiError> {
    let mut tag_descriptions = Vec::new();
    for arn in &request.resource_arns {
        let tags = tags_of(world, arn)?.iter().map(|(key, value)| Tag {
            key: key.clone(),
            value: value.clone(),
        });
        tag_descriptions.push(TagDescription {
            resource_arn: arn.clone(),
            tags: tags.collect(),
        });
    }
    Ok(TagDescriptions { tag_descriptions })
}

/// Tags as they come with something new.
pub(super) fn checked(tags: Vec<Tag>) -> Result<BTreeMap<String, String>, ApiError> {
    let mut all = BTreeMap::new();
    for tag in tags {
        check_key(&tag.key)?;
        if let Some(twice) = all.insert(tag.key.clone(), tag.value).map(|_| tag.key) {
            let message = format!("Tag key was specified more than once: {twice}");
            return Err(ApiError::new(400, "DuplicateTagKeys", message));
        }
    }
    within_limit(&all)?;
    Ok(all)
}

/// `aws:` is the system's own, in any case.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Tag.html>
fn check_key(key: &str) -> Result<(), ApiError> {
    let reserved = key
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    if reserved {
        let message = format!("Tag keys starting with 'aws:' are reserved for system use: '{key}'");
        return Err(ApiError::validation(message));
    }
    Ok(())
}

fn within_limit(tags: &BTreeMap<String, String>) -> Result<(), ApiError> {
    if tags.len() > MOST {
        let message = format!("A resource can have at most {MOST} tags");
        return Err(ApiError::new(400, "TooManyTags", message));
    }
    Ok(())
}

fn tags_of<'a>(
    world: &'a mut World,
    arn: &str,
) -> Result<&'a mut BTreeMap<String, String>, ApiError> {
    if arn.contains(":targetgroup/") {
        return Ok(&mut world.known_target_group_mut(arn)?.tags);
    }
    if arn.contains(":listener/") {
        return Ok(&mut world.known_listener_mut(arn)?.tags);
    }
    if arn.contains(":listener-rule/") {
        return Ok(&mut world.known_rule_mut(arn)?.tags);
    }
    Ok(&mut world.known_load_balancer_mut(arn)?.spec.tags)
}
