//! What a stage is set up with: sizes, durations, the template, the target group, the hooks.

use std::time::Duration;

use crate::world::{
    HealthCheck, HookResult, HookSpec, HookTransition, Identity, LaunchTemplateData, Matcher,
    TargetGroupSpec, Timings,
};

pub(crate) const GROUP: &str = "fleet";
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// What a stage is set up with.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) desired: usize,
    pub(crate) max: usize,
    pub(crate) grace: Duration,
    pub(crate) drain: Duration,
    /// How many hooks each transition has; agents complete the first.
    pub(crate) hooks: usize,
    pub(crate) heartbeat: Duration,
    /// One to three.
    pub(crate) zones: usize,
    pub(crate) timings: Timings,
    pub(crate) seed: u64,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            desired: 4,
            max: 10,
            grace: 10 * SECOND,
            drain: 30 * SECOND,
            hooks: 1,
            heartbeat: 60 * SECOND,
            zones: 3,
            timings: timings(),
            seed: 1,
        }
    }
}

/// AWS's own durations in round numbers, so that transcripts read well.
pub(crate) fn timings() -> Timings {
    Timings {
        instance_pending: SECOND,
        termination: SECOND,
        terminated_visible: Duration::from_hours(1),
        registration: SECOND,
        health_evaluation: 10 * SECOND,
        health_check_period: 10 * SECOND,
        refresh_start: SECOND,
        refresh_no_progress: Duration::from_hours(1),
        refresh_longest: Duration::from_hours(14 * 24),
        launch_backoff: 10 * SECOND,
        launch_backoff_cap: 60 * SECOND,
        spot_notice: Duration::from_mins(2),
        metric_minute: 60 * SECOND,
    }
}

pub(crate) fn identity() -> Identity {
    let zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
        .map(str::to_owned)
        .to_vec();
    Identity {
        account: "000000000000".into(),
        region: "us-east-1".into(),
        zones,
    }
}

pub(crate) fn image() -> LaunchTemplateData {
    LaunchTemplateData {
        image_id: Some("ami-00000000000000001".into()),
        instance_type: Some("t3.micro".into()),
        ..LaunchTemplateData::default()
    }
}

pub(super) fn hooks(setting: &Setting) -> Vec<HookSpec> {
    let names = (1..=setting.hooks).map(|number| match number {
        1 => String::new(),
        _ => format!("-{number}"),
    });
    let pair = |suffix: String| {
        let launch = format!("launch{suffix}");
        let terminate = format!("terminate{suffix}");
        [
            hook(&launch, HookTransition::Launching, setting.heartbeat),
            hook(&terminate, HookTransition::Terminating, setting.heartbeat),
        ]
    };
    names.flat_map(pair).collect()
}

fn hook(name: &str, transition: HookTransition, heartbeat_timeout: Duration) -> HookSpec {
    HookSpec {
        name: name.into(),
        transition,
        heartbeat_timeout,
        default_result: HookResult::Abandon,
        notification_metadata: None,
    }
}

pub(super) fn target_group(drain: Duration) -> TargetGroupSpec {
    TargetGroupSpec {
        name: GROUP.into(),
        port: 8080,
        health_check: HealthCheck {
            path: "/healthz".into(),
            interval: 5 * SECOND,
            timeout: 2 * SECOND,
            healthy_threshold: 2,
            unhealthy_threshold: 2,
            matcher: Matcher::new([(200, 200)]),
        },
        deregistration_delay: drain,
    }
}
