//! Scaling policies.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scale-based-on-demand.html>

use std::time::Duration;

use super::stage::{GROUP, Setting, Stage};
use crate::world::{
    Adjustment, AdjustmentType, AlarmActions, AlarmReason, AlarmSpec, AlarmState, Comparison, Cpu,
    ExecutePolicy, MetricKey, PolicyKind, PolicySpec, Process, Statistic, Step, TrackedMetric,
    UpdateGroup,
};

const MINUTE: Duration = Duration::from_mins(1);

fn put(stage: &mut Stage, name: &str, kind: PolicyKind) -> String {
    let spec = PolicySpec {
        group: GROUP.into(),
        name: name.into(),
        enabled: true,
        kind,
    };
    let now = stage.now;
    stage
        .world
        .put_policy(now, spec)
        .expect("a policy")
        .arn
        .clone()
}

fn tracking(target: f64) -> PolicyKind {
    PolicyKind::Target {
        metric: TrackedMetric::AverageCpu,
        target,
        scale_in_disabled: false,
        warmup: Some(2 * MINUTE),
    }
}

/// The same figure under another name: a group has one policy for each metric.
fn tracking_its_own(target: f64) -> PolicyKind {
    let dimension = ("AutoScalingGroupName".to_owned(), GROUP.to_owned());
    PolicyKind::Target {
        metric: TrackedMetric::Custom {
            metric: MetricKey {
                namespace: "AWS/EC2".into(),
                name: "CPUUtilization".into(),
                dimensions: std::collections::BTreeMap::from([dimension]),
            },
            statistic: Statistic::Average,
            unit: None,
        },
        target,
        scale_in_disabled: false,
        warmup: Some(2 * MINUTE),
    }
}

fn members(by: i64) -> PolicyKind {
    PolicyKind::Simple {
        adjustment: change(),
        by,
        cooldown: Some(2 * MINUTE),
    }
}

fn change() -> Adjustment {
    Adjustment {
        kind: AdjustmentType::ChangeInCapacity,
        min_magnitude: None,
    }
}

fn cpu(stage: &mut Stage, cpu: Cpu) {
    let now = stage.now;
    stage
        .world
        .set_group_cpu(now, GROUP, cpu)
        .expect("the group");
}

/// An alarm without data that sets a policy off.
fn alarm(stage: &mut Stage, policy: &str) {
    let now = stage.now;
    let spec = AlarmSpec {
        name: "queue".into(),
        description: None,
        actions_enabled: true,
        actions: AlarmActions {
            alarm: vec![policy.to_owned()],
            ..AlarmActions::default()
        },
        metric: MetricKey {
            namespace: "Example".into(),
            name: "Queue".into(),
            dimensions: std::collections::BTreeMap::new(),
        },
        statistic: Statistic::Average,
        unit: None,
        period: 60,
        evaluation_periods: 1,
        datapoints_to_alarm: None,
        threshold: 50.0,
        comparison: Comparison::AtLeast,
        missing: None,
    };
    stage.world.put_alarm(now, spec).expect("an alarm");
}

fn raise(stage: &mut Stage, value: f64) {
    let now = stage.now;
    for state in [AlarmState::Ok, AlarmState::Alarm] {
        let reason = AlarmReason {
            text: "a test".into(),
            data: Some(format!("{{\"recentDatapoints\":[1.0,{value}]}}")),
        };
        let set = stage.world.set_alarm_state(now, "queue", state, reason);
        set.expect("the alarm exists");
    }
    stage.play();
}

#[test]
fn target_tracking_follows_the_cpu_out_and_in() {
    let mut stage = Stage::settled(&Setting::default());
    put(&mut stage, "cpu", tracking(50.0));
    cpu(&mut stage, Cpu::Shared(300.0));
    stage.pass(2 * MINUTE);
    assert_eq!(
        stage.group().desired,
        4,
        "three whole minutes are not over yet"
    );
    stage.pass(10 * MINUTE);
    assert_eq!(stage.group().desired, 6, "{}", stage.describe());
    let cause = &stage.group().activities.last().expect("an activity").cause;
    let started = "in state ALARM triggered policy cpu changing the desired capacity from 4 to 6.";
    assert!(cause.contains(started), "{cause}");
    cpu(&mut stage, Cpu::Shared(130.0));
    stage.pass(14 * MINUTE);
    assert_eq!(stage.group().desired, 6, "in after fifteen minutes");
    stage.pass(6 * MINUTE);
    assert_eq!(stage.group().desired, 3);
}

