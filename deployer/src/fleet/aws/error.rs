//! AWS's errors: which of them are answers, which are trouble on the way, and how they read.

use crate::exit::Exit;
use crate::failure::Explain;
use crate::fleet::{Applied, FleetError};
use crate::rollout::action::Action;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;

/// Codes that say "later", although their status is 400. Throttling goes by many names
/// (the SDK's own list is in `aws_runtime::retries::classifiers`); the rest are about credentials that may be renewed.
const LATER: [&str; 15] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "TooManyUpdates",
    "LimitExceeded",
    "LimitExceededException",
    "ScalingActivityInProgress",
    "ResourceContention",
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
];

/// Codes that answer an action with "that is so already": look again, and what is seen decides.
const LOOK_AGAIN: [&str; 2] = ["InstanceRefreshInProgress", "ActiveInstanceRefreshNotFound"];

/// A call to AWS that did not succeed.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {detail}")]
pub struct ReadError {
    /// The operation, as AWS names it.
    pub operation: &'static str,
    /// AWS's error code; none when no answer came.
    pub code: Option<String>,
    /// The error in words.
    pub detail: String,
    /// Whether asking again later may help.
    pub passing: bool,
}

impl ReadError {
    /// The error of one call.
    pub(super) fn of<E>(operation: &'static str) -> impl Fn(SdkError<E, Response>) -> Self
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        move |error| {
            let code = error.code().map(str::to_owned);
            let status = error.raw_response().map(|answer| answer.status().as_u16());
            let refused = status.is_some_and(|status| (400..500).contains(&status));
            let later = code.as_deref().is_some_and(|code| LATER.contains(&code));
            Self {
                operation,
                detail: words(&error),
                passing: !refused || later,
                code,
            }
        }
    }

    /// An answer that lacks what AWS always gives.
    pub(super) fn incomplete(operation: &'static str, what: &str) -> Self {
        Self {
            operation,
            code: None,
            detail: format!("the answer has no {what}"),
            passing: true,
        }
    }

    /// Whether AWS answered with this code.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// What an action's error means to the action.
    pub(super) fn judge(self, action: &Action) -> Result<Applied, FleetError> {
        if LOOK_AGAIN.iter().any(|code| self.has_code(code)) {
            return Ok(Applied::Done);
        }
        if self.passing {
            return Err(FleetError {
                action: action.to_string(),
                detail: self.to_string(),
            });
        }
        Ok(Applied::Refused(self.to_string()))
    }
}

/// AWS's own words where it answered, otherwise the error with its causes, outermost first.
fn words<E>(error: &SdkError<E, Response>) -> String
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    if let (Some(code), message) = (error.code(), error.message()) {
        return match message {
            Some(message) => format!("{message} ({code})"),
            None => code.to_owned(),
        };
    }
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        cause = error.source();
    }
    words
}

impl Explain for ReadError {
    fn exit(&self) -> Exit {
        Exit::AwsRefused
    }

    fn hint(&self) -> Option<String> {
        let hint = match self.code.as_deref() {
            None => {
                "check the network and your AWS credentials (`aws sts get-caller-identity` shows them)"
            }
            Some(_) if self.passing => "AWS asks for patience: try again in a minute",
            Some(_) => "check the permissions of your AWS credentials",
        };
        Some(hint.to_owned())
    }
}
