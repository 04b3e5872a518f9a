//! The error that every part of the sandbox answers with. How it looks on the wire is the business of `envelope`.

/// An AWS error as the client will see it: a status below 500 is the sender's fault, anything else the service's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// The code that SDKs dispatch on, without the `Fault` suffix of the model's shape name.
    pub code: String,
    /// The sentence for people.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
}

impl ApiError {
    /// An error with any status and code.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            status,
        }
    }

    /// `ValidationError`, 400: what the query services answer to a parameter that they do not take.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationError", message)
    }

    /// `InternalFailure`, 500: the sandbox itself is at fault.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "InternalFailure", message)
    }

    /// Whether the fault lies with the client (`Type` of the awsQuery envelope: `Sender`, else `Receiver`).
    pub fn is_sender(&self) -> bool {
        self.status < 500
    }
}