#[test]
fn one_breach_is_answered_once_while_new_members_warm_up() {
    let mut stage = Stage::settled(&Setting::default());
    put(&mut stage, "cpu", tracking(50.0));
    cpu(&mut stage, Cpu::Each(75.0));
    stage.pass(4 * MINUTE);
    assert_eq!(stage.group().desired, 6);
    stage.pass(MINUTE);
    assert_eq!(stage.group().desired, 6, "two are still cold");
    stage.pass(5 * MINUTE);
    assert_eq!(stage.group().desired, 10, "no more than MaxSize");
}

#[test]
fn the_group_shrinks_only_when_every_tracking_policy_agrees() {
    let mut stage = Stage::settled(&Setting::default());
    put(&mut stage, "low", tracking(50.0));
    put(&mut stage, "lower", tracking_its_own(25.0));
    cpu(&mut stage, Cpu::Each(24.0));
    stage.pass(20 * MINUTE);
    assert_eq!(stage.group().desired, 4);
    cpu(&mut stage, Cpu::Shared(60.0));
    stage.pass(20 * MINUTE);
    assert_eq!(
        stage.group().desired,
        3,
        "as few as the careful one can do with"
    );
}

#[test]
fn the_groups_cooldown_stands_in_where_nobody_says_how_long_to_wait() {
    let mut stage = Stage::settled(&Setting::default());
    let update = UpdateGroup {
        default_cooldown: Some(3 * MINUTE),
        ..UpdateGroup::default()
    };
    stage
        .world
        .update_group(stage.now, GROUP, update)
        .expect("updated");
    let mut kind = tracking(50.0);
    if let PolicyKind::Target { warmup, .. } = &mut kind {
        *warmup = None;
    }
    put(&mut stage, "cpu", kind);
    cpu(&mut stage, Cpu::Each(75.0));
    stage.until("it grows", |s| s.group().desired == 6);
    let grown = stage.now;
    stage.until("it grows again", |s| s.group().desired > 6);
    let waited = stage.now.duration_since(grown).unsigned_abs();
    assert!(
        (3 * MINUTE..=5 * MINUTE).contains(&waited),
        "{waited:?}: as soon as the two new ones count"
    );
}

#[test]
fn simple_scaling_pauses_for_the_groups_cooldown_unless_it_says_otherwise() {
    let mut stage = Stage::settled(&Setting::default());
    let update = UpdateGroup {
        default_cooldown: Some(MINUTE),
        ..UpdateGroup::default()
    };
    stage
        .world
        .update_group(stage.now, GROUP, update)
        .expect("updated");
    let kind = PolicyKind::Simple {
        adjustment: change(),
        by: 1,
        cooldown: None,
    };
    let policy = put(&mut stage, "more", kind);
    let execute = ExecutePolicy {
        policy,
        honor_cooldown: true,
        ..ExecutePolicy::default()
    };
    let executed = |stage: &mut Stage| stage.world.execute_policy(stage.now, &execute).is_ok();
    assert!(executed(&mut stage));
    stage.pass(Duration::from_secs(59));
    assert!(!executed(&mut stage));
    stage.pass(Duration::from_secs(1));
    assert!(executed(&mut stage));
}

#[test]
fn a_group_tracks_each_metric_once() {
    let mut stage = Stage::settled(&Setting::default());
    put(&mut stage, "cpu", tracking(50.0));
    put(&mut stage, "cpu", tracking(60.0));
    put(&mut stage, "own", tracking_its_own(50.0));
    for (name, kind) in [("cpu2", tracking(70.0)), ("own2", tracking_its_own(70.0))] {
        let spec = PolicySpec {
            group: GROUP.into(),
            name: name.into(),
            enabled: true,
            kind,
        };
        let refused = stage.world.put_policy(stage.now, spec).map(drop);
        let message = "Only one TargetTrackingScaling policy for a given metric specification is \
                       allowed.";
        assert_eq!(refused.map_err(|error| error.message), Err(message.into()));
    }
}

