//! Launches and terminations.

use super::time::timestamp;
use crate::rollout::observation::{Activity, ActivityKind, ActivityState};
use aws_sdk_autoscaling::types as autoscaling;

/// A scaling activity. What it is about stands only in its description, `Launching a new EC2 instance: i-…`.
pub(in crate::fleet) fn activity(found: &autoscaling::Activity) -> Option<Activity> {
    let description = found.description().unwrap_or_default();
    let kind = match description {
        text if text.starts_with("Launching") => ActivityKind::Launch,
        text if text.starts_with("Terminating") => ActivityKind::Terminate,
        _ => ActivityKind::Other,
    };
    let state = match found.status_code()? {
        autoscaling::ScalingActivityStatusCode::Successful => ActivityState::Succeeded,
        autoscaling::ScalingActivityStatusCode::Failed
        | autoscaling::ScalingActivityStatusCode::Cancelled => ActivityState::Failed,
        _ => ActivityState::Running,
    };
    Some(Activity {
        id: found.activity_id()?.to_owned(),
        kind,
        instance: instance_in(description),
        state,
        detail: found.status_message().unwrap_or_default().to_owned(),
        cause: found.cause().unwrap_or_default().to_owned(),
        started: found.start_time().and_then(timestamp)?,
    })
}

fn instance_in(description: &str) -> Option<String> {
    let start = description.find("i-")?;
    let end = |c: char| c != '-' && !c.is_ascii_alphanumeric();
    let instance = description[start..].split(end).next()?;
    let digits = instance.strip_prefix("i-")?;
    let is_id = digits.len() >= 8 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    is_id.then(|| instance.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::DateTime;

    #[test]
    fn an_abandoned_launch_names_its_instance() {
        let found = autoscaling::Activity::builder()
            .activity_id("a1")
            .description(
                "Launching a new EC2 instance: i-0123456789abcdef0.  Status Reason: abandoned",
            )
            .status_code(autoscaling::ScalingActivityStatusCode::Cancelled)
            .status_message("Lifecycle Action was abandoned")
            .start_time(DateTime::from_secs(0))
            .build();
        let activity = activity(&found).unwrap();
        assert_eq!(activity.kind, ActivityKind::Launch);
        assert_eq!(activity.instance.as_deref(), Some("i-0123456789abcdef0"));
        assert_eq!(activity.state, ActivityState::Failed);
        assert_eq!(instance_in("Launching a new EC2 instance"), None);
    }
}
