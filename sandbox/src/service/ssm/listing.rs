//! Parameters by path and by filter.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::names::page;
use super::parameters::{DataType, Tier, View, epoch_seconds};
use crate::wire::error::ApiError;
use crate::world::{Parameter, ParameterVersion, World};

/// `GetParametersByPath` shows at most so many at a time, `DescribeParameters` this many.
const MOST_BY_PATH: usize = 10;
const MOST_DESCRIBED: usize = 50;

/// What `GetParametersByPath` filters by; `tag`, `DataType`, `Name`, `Path` and `Tier` are for `DescribeParameters`.
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html>
const BY_PATH: [&str; 2] = ["Type", "Label"];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ByPath {
    path: String,
    #[serde(default)]
    recursive: bool,
    #[serde(default)]
    parameter_filters: Vec<Filter>,
    /// Nothing is encrypted.
    #[serde(rename = "WithDecryption")]
    _with_decryption: Option<bool>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Values {
    parameters: Vec<View>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn by_path(world: &World, request: &ByPath) -> Result<Values, ApiError> {
    let keys = request.parameter_filters.iter().map(|filter| &filter.key);
    if let Some(key) = keys
        .into_iter()
        .find(|key| !BY_PATH.contains(&key.as_str()))
    {
        return Err(unknown(key, None));
    }
    let found = world.parameters_below(&request.path, request.recursive)?;
    let found = filtered(world, found, &request.parameter_filters)?;
    let token = request.next_token.as_deref();
    let page = page(found.into_iter(), token, request.max_results, MOST_BY_PATH)?;
    let views = page.items.into_iter().map(|(p, v)| View::new(p, v));
    Ok(Values {
        parameters: views.collect(),
        next_token: page.next,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    #[serde(default)]
    parameter_filters: Vec<Filter>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Descriptions {
    parameters: Vec<Metadata>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterMetadata.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    name: String,
    #[serde(rename = "ARN")]
    arn: String,
    #[serde(rename = "Type")]
    kind: String,
    last_modified_date: f64,
    last_modified_user: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    version: u64,
    tier: Tier,
    policies: [String; 0],
    data_type: DataType,
}

impl Metadata {
    fn new(world: &World, parameter: &Parameter, version: &ParameterVersion) -> Self {
        Self {
            name: parameter.name.clone(),
            arn: parameter.arn.clone(),
            kind: version.kind.clone(),
            last_modified_date: epoch_seconds(version.modified),
            last_modified_user: super::parameters::writer(world),
            description: version.description.clone(),
            version: version.number,
            tier: Tier::Standard,
            policies: [],
            data_type: DataType::Text,
        }
    }
}

pub(super) fn describe(world: &World, request: &Describe) -> Result<Descriptions, ApiError> {
    let found = filtered(
        world,
        world.parameters().collect(),
        &request.parameter_filters,
    )?;
    let token = request.next_token.as_deref();
    let page = page(
        found.into_iter(),
        token,
        request.max_results,
        MOST_DESCRIBED,
    )?;
    let views = page.items.into_iter();
    Ok(Descriptions {
        parameters: views.map(|(p, v)| Metadata::new(world, p, v)).collect(),
        next_token: page.next,
    })
}

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html>
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Filter {
    key: String,
    option: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

/// A parameter, and which of its versions is meant.
type Found<'a> = Vec<(&'a Parameter, &'a ParameterVersion)>;

/// Each parameter that passes every filter, with the version that is meant: the labelled one, else the latest.
fn filtered<'a>(
    world: &World,
    parameters: Vec<&'a Parameter>,
    filters: &[Filter],
) -> Result<Found<'a>, ApiError> {
    let latest = |parameter: &'a Parameter| Some((parameter, parameter.latest()?));
    let mut found: Vec<_> = parameters.into_iter().filter_map(latest).collect();
    for filter in filters {
        found = filter.keep(world, found)?;
    }
    Ok(found)
}

impl Filter {
    fn keep<'a>(&self, world: &World, found: Found<'a>) -> Result<Found<'a>, ApiError> {
        let by_name = |fits: fn(&str, &str) -> bool| {
            let named = |(p, _): &(&Parameter, _)| self.values.iter().any(|v| fits(&p.name, v));
            found.iter().copied().filter(named).collect()
        };
        match (self.key.as_str(), self.option.as_deref()) {
            ("Name", None | Some("Equals")) => Ok(by_name(|name, value| name == value)),
            ("Name", Some("BeginsWith")) => Ok(by_name(|name, value| name.starts_with(value))),
            ("Name", Some("Contains")) => Ok(by_name(|name, value| name.contains(value))),
            ("Type", None | Some("Equals")) => Ok(self.of_type(found)),
            ("Label", None | Some("Equals")) => Ok(self.labelled(found)),
            ("Path", None | Some("OneLevel")) => self.below(world, found, false),
            ("Path", Some("Recursive")) => self.below(world, found, true),
            (key, option) => Err(unknown(key, option)),
        }
    }

    fn of_type<'a>(&self, found: Found<'a>) -> Found<'a> {
        let found = found.into_iter();
        found
            .filter(|(_, v)| self.values.contains(&v.kind))
            .collect()
    }

    fn labelled<'a>(&self, found: Found<'a>) -> Found<'a> {
        let has = |version: &&ParameterVersion| {
            let mut labels = version.labels.iter();
            labels.any(|label| self.values.contains(label))
        };
        let found = found.into_iter();
        found
            .filter_map(|(parameter, _)| Some((parameter, parameter.versions.iter().find(has)?)))
            .collect()
    }

    fn below<'a>(
        &self,
        world: &World,
        found: Found<'a>,
        recursive: bool,
    ) -> Result<Found<'a>, ApiError> {
        let mut names = BTreeSet::new();
        for path in &self.values {
            let below = world.parameters_below(path, recursive)?;
            names.extend(below.into_iter().map(|p| p.name.as_str()));
        }
        let found = found.into_iter();
        Ok(found
            .filter(|(p, _)| names.contains(p.name.as_str()))
            .collect())
    }
}

fn unknown(key: &str, option: Option<&str>) -> ApiError {
    if let ("Name" | "Type" | "Label" | "Path", Some(option)) = (key, option) {
        let message = format!("The filter option {option} is not valid for the key {key}.");
        return ApiError::new(400, "InvalidFilterOption", message);
    }
    let message = format!("The filter key {key} is not valid, or the sandbox does not model it.");
    ApiError::new(400, "InvalidFilterKey", message)
}
