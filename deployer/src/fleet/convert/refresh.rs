//! Instance refreshes.

use super::time::{size, timestamp};
use crate::rollout::observation::{Refresh, RefreshStatus};
use aws_sdk_autoscaling::types as autoscaling;
use jiff::Timestamp;

/// An instance refresh; none when it lacks an id or a start, which AWS always gives.
pub(in crate::fleet) fn refresh(found: &autoscaling::InstanceRefresh) -> Option<Refresh> {
    let wanted = found
        .desired_configuration()
        .and_then(|wanted| wanted.launch_template())
        .and_then(autoscaling::LaunchTemplateSpecification::version);
    Some(Refresh {
        id: found.instance_refresh_id()?.to_owned(),
        status: found.status().map_or(RefreshStatus::Unknown, |status| {
            refresh_status(status.as_str())
        }),
        detail: found.status_reason().unwrap_or_default().to_owned(),
        version: wanted.and_then(|version| version.parse().ok()),
        percent: size(found.percentage_complete()),
        // A pending refresh has no start yet; it is the newest all the same.
        started: found
            .start_time()
            .and_then(timestamp)
            .unwrap_or(Timestamp::MAX),
        ended: found.end_time().and_then(timestamp),
    })
}

fn refresh_status(word: &str) -> RefreshStatus {
    match word {
        "Pending" => RefreshStatus::Pending,
        "InProgress" => RefreshStatus::InProgress,
        "Baking" => RefreshStatus::Baking,
        "Cancelling" => RefreshStatus::Cancelling,
        "RollbackInProgress" => RefreshStatus::RollbackInProgress,
        "Successful" => RefreshStatus::Successful,
        "Failed" => RefreshStatus::Failed,
        "Cancelled" => RefreshStatus::Cancelled,
        "RollbackSuccessful" => RefreshStatus::RollbackSuccessful,
        "RollbackFailed" => RefreshStatus::RollbackFailed,
        _ => RefreshStatus::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_to_an_alias_is_to_no_version_of_ours() {
        let to = |version: &str| {
            let template = autoscaling::LaunchTemplateSpecification::builder().version(version);
            let wanted = autoscaling::DesiredConfiguration::builder()
                .launch_template(template.build())
                .build();
            let found = autoscaling::InstanceRefresh::builder()
                .instance_refresh_id("r")
                .status("SomethingNew".into())
                .desired_configuration(wanted)
                .build();
            refresh(&found).unwrap()
        };
        assert_eq!(to("$Latest").version, None);
        assert_eq!(to("7").version, Some(7));
        assert!(to("7").status.is_active(), "an unknown status blocks");
    }
}
