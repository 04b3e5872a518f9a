//! Deleting and labelling parameters.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::names::check_names;
use crate::service::codec::Nothing;
use crate::wire::error::ApiError;
use crate::world::World;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Delete {
    name: String,
}

pub(super) fn delete(
    world: &mut World,
    now: Timestamp,
    request: &Delete,
) -> Result<Nothing, ApiError> {
    world.delete_parameter(now, &request.name)?;
    Ok(Nothing {})
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DeleteMany {
    names: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Deleted {
    deleted_parameters: Vec<String>,
    invalid_parameters: Vec<String>,
}

/// Names that there is nothing for are listed, not refused.
pub(super) fn delete_many(
    world: &mut World,
    now: Timestamp,
    request: DeleteMany,
) -> Result<Deleted, ApiError> {
    check_names(&request.names)?;
    let (deleted_parameters, invalid_parameters) = request
        .names
        .into_iter()
        .partition(|name| world.delete_parameter(now, name).is_ok());
    Ok(Deleted {
        deleted_parameters,
        invalid_parameters,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Label {
    name: String,
    parameter_version: Option<u64>,
    labels: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Labelled {
    invalid_labels: Vec<String>,
    parameter_version: u64,
}

pub(super) fn label(
    world: &mut World,
    now: Timestamp,
    request: &Label,
) -> Result<Labelled, ApiError> {
    check_names(&request.labels)?;
    let version = request.parameter_version;
    let labelled = world.label_parameter(now, &request.name, version, &request.labels)?;
    Ok(Labelled {
        invalid_labels: labelled.invalid,
        parameter_version: labelled.version,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Unlabel {
    name: String,
    parameter_version: u64,
    labels: Vec<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Unlabelled {
    removed_labels: Vec<String>,
    invalid_labels: Vec<String>,
}

pub(super) fn unlabel(
    world: &mut World,
    now: Timestamp,
    request: &Unlabel,
) -> Result<Unlabelled, ApiError> {
    check_names(&request.labels)?;
    let version = request.parameter_version;
    let unlabelled = world.unlabel_parameter(now, &request.name, version, &request.labels)?;
    Ok(Unlabelled {
        removed_labels: unlabelled.removed,
        invalid_labels: unlabelled.invalid,
    })
}