#[test]
fn simple_scaling_pauses_afterwards() {
    let mut stage = Stage::settled(&Setting::default());
    let arn = put(&mut stage, "more", members(1));
    let mut execute = ExecutePolicy {
        policy: arn.clone(),
        ..ExecutePolicy::default()
    };
    let now = stage.now;
    stage.world.execute_policy(now, &execute).expect("a policy");
    assert_eq!(stage.group().desired, 5);
    execute.honor_cooldown = true;
    let refused = stage.world.execute_policy(now, &execute);
    assert_eq!(
        refused.map_err(|error| error.code),
        Err("ScalingActivityInProgress".into())
    );
    stage.until_settled();
    alarm(&mut stage, &arn);
    raise(&mut stage, 60.0);
    assert_eq!(
        stage.group().desired,
        5,
        "the alarm waits for the end of the pause"
    );
    stage.pass(3 * MINUTE);
    raise(&mut stage, 60.0);
    assert_eq!(stage.group().desired, 6);
}

#[test]
fn step_scaling_goes_by_the_distance_from_the_threshold() {
    let mut stage = Stage::settled(&Setting::default());
    let step = |lower, upper, by| Step { lower, upper, by };
    let kind = PolicyKind::Step {
        adjustment: change(),
        steps: vec![step(Some(0.0), Some(20.0), 1), step(Some(20.0), None, 3)],
        aggregation: None,
        warmup: Some(2 * MINUTE),
    };
    let arn = put(&mut stage, "steps", kind);
    stage.pass(3 * MINUTE);
    alarm(&mut stage, &arn);
    raise(&mut stage, 60.0);
    assert_eq!(stage.group().desired, 5);
    raise(&mut stage, 60.0);
    assert_eq!(stage.group().desired, 5, "the new member is still cold");
    raise(&mut stage, 70.0);
    assert_eq!(stage.group().desired, 7, "three instead of one, not on top");
    let execute = ExecutePolicy {
        policy: arn,
        breach: Some((40.0, 50.0)),
        ..ExecutePolicy::default()
    };
    let refused = stage.world.execute_policy(stage.now, &execute);
    assert_eq!(
        refused.map_err(|error| error.code),
        Err("ValidationError".into())
    );
}

#[test]
fn policies_rest_while_alarm_notifications_are_suspended() {
    let mut stage = Stage::settled(&Setting::default());
    let arn = put(&mut stage, "more", members(1));
    alarm(&mut stage, &arn);
    let now = stage.now;
    let processes = [Process::AlarmNotification];
    stage
        .world
        .suspend_processes(now, GROUP, &processes)
        .expect("the group");
    raise(&mut stage, 60.0);
    assert_eq!(stage.group().desired, 4);
}

#[test]
fn a_tracking_policy_brings_its_alarms_and_takes_them_along() {
    let mut stage = Stage::settled(&Setting::default());
    let arn = put(&mut stage, "cpu", tracking(50.0));
    let alarms: Vec<_> = stage
        .world
        .alarms()
        .map(|alarm| (alarm.spec.name.clone(), alarm.spec.threshold))
        .collect();
    assert!(alarms[0].0.starts_with("TargetTracking-fleet-AlarmHigh-"));
    assert!(alarms[1].0.starts_with("TargetTracking-fleet-AlarmLow-"));
    assert_eq!((alarms[0].1, alarms[1].1), (50.0, 45.0));
    let again = put(&mut stage, "cpu", tracking(60.0));
    assert_eq!(arn, again, "a policy that is put again keeps its ARN");
    assert_eq!(stage.world.alarms().count(), 2);
    let now = stage.now;
    stage
        .world
        .delete_policy(now, Some(GROUP), "cpu")
        .expect("the policy");
    assert_eq!(stage.world.alarms().count(), 0);
    assert!(stage.world.delete_policy(now, None, &arn).is_err());
}
