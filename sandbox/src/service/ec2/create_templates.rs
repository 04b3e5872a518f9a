//! Making launch templates and versions, and moving the default.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::request::{check_dry_run, template_key, version_spec};
use super::template_view::{TemplateView, VersionView};
use crate::wire::error::ApiError;
use crate::world::{
    CreateTemplate, CreateVersion, LaunchTemplateData, Tag, TagSpecification, TemplateKey, World,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Create {
    launch_template_name: String,
    launch_template_data: LaunchTemplateData,
    version_description: Option<String>,
    client_token: Option<String>,
    #[serde(default, rename = "TagSpecification")]
    tag_specifications: Vec<TagSpecification>,
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OneTemplate {
    pub(super) launch_template: TemplateView,
}

pub(super) fn create(
    world: &mut World,
    now: Timestamp,
    request: Create,
) -> Result<OneTemplate, ApiError> {
    check_dry_run(request.dry_run)?;
    let id = world.create_template(
        now,
        CreateTemplate {
            name: request.launch_template_name,
            data: request.launch_template_data,
            description: request.version_description,
            tags: template_tags(request.tag_specifications)?,
            client_token: request.client_token,
        },
    )?;
    let template = world.launch_template(&TemplateKey::Id(id))?;
    Ok(OneTemplate {
        launch_template: TemplateView::new(world, template),
    })
}

fn template_tags(specifications: Vec<TagSpecification>) -> Result<Vec<Tag>, ApiError> {
    let mut tags = Vec::new();
    for specification in specifications {
        if specification.resource_type.as_deref() != Some("launch-template") {
            let message = "The resource type of the tag specification must be launch-template";
            return Err(ApiError::new(400, "InvalidParameterValue", message));
        }
        tags.extend(specification.tags);
    }
    Ok(tags)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CreateVersionRequest {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    source_version: Option<String>,
    version_description: Option<String>,
    launch_template_data: LaunchTemplateData,
    client_token: Option<String>,
    resolve_alias: Option<bool>,
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OneVersion {
    launch_template_version: VersionView,
}

pub(super) fn create_version(
    world: &mut World,
    now: Timestamp,
    request: CreateVersionRequest,
) -> Result<OneVersion, ApiError> {
    check_dry_run(request.dry_run)?;
    check_no_alias(request.resolve_alias)?;
    let source = request
        .source_version
        .as_deref()
        .map(version_spec)
        .transpose()?;
    let (id, number) = world.create_template_version(
        now,
        CreateVersion {
            template: template_key(request.launch_template_id, request.launch_template_name)?,
            source,
            data: request.launch_template_data,
            description: request.version_description,
            client_token: request.client_token,
        },
    )?;
    let template = world.launch_template(&TemplateKey::Id(id))?;
    let view = VersionView::new(world, template, &template.versions[&number]);
    Ok(OneVersion {
        launch_template_version: view,
    })
}

/// Parameters in image ids are passed through, never resolved.
pub(super) fn check_no_alias(resolve_alias: Option<bool>) -> Result<(), ApiError> {
    if resolve_alias == Some(true) {
        let message = "The sandbox does not model ResolveAlias";
        return Err(ApiError::new(400, "UnsupportedOperation", message));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Modify {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    set_default_version: Option<String>,
    /// Setting a default twice is the same as setting it once.
    #[serde(rename = "ClientToken")]
    _client_token: Option<String>,
    dry_run: Option<bool>,
}

pub(super) fn modify(
    world: &mut World,
    now: Timestamp,
    request: Modify,
) -> Result<OneTemplate, ApiError> {
    check_dry_run(request.dry_run)?;
    let key = template_key(request.launch_template_id, request.launch_template_name)?;
    if let Some(text) = &request.set_default_version {
        world.set_default_version(now, &key, version_spec(text)?)?;
    }
    let template = world.launch_template(&key)?;
    Ok(OneTemplate {
        launch_template: TemplateView::new(world, template),
    })
}
