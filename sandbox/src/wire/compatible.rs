//! Errors of a service that spoke awsQuery before it spoke JSON and CBOR: the body names the shape, a header the code that
//! clients have always matched on.
//! <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait>

use serde_json::{Value, json};

use super::error::ApiError;

pub(super) const HEADER: &str = "x-amzn-query-error";

/// The namespace of the only such service here, CloudWatch.
const NAMESPACE: &str = "com.amazonaws.cloudwatch";

/// `<code>;<type>`
pub(super) fn header(error: &ApiError) -> String {
    let kind = if error.is_sender() {
        "Sender"
    } else {
        "Receiver"
    };
    format!("{};{kind}", error.code)
}

/// The body, whatever it is encoded in.
pub(super) fn document(error: &ApiError) -> Value {
    let shape = shape(&error.code);
    json!({ "__type": format!("{NAMESPACE}#{shape}"), "message": error.message })
}

/// The shape behind a code, where the two differ.
fn shape(code: &str) -> &str {
    match code {
        "InternalServiceError" => "InternalServiceFault",
        "InvalidFormat" => "InvalidFormatFault",
        "InvalidParameterCombination" => "InvalidParameterCombinationException",
        "InvalidParameterValue" => "InvalidParameterValueException",
        "LimitExceeded" => "LimitExceededFault",
        "MissingParameter" => "MissingRequiredParameterException",
        "ValidationError" => "ValidationException",
        other => other,
    }
}
