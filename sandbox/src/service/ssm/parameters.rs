//! Parameters.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::service::paging;
use crate::wire::error::ApiError;
use crate::world::{Parameter, ParameterVersion, PutParameter, World};

/// `GetParameterHistory` shows at most so many at a time, `GetParameters` takes at most so many names.
const MOST_VERSIONS: usize = 50;
const MOST_NAMES: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Put {
    name: String,
    value: String,
    #[serde(rename = "Type")]
    kind: Option<String>,
    description: Option<String>,
    #[serde(default)]
    overwrite: bool,
    tier: Option<Tier>,
    data_type: Option<DataType>,
}

/// Only the standard tier is modelled.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
enum Tier {
    Standard,
}

/// Only text is modelled.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
enum DataType {
    #[serde(rename = "text")]
    Text,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Written {
    version: u64,
    tier: Tier,
}

pub(super) fn put(world: &mut World, now: Timestamp, request: Put) -> Result<Written, ApiError> {
    let (Tier::Standard, DataType::Text) = (
        request.tier.unwrap_or(Tier::Standard),
        request.data_type.unwrap_or(DataType::Text),
    );
    let version = world.put_parameter(
        now,
        PutParameter {
            name: request.name,
            value: request.value,
            kind: request.kind,
            description: request.description,
            overwrite: request.overwrite,
        },
    )?;
    Ok(Written {
        version,
        tier: Tier::Standard,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Get {
    name: String,
    /// Nothing is encrypted.
    #[serde(rename = "WithDecryption")]
    _with_decryption: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct One {
    parameter: View,
}

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Parameter.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct View {
    name: String,
    #[serde(rename = "ARN")]
    arn: String,
    #[serde(rename = "Type")]
    kind: String,
    value: String,
    version: u64,
    last_modified_date: f64,
    data_type: DataType,
}

impl View {
    fn new(parameter: &Parameter, version: &ParameterVersion) -> Self {
        Self {
            name: parameter.name.clone(),
            arn: parameter.arn.clone(),
            kind: version.kind.clone(),
            value: version.value.clone(),
            version: version.number,
            last_modified_date: epoch_seconds(version.modified),
            data_type: DataType::Text,
        }
    }
}

pub(super) fn get(world: &World, request: &Get) -> Result<One, ApiError> {
    let (parameter, version) = world.parameter(&request.name)?;
    Ok(One {
        parameter: View::new(parameter, version),
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetMany {
    names: Vec<String>,
    /// Nothing is encrypted.
    #[serde(rename = "WithDecryption")]
    _with_decryption: Option<bool>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Many {
    parameters: Vec<View>,
    invalid_parameters: Vec<String>,
}

/// Names that there is nothing for are listed, not refused.
pub(super) fn get_many(world: &World, request: &GetMany) -> Result<Many, ApiError> {
    if !(1..=MOST_NAMES).contains(&request.names.len()) {
        let message = format!("Names must hold between 1 and {MOST_NAMES} names.");
        return Err(ApiError::new(400, "ValidationException", message));
    }
    let mut many = Many {
        parameters: Vec::new(),
        invalid_parameters: Vec::new(),
    };
    for name in &request.names {
        match world.parameter(name) {
            Ok((parameter, version)) => many.parameters.push(View::new(parameter, version)),
            Err(_) => many.invalid_parameters.push(name.clone()),
        }
    }
    Ok(many)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetHistory {
    name: String,
    /// Nothing is encrypted.
    #[serde(rename = "WithDecryption")]
    _with_decryption: Option<bool>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct History {
    parameters: Vec<HistoryView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterHistory.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct HistoryView {
    name: String,
    #[serde(rename = "Type")]
    kind: String,
    value: String,
    version: u64,
    last_modified_date: f64,
    last_modified_user: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    labels: [String; 0],
    tier: Tier,
    data_type: DataType,
}

impl HistoryView {
    fn new(world: &World, name: &str, version: &ParameterVersion) -> Self {
        Self {
            name: name.to_owned(),
            kind: version.kind.clone(),
            value: version.value.clone(),
            version: version.number,
            last_modified_date: epoch_seconds(version.modified),
            last_modified_user: format!("arn:aws:iam::{}:user/sandbox", world.identity().account),
            description: version.description.clone(),
            labels: [],
            tier: Tier::Standard,
            data_type: DataType::Text,
        }
    }
}

/// Oldest first.
pub(super) fn history(world: &World, request: &GetHistory) -> Result<History, ApiError> {
    let (parameter, _) = world.parameter(&request.name)?;
    let size = request.max_results.unwrap_or(MOST_VERSIONS);
    if !(1..=MOST_VERSIONS).contains(&size) {
        let message = format!("MaxResults must be between 1 and {MOST_VERSIONS}.");
        return Err(ApiError::new(400, "ValidationException", message));
    }
    let versions = parameter.versions.iter();
    let page = paging::page(versions, request.next_token.as_deref(), size)
        .map_err(|_| ApiError::new(400, "InvalidNextToken", "The specified token isn't valid."))?;
    let items = page.items.into_iter();
    let parameters = items
        .map(|v| HistoryView::new(world, &parameter.name, v))
        .collect();
    Ok(History {
        parameters,
        next_token: page.next,
    })
}

/// awsJson writes times as seconds since 1970, with a fraction.
fn epoch_seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}
