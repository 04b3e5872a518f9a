//! Every duration that AWS decides and not the user, in one place: the profile of a sandbox is one of these.

use std::time::Duration;

/// AWS's figure. Nobody waits for it, so that it needs no fast one.
/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html>
const REFRESH_LONGEST: Duration = Duration::from_hours(14 * 24);

/// How long AWS's own steps take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timings {
    /// From the decision to launch until EC2 starts the machine ([`super::Effect::Launch`]).
    pub instance_pending: Duration,
    /// The least time that an instance spends shutting down, however fast its system stops.
    pub termination: Duration,
    /// How long a terminated instance stays visible in `DescribeInstances`.
    pub terminated_visible: Duration,
    /// From `Pending:Proceed` until the registration with the target groups is done and the member is `InService`.
    pub registration: Duration,
    /// The lag after `InService` before an instance refresh trusts the instance's health.
    pub health_evaluation: Duration,
    /// How often the group reads the target groups' verdicts.
    pub health_check_period: Duration,
    /// How long an instance refresh stays `Pending`.
    pub refresh_start: Duration,
    /// How long an instance refresh goes on without progress before it fails.
    pub refresh_no_progress: Duration,
    /// How long an instance refresh may replace instances all in all, pauses not counted.
    pub refresh_longest: Duration,
    /// How long no launch is tried after a failed one; doubles with every further failure in a row.
    pub launch_backoff: Duration,
    /// Where that doubling ends.
    pub launch_backoff_cap: Duration,
    /// From the notice that a Spot instance is taken back to its end.
    pub spot_notice: Duration,
    /// What CloudWatch calls a minute: how often services measure and alarms are evaluated. An alarm's period is scaled with it;
    /// periods that statistics are asked for are not.
    pub metric_minute: Duration,
}

impl Timings {
    /// AWS's own figures where it publishes them, what is commonly seen where it does not.
    pub fn aws() -> Self {
        Self {
            instance_pending: Duration::from_secs(5),
            termination: Duration::from_secs(10),
            terminated_visible: Duration::from_hours(1),
            registration: Duration::from_secs(5),
            health_evaluation: Duration::from_mins(1),
            health_check_period: Duration::from_secs(30),
            refresh_start: Duration::from_secs(5),
            refresh_no_progress: Duration::from_hours(1),
            refresh_longest: REFRESH_LONGEST,
            launch_backoff: Duration::from_secs(15),
            launch_backoff_cap: Duration::from_mins(15),
            spot_notice: Duration::from_mins(2),
            metric_minute: Duration::from_mins(1),
        }
    }

    /// The same order of things within seconds.
    pub fn fast() -> Self {
        Self {
            instance_pending: Duration::from_millis(200),
            termination: Duration::from_millis(200),
            terminated_visible: Duration::from_mins(10),
            registration: Duration::from_millis(300),
            health_evaluation: Duration::from_secs(1),
            health_check_period: Duration::from_secs(2),
            refresh_start: Duration::from_millis(300),
            refresh_no_progress: Duration::from_mins(3),
            refresh_longest: REFRESH_LONGEST,
            launch_backoff: Duration::from_secs(1),
            launch_backoff_cap: Duration::from_secs(15),
            spot_notice: Duration::from_secs(5),
            metric_minute: Duration::from_secs(2),
        }
    }

    /// So many of CloudWatch's seconds.
    pub(super) fn metric_time(&self, seconds: u32) -> Duration {
        (self.metric_minute * seconds / 60).max(Duration::from_nanos(1))
    }
}
