//! What a user can ask of an instance refresh, and the bounds that follow for a group of a given size.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>

use std::time::Duration;

use super::plan::Limits;
use crate::wire::error::ApiError;
use crate::world::MaintenancePolicy;

/// AWS's default where neither the request nor a maintenance policy says otherwise.
const MIN_HEALTHY: u32 = 90;

/// AWS's default once checkpoints are given.
const CHECKPOINT_DELAY: Duration = Duration::from_hours(1);

/// The longest delay and bake time: two days.
const LONGEST_DELAY: Duration = Duration::from_hours(48);

/// The most alarms that a refresh watches.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AlarmSpecification.html>
const MOST_ALARMS: usize = 10;

/// The preferences of one refresh, as requested; `None` is "not given", which for AWS is not the same as the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preferences {
    /// `MinHealthyPercentage`, 0 to 100.
    pub min_healthy: Option<u32>,
    /// `MaxHealthyPercentage`, 100 to 200; an explicit 100 launches first where the bounds leave no other way.
    pub max_healthy: Option<u32>,
    /// `InstanceWarmup`; the group's default warmup or grace period stands in.
    pub warmup: Option<Duration>,
    /// `CheckpointPercentages`, rising, 1 to 100.
    pub checkpoints: Vec<u32>,
    /// `CheckpointDelay`
    pub checkpoint_delay: Option<Duration>,
    /// `BakeTime`
    pub bake_time: Option<Duration>,
    /// `SkipMatching`
    pub skip_matching: bool,
    /// `AutoRollback`
    pub auto_rollback: bool,
    /// `ScaleInProtectedInstances`
    pub scale_in_protected: ScaleInProtected,
    /// `StandbyInstances`
    pub standby: StandbyInstances,
    /// `AlarmSpecification`: any of them in `ALARM` fails the refresh.
    pub alarms: Vec<String>,
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScaleInProtected {
    /// Replace them.
    Refresh,
    /// Leave them.
    Ignore,
    /// Wait for them to be unprotected.
    #[default]
    Wait,
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StandbyInstances {
    /// Terminate them.
    Terminate,
    /// Leave them.
    Ignore,
    /// Wait for them to come back.
    #[default]
    Wait,
}

impl Preferences {
    /// `MinHealthyPercentage` with its default.
    pub fn min_healthy(&self) -> u32 {
        self.min_healthy.unwrap_or(MIN_HEALTHY)
    }

    /// Takes what was not asked for from the group's maintenance policy, as it is when the refresh starts.
    pub(super) fn fill_in(&mut self, policy: Option<MaintenancePolicy>) {
        if let Some(policy) = policy {
            self.min_healthy.get_or_insert(policy.min_healthy);
            self.max_healthy.get_or_insert(policy.max_healthy);
        }
    }

    /// `CheckpointDelay` with its default.
    pub fn checkpoint_delay(&self) -> Duration {
        self.checkpoint_delay.unwrap_or(CHECKPOINT_DELAY)
    }

    /// The bounds for a group of `desired` members.
    pub(super) fn limits(&self, desired: usize) -> Limits {
        let floor = share(desired, self.min_healthy());
        let Some(max) = self.max_healthy else {
            return Limits {
                floor,
                ceiling: desired,
                always_one: true,
            };
        };
        let ceiling = share(desired, max);
        let ceiling = if ceiling > floor {
            ceiling
        } else {
            desired + 1
        };
        Limits {
            floor,
            ceiling,
            always_one: false,
        }
    }

    /// # Errors
    /// `ValidationError` for values out of range or in contradiction.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        self.check_percentages()?;
        self.check_checkpoints()?;
        if self.alarms.len() > MOST_ALARMS {
            let message = format!("You can specify up to {MOST_ALARMS} alarms.");
            return Err(ApiError::validation(message));
        }
        at_most("BakeTime", self.bake_time, LONGEST_DELAY)
    }

    fn check_percentages(&self) -> Result<(), ApiError> {
        if self.min_healthy() > 100 {
            return Err(ApiError::validation(
                "MinHealthyPercentage must be between 0 and 100.",
            ));
        }
        let Some(max) = self.max_healthy else {
            return Ok(());
        };
        let Some(min) = self.min_healthy else {
            return Err(ApiError::validation(
                "MinHealthyPercentage must be specified when MaxHealthyPercentage is specified.",
            ));
        };
        if !(100..=200).contains(&max) {
            return Err(ApiError::validation(
                "MaxHealthyPercentage must be between 100 and 200.",
            ));
        }
        if max - min > 100 {
            return Err(ApiError::validation(
                "The difference between MaxHealthyPercentage and MinHealthyPercentage cannot be \
                 greater than 100.",
            ));
        }
        Ok(())
    }

    fn check_checkpoints(&self) -> Result<(), ApiError> {
        if self.checkpoint_delay.is_some() && self.checkpoints.is_empty() {
            return Err(ApiError::validation(
                "CheckpointDelay cannot be specified without CheckpointPercentages.",
            ));
        }
        let rising = self.checkpoints.windows(2).all(|pair| pair[0] < pair[1]);
        if !rising || self.checkpoints.iter().any(|p| !(1..=100).contains(p)) {
            return Err(ApiError::validation(
                "CheckpointPercentages must be unique, in ascending order and between 1 and 100.",
            ));
        }
        at_most("CheckpointDelay", self.checkpoint_delay, LONGEST_DELAY)
    }
}

fn at_most(name: &str, value: Option<Duration>, most: Duration) -> Result<(), ApiError> {
    if value.is_some_and(|value| value > most) {
        let most = most.as_secs();
        return Err(ApiError::validation(format!(
            "{name} must be between 0 and {most}."
        )));
    }
    Ok(())
}

/// `percent` of `whole`, rounded up.
pub(super) fn share(whole: usize, percent: u32) -> usize {
    (whole * percent as usize).div_ceil(100)
}
