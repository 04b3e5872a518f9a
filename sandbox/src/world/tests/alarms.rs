//! Alarms: definitions and states.

use std::collections::BTreeMap;
use std::time::Duration;

use super::stage::{GROUP, Setting, Stage, identity, timings};
use crate::world::{
    AlarmActions, AlarmEventKind, AlarmReason, AlarmSpec, AlarmState, Comparison, Cpu, Datum,
    Measurement, MetricKey, MissingData, Statistic, Traffic, World,
};

const NAME: &str = "errors";

/// An alarm on errors per minute.
pub(crate) fn errors() -> AlarmSpec {
    AlarmSpec {
        name: NAME.into(),
        description: None,
        actions_enabled: true,
        actions: AlarmActions::default(),
        metric: MetricKey {
            namespace: "Example".into(),
            name: "Errors".into(),
            dimensions: BTreeMap::new(),
        },
        statistic: Statistic::Sum,
        unit: None,
        period: 60,
        evaluation_periods: 1,
        datapoints_to_alarm: None,
        threshold: 5.0,
        comparison: Comparison::AtLeast,
        missing: None,
    }
}

pub(super) fn set(world: &mut World, state: AlarmState) -> Result<(), String> {
    let now = world.now();
    world
        .set_alarm_state(now, NAME, state, AlarmReason::plain("a test"))
        .map_err(|error| error.code)
}

#[test]
fn a_new_alarm_has_insufficient_data_and_one_put_again_keeps_its_state() {
    let mut world = World::new(identity(), timings(), 1);
    let now = world.now();
    assert_eq!(world.alarm_state(NAME), None);
    world.put_alarm(now, errors()).expect("an alarm");
    assert_eq!(world.alarm_state(NAME), Some(AlarmState::InsufficientData));
    set(&mut world, AlarmState::Alarm).expect("the alarm exists");
    let changed = AlarmSpec {
        threshold: 6.0,
        ..errors()
    };
    world.put_alarm(now, changed).expect("the same alarm");
    assert_eq!(world.alarm_state(NAME), Some(AlarmState::Alarm));
    assert_eq!(world.alarms().next().map(|a| a.spec.threshold), Some(6.0));
}

#[test]
fn states_are_set_by_hand_and_the_history_outlives_the_alarm() {
    let mut world = World::new(identity(), timings(), 1);
    let now = world.now();
    assert_eq!(
        set(&mut world, AlarmState::Alarm),
        Err("ResourceNotFound".into())
    );
    world.put_alarm(now, errors()).expect("an alarm");
    set(&mut world, AlarmState::Alarm).expect("the alarm exists");
    set(&mut world, AlarmState::Alarm).expect("the same state again");
    world.delete_alarms(now, &["none".to_owned(), NAME.to_owned()]);
    assert_eq!(world.alarm_state(NAME), None);
    let history: Vec<_> = world.alarm_history().map(|event| &event.kind).collect();
    let changed = AlarmEventKind::Changed {
        from: AlarmState::InsufficientData,
        to: AlarmState::Alarm,
        reason: AlarmReason::plain("a test"),
    };
    let expected = [&AlarmEventKind::Created, &changed, &AlarmEventKind::Deleted];
    assert_eq!(history, expected);
}

#[test]
fn what_cannot_be_an_alarm_is_refused() {
    let mut world = World::new(identity(), timings(), 1);
    let now = world.now();
    let mut refused = |spec: AlarmSpec| {
        let refused = world.put_alarm(now, spec).map_err(|error| error.code);
        assert_eq!(refused, Err("ValidationError".to_owned()));
    };
    refused(AlarmSpec {
        period: 45,
        ..errors()
    });
    refused(AlarmSpec {
        evaluation_periods: 0,
        ..errors()
    });
    refused(AlarmSpec {
        datapoints_to_alarm: Some(2),
        ..errors()
    });
    refused(AlarmSpec {
        evaluation_periods: 1_441,
        ..errors()
    });
    refused(AlarmSpec {
        name: String::new(),
        ..errors()
    });
}

/// A world at noon, with the alarm.
fn watched(spec: AlarmSpec) -> World {
    let mut world = World::new(identity(), timings(), 1);
    let noon = "2030-01-01T12:00:00Z".parse().expect("a time");
    world.put_alarm(noon, spec).expect("an alarm");
    world
}

fn put(world: &mut World, value: f64) {
    let measurement = Measurement {
        metric: errors().metric,
        at: None,
        unit: "Count".into(),
        high_resolution: false,
        datum: Datum::value(value),
    };
    world.put_metric(world.now(), measurement);
}

fn pass(world: &mut World, seconds: u64) {
    let then = world.now() + Duration::from_secs(seconds);
    world.advance(then);
}

