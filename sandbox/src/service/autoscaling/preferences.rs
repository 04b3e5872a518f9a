//! `RefreshPreferences`, both ways.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::world::{Preferences, ScaleInProtected, StandbyInstances};

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct RefreshPreferences {
    min_healthy_percentage: Option<u32>,
    max_healthy_percentage: Option<u32>,
    instance_warmup: Option<u64>,
    checkpoint_percentages: Option<Vec<u32>>,
    checkpoint_delay: Option<u64>,
    bake_time: Option<u64>,
    skip_matching: Option<bool>,
    auto_rollback: Option<bool>,
    scale_in_protected_instances: Option<ScaleInProtectedInstances>,
    standby_instances: Option<Standby>,
    alarm_specification: Option<AlarmSpecification>,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
enum ScaleInProtectedInstances {
    Refresh,
    Ignore,
    Wait,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
enum Standby {
    Terminate,
    Ignore,
    Wait,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AlarmSpecification {
    #[serde(default)]
    alarms: Vec<String>,
}

impl RefreshPreferences {
    pub(super) fn into_world(self) -> Preferences {
        Preferences {
            min_healthy: self.min_healthy_percentage,
            max_healthy: self.max_healthy_percentage,
            warmup: self.instance_warmup.map(Duration::from_secs),
            checkpoints: self.checkpoint_percentages.unwrap_or_default(),
            checkpoint_delay: self.checkpoint_delay.map(Duration::from_secs),
            bake_time: self.bake_time.map(Duration::from_secs),
            skip_matching: self.skip_matching.unwrap_or_default(),
            auto_rollback: self.auto_rollback.unwrap_or_default(),
            scale_in_protected: scale_in_protected(self.scale_in_protected_instances),
            standby: standby(self.standby_instances),
            alarms: self.alarm_specification.unwrap_or_default().alarms,
        }
    }

    /// With the defaults that AWS shows filled in; what has no default is left out.
    pub(super) fn from_world(preferences: &Preferences) -> Self {
        let checkpoints = &preferences.checkpoints;
        let delay = (!checkpoints.is_empty()).then(|| preferences.checkpoint_delay().as_secs());
        Self {
            min_healthy_percentage: Some(preferences.min_healthy()),
            max_healthy_percentage: preferences.max_healthy,
            instance_warmup: preferences.warmup.map(|warmup| warmup.as_secs()),
            checkpoint_percentages: (!checkpoints.is_empty()).then(|| checkpoints.clone()),
            checkpoint_delay: delay,
            bake_time: preferences.bake_time.map(|bake| bake.as_secs()),
            skip_matching: Some(preferences.skip_matching),
            auto_rollback: Some(preferences.auto_rollback),
            scale_in_protected_instances: Some(match preferences.scale_in_protected {
                ScaleInProtected::Refresh => ScaleInProtectedInstances::Refresh,
                ScaleInProtected::Ignore => ScaleInProtectedInstances::Ignore,
                ScaleInProtected::Wait => ScaleInProtectedInstances::Wait,
            }),
            standby_instances: Some(match preferences.standby {
                StandbyInstances::Terminate => Standby::Terminate,
                StandbyInstances::Ignore => Standby::Ignore,
                StandbyInstances::Wait => Standby::Wait,
            }),
            alarm_specification: (!preferences.alarms.is_empty()).then(|| AlarmSpecification {
                alarms: preferences.alarms.clone(),
            }),
        }
    }
}

fn scale_in_protected(value: Option<ScaleInProtectedInstances>) -> ScaleInProtected {
    match value {
        Some(ScaleInProtectedInstances::Refresh) => ScaleInProtected::Refresh,
        Some(ScaleInProtectedInstances::Ignore) => ScaleInProtected::Ignore,
        Some(ScaleInProtectedInstances::Wait) | None => ScaleInProtected::Wait,
    }
}

fn standby(value: Option<Standby>) -> StandbyInstances {
    match value {
        Some(Standby::Terminate) => StandbyInstances::Terminate,
        Some(Standby::Ignore) => StandbyInstances::Ignore,
        Some(Standby::Wait) | None => StandbyInstances::Wait,
    }
}
