//! How each service says that it is asked too much, and that it has failed. Pure.

use crate::wire::error::ApiError;

/// Too many calls.
/// EC2: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>, with the status that botocore's retry
/// table expects; Systems Manager: `ThrottlingException`; the others: `Throttling`, as the SDKs' retry rules know it.
pub(super) fn throttled(service: &str) -> ApiError {
    match service {
        "ec2" => ApiError::new(503, "RequestLimitExceeded", "Request limit exceeded."),
        "ssm" => ApiError::new(400, "ThrottlingException", "Rate exceeded"),
        "s3" => ApiError::new(503, "SlowDown", "Please reduce your request rate."),
        _ => ApiError::new(400, "Throttling", "Rate exceeded"),
    }
}

/// The service's own failure.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html> and each service's `CommonErrors`.
pub(super) fn failed(service: &str) -> ApiError {
    match service {
        "ec2" => ApiError::new(500, "InternalError", "An internal error has occurred"),
        "ssm" => ApiError::new(
            500,
            "InternalServerError",
            "An error occurred on the server side.",
        ),
        "s3" => ApiError::new(
            500,
            "InternalError",
            "We encountered an internal error. Please try again.",
        ),
        _ => ApiError::new(
            500,
            "InternalFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
        ),
    }
}
