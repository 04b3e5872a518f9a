//! The two lifecycle hooks of this instance
//! (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/completing-lifecycle-hooks.html>).

use crate::config::Config;
use crate::duty::{Transition, Verdict};
use aws_sdk_autoscaling::Client;
use aws_sdk_autoscaling::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use std::time::Duration;

/// The longest one call may take with all its retries. The agent does nothing else meanwhile.
const CALL: Duration = Duration::from_secs(10);

/// The longest one try may take.
const TRY: Duration = Duration::from_secs(4);

/// What a hook says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Done.
    Accepted,
    /// No hook waits for this instance: not yet, or no longer.
    NotWaiting,
}

/// Why a hook could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} the hook {hook}: {detail}")]
pub(crate) struct HookError {
    /// What was tried.
    pub(crate) action: &'static str,
    /// The hook's name.
    pub(crate) hook: String,
    /// The SDK's words.
    pub(crate) detail: String,
}

/// The hooks, through the Auto Scaling API.
#[derive(Clone, Debug)]
pub(crate) struct Hooks {
    client: Client,
    group: String,
    launch: String,
    terminate: String,
    instance: String,
}

impl Hooks {
    /// The hooks that `config` names, for this instance.
    pub(crate) fn new(aws: &SdkConfig, config: &Config, instance: &str) -> Self {
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(CALL)
            .operation_attempt_timeout(TRY)
            .build();
        let settings = aws_sdk_autoscaling::config::Builder::from(aws)
            .timeout_config(timeouts)
            .build();
        Self {
            client: Client::from_conf(settings),
            group: config.group.clone(),
            launch: config.launch_hook.clone(),
            terminate: config.terminate_hook.clone(),
            instance: instance.to_owned(),
        }
    }

    /// Completes a hook.
    pub(crate) async fn complete(
        &self,
        transition: Transition,
        verdict: Verdict,
    ) -> Result<Answer, HookError> {
        let result = match verdict {
            Verdict::Continue => "CONTINUE",
            Verdict::Abandon => "ABANDON",
        };
        let hook = self.name(transition);
        let sent = self
            .client
            .complete_lifecycle_action()
            .auto_scaling_group_name(&self.group)
            .lifecycle_hook_name(hook)
            .instance_id(&self.instance)
            .lifecycle_action_result(result)
            .send()
            .await;
        understand(sent.map(|_| ()), "complete", hook)
    }

    /// Restarts a hook's timer.
    pub(crate) async fn heartbeat(&self, transition: Transition) -> Result<Answer, HookError> {
        let hook = self.name(transition);
        let sent = self
            .client
            .record_lifecycle_action_heartbeat()
            .auto_scaling_group_name(&self.group)
            .lifecycle_hook_name(hook)
            .instance_id(&self.instance)
            .send()
            .await;
        understand(sent.map(|_| ()), "prolong", hook)
    }

    fn name(&self, transition: Transition) -> &str {
        match transition {
            Transition::Launching => &self.launch,
            Transition::Terminating => &self.terminate,
        }
    }
}

/// Auto Scaling has no error code of its own for a hook that is not waiting: it is a `ValidationError` like a misspelt
/// parameter, told apart by its message only.
fn understand<E, R>(
    sent: Result<(), SdkError<E, R>>,
    action: &'static str,
    hook: &str,
) -> Result<Answer, HookError>
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug + 'static,
{
    let Err(error) = sent else {
        return Ok(Answer::Accepted);
    };
    let message = error.message().unwrap_or_default();
    if error.code() == Some("ValidationError") && message.contains("No active Lifecycle Action") {
        return Ok(Answer::NotWaiting);
    }
    Err(HookError {
        action,
        hook: hook.to_owned(),
        detail: DisplayErrorContext(&error).to_string(),
    })
}
