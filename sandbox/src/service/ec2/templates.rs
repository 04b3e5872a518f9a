//! Describing launch templates and their versions.

use serde::{Deserialize, Serialize};

use super::create_templates::check_no_alias;
use super::request::{Filter, check_dry_run, check_filters, page, template_key, version_spec};
use super::template_view::{TemplateView, VersionView};
use crate::wire::error::ApiError;
use crate::world::{
    LaunchTemplate, LaunchTemplateId, LaunchTemplateVersion, TemplateKey, VersionRange,
    VersionSpec, World,
};

/// A page of templates, and one of versions, holds at most so many.
const MOST: usize = 200;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    #[serde(default, rename = "LaunchTemplateId")]
    ids: Vec<String>,
    #[serde(default, rename = "LaunchTemplateName")]
    names: Vec<String>,
    #[serde(default, rename = "Filter")]
    filters: Vec<Filter>,
    max_results: Option<usize>,
    next_token: Option<String>,
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TemplateList {
    launch_templates: Vec<TemplateView>,
    next_token: Option<String>,
}

/// A named template that does not exist is an error, unlike one that no filter fits.
pub(super) fn describe(world: &World, request: &Describe) -> Result<TemplateList, ApiError> {
    check_dry_run(request.dry_run)?;
    check_filters(&request.filters)?;
    let mut found = Vec::new();
    for template in named(world, request)? {
        if matches_all(template, &request.filters)? {
            found.push(template);
        }
    }
    let token = request.next_token.as_deref();
    let page = page(found.into_iter(), token, request.max_results, MOST)?;
    let views = page
        .items
        .into_iter()
        .map(|template| TemplateView::new(world, template));
    Ok(TemplateList {
        launch_templates: views.collect(),
        next_token: page.next,
    })
}

fn named<'a>(world: &'a World, request: &Describe) -> Result<Vec<&'a LaunchTemplate>, ApiError> {
    if request.ids.is_empty() && request.names.is_empty() {
        return Ok(world.launch_templates().collect());
    }
    let ids = request
        .ids
        .iter()
        .map(|id| TemplateKey::Id(LaunchTemplateId::new(id)));
    let names = request
        .names
        .iter()
        .map(|name| TemplateKey::Name(name.clone()));
    ids.chain(names)
        .map(|key| world.launch_template(&key))
        .collect()
}

fn matches_all(template: &LaunchTemplate, filters: &[Filter]) -> Result<bool, ApiError> {
    let lookup = |name: &str| match name {
        "launch-template-name" => Some(vec![template.name.as_str()]),
        "tag-key" => Some(template.tags.iter().map(|tag| tag.key.as_str()).collect()),
        _ => {
            let key = name.strip_prefix("tag:")?;
            let tags = template.tags.iter().filter(|tag| tag.key == key);
            Some(tags.map(|tag| tag.value.as_str()).collect())
        }
    };
    for filter in filters {
        if !filter.matches(lookup)? {
            return Ok(false);
        }
    }
    Ok(true)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeVersions {
    launch_template_id: Option<String>,
    launch_template_name: Option<String>,
    #[serde(default, rename = "LaunchTemplateVersion")]
    versions: Vec<String>,
    min_version: Option<u64>,
    max_version: Option<u64>,
    max_results: Option<usize>,
    next_token: Option<String>,
    resolve_alias: Option<bool>,
    dry_run: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VersionList {
    launch_template_version_set: Vec<VersionView>,
    next_token: Option<String>,
}

pub(super) fn describe_versions(
    world: &World,
    request: &DescribeVersions,
) -> Result<VersionList, ApiError> {
    check_dry_run(request.dry_run)?;
    check_no_alias(request.resolve_alias)?;
    let named: Vec<_> = request
        .versions
        .iter()
        .map(|text| version_spec(text))
        .collect::<Result<_, _>>()?;
    let range = VersionRange {
        min: request.min_version,
        max: request.max_version,
    };
    let found = match (&request.launch_template_id, &request.launch_template_name) {
        (None, None) => of_all(world, &named)?,
        (id, name) => of_one(
            world,
            &template_key(id.clone(), name.clone())?,
            &named,
            range,
        )?,
    };
    let token = request.next_token.as_deref();
    let page = page(found.into_iter(), token, request.max_results, MOST)?;
    let views = page
        .items
        .into_iter()
        .map(|(t, version)| VersionView::new(world, t, version));
    Ok(VersionList {
        launch_template_version_set: views.collect(),
        next_token: page.next,
    })
}

type Found<'a> = Vec<(&'a LaunchTemplate, &'a LaunchTemplateVersion)>;

fn of_one<'a>(
    world: &'a World,
    key: &TemplateKey,
    named: &[VersionSpec],
    range: VersionRange,
) -> Result<Found<'a>, ApiError> {
    let template = world.launch_template(key)?;
    let versions = template.select(named, range)?;
    Ok(versions
        .into_iter()
        .map(|version| (template, version))
        .collect())
}

/// Without a template only the aliases can be asked for.
fn of_all<'a>(world: &'a World, named: &[VersionSpec]) -> Result<Found<'a>, ApiError> {
    if named.is_empty() || named.iter().any(|version| version.is_number()) {
        let message = "The request must contain the parameter LaunchTemplateId or \
                       LaunchTemplateName, or only the versions $Latest and $Default";
        return Err(ApiError::new(400, "MissingParameter", message));
    }
    let mut found = Vec::new();
    for template in world.launch_templates() {
        let versions = template.select(named, VersionRange::default())?;
        found.extend(versions.into_iter().map(|version| (template, version)));
    }
    Ok(found)
}