#[test]
fn data_changes_the_state_when_its_minute_is_over() {
    let mut world = watched(errors());
    pass(&mut world, 10);
    put(&mut world, 2.0);
    put(&mut world, 4.0);
    pass(&mut world, 49);
    assert_eq!(world.alarm_state(NAME), Some(AlarmState::InsufficientData));
    pass(&mut world, 1);
    assert_eq!(world.alarm_state(NAME), Some(AlarmState::Alarm));
    let alarm = world.alarm(NAME).expect("the alarm");
    assert_eq!(
        alarm.reason.text,
        "Threshold Crossed: 1 out of the last 1 datapoint [6.0 (01/01/30 12:00:00)] was greater than or \
         equal to the threshold (5.0) (minimum 1 datapoint for INSUFFICIENT_DATA -> ALARM transition)."
    );
    put(&mut world, 0.0);
    pass(&mut world, 60);
    assert_eq!(world.alarm_state(NAME), Some(AlarmState::Ok));
    pass(&mut world, 4 * 60);
    assert_eq!(world.alarm_state(NAME), Some(AlarmState::InsufficientData));
    let reason = &world.alarm(NAME).expect("the alarm").reason.text;
    assert_eq!(reason, "Insufficient Data: 1 datapoint was unknown.");
}

#[test]
fn a_state_set_by_hand_lasts_until_the_next_evaluation() {
    let mut world = watched(AlarmSpec {
        missing: Some(MissingData::NotBreaching),
        ..errors()
    });
    pass(&mut world, 60);
    assert_eq!(world.alarm_state(NAME), Some(AlarmState::Ok));
    set(&mut world, AlarmState::Alarm).expect("the alarm exists");
    pass(&mut world, 59);
    assert_eq!(world.alarm_state(NAME), Some(AlarmState::Alarm));
    pass(&mut world, 1);
    assert_eq!(world.alarm_state(NAME), Some(AlarmState::Ok));
}

#[test]
fn short_periods_are_evaluated_every_ten_seconds() {
    let mut world = watched(AlarmSpec {
        period: 10,
        ..errors()
    });
    let measurement = Measurement {
        metric: errors().metric,
        at: None,
        unit: "Count".into(),
        high_resolution: true,
        datum: Datum::value(7.0),
    };
    world.put_metric(world.now(), measurement);
    pass(&mut world, 9);
    assert_eq!(world.alarm_state(NAME), Some(AlarmState::InsufficientData));
    pass(&mut world, 1);
    assert_eq!(world.alarm_state(NAME), Some(AlarmState::Alarm));
}

#[test]
fn units_part_the_data() {
    let mut world = watched(AlarmSpec {
        unit: Some("Percent".into()),
        ..errors()
    });
    put(&mut world, 7.0);
    pass(&mut world, 60);
    assert_eq!(world.alarm_state(NAME), Some(AlarmState::InsufficientData));
}

#[test]
fn the_balancers_metrics_follow_its_targets() {
    let mut stage = Stage::settled(&Setting::default());
    let target_group = stage.target_group.clone();
    let now = stage.now;
    let traffic = Traffic {
        requests: 10,
        target_5xx: 3,
        ..Traffic::default()
    };
    stage.world.record_traffic(now, &target_group, &traffic);
    stage.pass(Duration::from_mins(2));
    let sum = |name: &str| {
        let found = stage
            .world
            .metrics()
            .find(|(key, _)| key.name == name && key.dimensions.contains_key("TargetGroup"));
        let (key, last) = found.unwrap_or_else(|| panic!("no {name}"));
        let (from, period) = (last - Duration::from_mins(5), Duration::from_mins(10));
        let points = stage
            .world
            .metric_points(key, None, period, (from, stage.now));
        points
            .last()
            .and_then(|point| point.datum.statistic(Statistic::Maximum))
    };
    assert_eq!(sum("HealthyHostCount"), Some(4.0));
    assert_eq!(sum("UnHealthyHostCount"), Some(0.0));
    assert_eq!(sum("HTTPCode_Target_5XX_Count"), Some(1.0));
    let mut names: Vec<_> = stage
        .world
        .metrics()
        .map(|(key, _)| key.name.clone())
        .collect();
    names.dedup();
    assert!(
        !names.contains(&"HTTPCode_ELB_5XX_Count".to_owned()),
        "{names:?}"
    );
}

#[test]
fn a_groups_cpu_is_what_was_set() {
    let mut stage = Stage::settled(&Setting::default());
    let now = stage.now;
    stage
        .world
        .set_group_cpu(now, GROUP, Cpu::Shared(200.0))
        .expect("a group");
    stage.pass(Duration::from_mins(2));
    let dimensions = BTreeMap::from([("AutoScalingGroupName".to_owned(), GROUP.to_owned())]);
    let metric = MetricKey {
        namespace: "AWS/EC2".into(),
        name: "CPUUtilization".into(),
        dimensions,
    };
    let span = (now, stage.now);
    let points = stage
        .world
        .metric_points(&metric, None, Duration::from_mins(1), span);
    let told = |statistic| {
        points
            .last()
            .and_then(|point| point.datum.statistic(statistic))
    };
    assert_eq!(told(Statistic::Average), Some(50.0));
    assert_eq!(told(Statistic::SampleCount), Some(4.0));
    let none = stage.world.set_group_cpu(now, "none", Cpu::Each(1.0));
    assert!(none.is_err());
}
