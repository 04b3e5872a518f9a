//! From a body in any of CloudWatch's three protocols to a typed request, and back.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::service::codec::malformed;
use crate::service::{Protocol, Reply};
use crate::wire::document::{self, DocumentError, Xml};
use crate::wire::error::ApiError;
use crate::wire::json_de::{self, JsonError};
use crate::wire::query::{self, Lists};
use crate::wire::xml::{self, Items};

/// An operation with an output.
pub(super) fn answer<Q: DeserializeOwned, R: Serialize>(
    protocol: Protocol,
    body: &[u8],
    operation: impl FnOnce(Q) -> Result<R, ApiError>,
) -> Result<Reply, ApiError> {
    let response = operation(decode(protocol, body)?)?;
    let response = document::document(&response).map_err(|error| defect(&error))?;
    match protocol {
        Protocol::RpcV2Cbor => document::to_cbor(&response)
            .map(|bytes| Reply::Cbor(Some(bytes)))
            .map_err(|error| defect(&error)),
        Protocol::AwsJson | Protocol::AwsJson10 => document::to_json(&response)
            .map(|json| Reply::Json(json.to_string()))
            .map_err(|error| defect(&error)),
        Protocol::AwsQuery | Protocol::Ec2Query => xml::encode(&Xml(&response), Items::Member)
            .map(|xml| Reply::Xml(Some(xml)))
            .map_err(|error| ApiError::internal(error.to_string())),
    }
}

/// An operation without one.
pub(super) fn acknowledge<Q: DeserializeOwned>(
    protocol: Protocol,
    body: &[u8],
    operation: impl FnOnce(Q) -> Result<(), ApiError>,
) -> Result<Reply, ApiError> {
    operation(decode(protocol, body)?)?;
    Ok(match protocol {
        Protocol::RpcV2Cbor => Reply::Cbor(None),
        Protocol::AwsJson | Protocol::AwsJson10 => Reply::Json("{}".to_owned()),
        Protocol::AwsQuery | Protocol::Ec2Query => Reply::Xml(None),
    })
}

fn decode<Q: DeserializeOwned>(protocol: Protocol, body: &[u8]) -> Result<Q, ApiError> {
    let request = match protocol {
        Protocol::AwsQuery | Protocol::Ec2Query => {
            return Ok(query::decode(body, Lists::Members)?);
        }
        Protocol::RpcV2Cbor => {
            document::from_cbor(body).map_err(|error| malformed(error.to_string()))?
        }
        Protocol::AwsJson | Protocol::AwsJson10 => {
            serde_json::from_slice(body).map_err(|error| malformed(error.to_string()))?
        }
    };
    check_characters(&request)?;
    json_de::read(request).map_err(|error| {
        let message = format!("invalid parameter {}: {}", error.path(), error.inner());
        match error.inner() {
            JsonError::Shape(_) => malformed(message),
            JsonError::Content(_) => ApiError::validation(message),
        }
    })
}

/// What comes in as JSON or CBOR is told as XML, too, which has no way to write some characters.
fn check_characters(document: &serde_json::Value) -> Result<(), ApiError> {
    match document {
        serde_json::Value::String(text) => check_text(text),
        serde_json::Value::Array(items) => items.iter().try_for_each(check_characters),
        serde_json::Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            check_text(name)?;
            check_characters(value)
        }),
        _ => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), ApiError> {
    match xml::forbidden(text) {
        Some(character) => Err(ApiError::validation(format!(
            "'{}' has the character {character:?}, which is not allowed",
            xml::printable(text)
        ))),
        None => Ok(()),
    }
}

fn defect(error: &DocumentError) -> ApiError {
    ApiError::internal(error.to_string())
}
