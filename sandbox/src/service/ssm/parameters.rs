//! Parameters.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::names::{check_names, page};
use crate::wire::error::ApiError;
use crate::world::{Parameter, ParameterVersion, PutParameter, World, parameter_selector};

/// `GetParameterHistory` shows at most so many at a time.
const MOST_VERSIONS: usize = 50;

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
pub(super) enum Tier {
    Standard,
}

/// Only text is modelled.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
pub(super) enum DataType {
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
pub(super) struct View {
    name: String,
    #[serde(rename = "ARN")]
    arn: String,
    #[serde(rename = "Type")]
    kind: String,
    value: String,
    version: u64,
    /// As it was asked for, with its colon.
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<String>,
    last_modified_date: f64,
    data_type: DataType,
}

impl View {
    pub(super) fn new(parameter: &Parameter, version: &ParameterVersion) -> Self {
        Self {
            name: parameter.name.clone(),
            arn: parameter.arn.clone(),
            kind: version.kind.clone(),
            value: version.value.clone(),
            version: version.number,
            selector: None,
            last_modified_date: epoch_seconds(version.modified),
            data_type: DataType::Text,
        }
    }

    fn asked_for(name: &str, (parameter, version): (&Parameter, &ParameterVersion)) -> Self {
        Self {
            selector: parameter_selector(name).map(|selector| format!(":{selector}")),
            ..Self::new(parameter, version)
        }
    }
}

pub(super) fn get(world: &World, request: &Get) -> Result<One, ApiError> {
    let found = world.parameter(&request.name)?;
    Ok(One {
        parameter: View::asked_for(&request.name, found),
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
    check_names(&request.names)?;
    let mut many = Many {
        parameters: Vec::new(),
        invalid_parameters: Vec::new(),
    };
    for name in &request.names {
        match world.parameter(name) {
            Ok(found) => many.parameters.push(View::asked_for(name, found)),
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
    labels: Vec<String>,
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
            last_modified_user: writer(world),
            description: version.description.clone(),
            labels: version.labels.clone(),
            tier: Tier::Standard,
            data_type: DataType::Text,
        }
    }
}

/// Oldest first.
pub(super) fn history(world: &World, request: &GetHistory) -> Result<History, ApiError> {
    let (parameter, _) = world.parameter(&request.name)?;
    let versions = parameter.versions.iter();
    let token = request.next_token.as_deref();
    let page = page(versions, token, request.max_results, MOST_VERSIONS)?;
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
pub(super) fn epoch_seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

/// Everybody is the same user, since signatures are not checked.
pub(super) fn writer(world: &World) -> String {
    format!("arn:aws:iam::{}:user/sandbox", world.identity().account)
}
