//! From a body to a typed request and from a typed response to a reply, with each service's own words for a request that
//! does not fit.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Reply;
use crate::wire::error::ApiError;
use crate::wire::json_de::{self, JsonError};
use crate::wire::query::{self, DecodeError, Lists};
use crate::wire::xml::{self, Items};

/// A request or response without members.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// An awsQuery operation with a Result element.
pub(super) fn query<Q: DeserializeOwned, R: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Q) -> Result<R, ApiError>,
) -> Result<Reply, ApiError> {
    let response = operation(query::decode(body, Lists::Members)?)?;
    Ok(Reply::Xml(Some(encode(&response, Items::Member)?)))
}

/// An awsQuery operation without one.
pub(super) fn query_without_result<Q: DeserializeOwned>(
    body: &[u8],
    operation: impl FnOnce(Q) -> Result<(), ApiError>,
) -> Result<Reply, ApiError> {
    operation(query::decode(body, Lists::Members)?)?;
    Ok(Reply::Xml(None))
}

/// An ec2Query operation.
pub(super) fn ec2<Q: DeserializeOwned, R: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Q) -> Result<R, ApiError>,
) -> Result<Reply, ApiError> {
    let request = query::decode(body, Lists::Flat).map_err(|e| ec2_error(&e))?;
    Ok(Reply::Xml(Some(encode(&operation(request)?, Items::Item)?)))
}

/// An awsJson operation.
pub(super) fn json<Q: DeserializeOwned, R: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Q) -> Result<R, ApiError>,
) -> Result<Reply, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    let document = serde_json::from_slice(body).map_err(|error| malformed(error.to_string()))?;
    let request = json_de::read(document).map_err(|error| {
        let message = format!("invalid parameter {}: {}", error.path(), error.inner());
        match error.inner() {
            JsonError::Shape(_) => malformed(message),
            JsonError::Content(_) => ApiError::new(400, "ValidationException", message),
        }
    })?;
    let response = serde_json::to_string(&operation(request)?);
    Ok(Reply::Json(
        response.map_err(|e| ApiError::internal(e.to_string()))?,
    ))
}

/// What the JSON and CBOR services answer to a body that is none, or whose members are not of the type that they should be.
/// <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>
pub(super) fn malformed(message: String) -> ApiError {
    ApiError::new(400, "SerializationException", message)
}

/// The query services' answer to an operation that they do not have.
pub(super) fn unknown_action(action: &str) -> ApiError {
    let message = format!(
        "The action {action} is not valid for this web service, or the sandbox does not model it."
    );
    ApiError::new(400, "InvalidAction", message)
}

fn encode<R: Serialize>(response: &R, items: Items) -> Result<String, ApiError> {
    xml::encode(response, items).map_err(|error| ApiError::internal(error.to_string()))
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>
fn ec2_error(error: &DecodeError) -> ApiError {
    let (code, message) = match error {
        DecodeError::Malformed { reason } => ("InvalidRequest", reason.clone()),
        DecodeError::Unknown { path } => {
            let message =
                format!("The parameter {path} is not recognized, or the sandbox does not model it");
            ("UnknownParameter", message)
        }
        DecodeError::Missing { path } => (
            "MissingParameter",
            format!("The request must contain the parameter {path}"),
        ),
        DecodeError::Invalid { path, reason } => (
            "InvalidParameterValue",
            format!("Invalid value for parameter {path}: {reason}"),
        ),
    };
    ApiError::new(400, code, message)
}
