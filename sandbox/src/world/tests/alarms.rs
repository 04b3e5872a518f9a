//! Alarms: definitions and states.

use std::collections::BTreeMap;

use super::stage::{identity, timings};
use crate::world::{
    AlarmActions, AlarmEventKind, AlarmReason, AlarmSpec, AlarmState, Comparison, MetricKey,
    Statistic, World,
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
