//! Alarms that a refresh watches, the longest that it may take, and what is remembered of it.

use std::time::Duration;

use super::alarms::{errors, set};
use super::refresh_story::launch_first;
use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{AlarmState, Preferences, RefreshStatus};

const ALARM: &str = "errors";
const DAY: Duration = Duration::from_hours(24);

/// A settled group, an alarm that is quiet, and a refresh that watches it.
fn watched(preferences: Preferences) -> Stage {
    let mut stage = Stage::settled(&Setting::default());
    stage
        .world
        .put_alarm(stage.now, errors())
        .expect("an alarm");
    set(&mut stage.world, AlarmState::Ok).expect("set");
    let version = stage.release(Release::Good);
    let preferences = Preferences {
        alarms: vec![ALARM.into()],
        ..preferences
    };
    stage.start_refresh(version, preferences);
    stage
}

fn raise(stage: &mut Stage) {
    set(&mut stage.world, AlarmState::Alarm).expect("set");
    stage.play();
}

#[test]
fn an_alarm_fails_the_refresh() {
    let mut stage = watched(launch_first());
    stage.until("half is replaced", |s| s.refresh().percentage >= 50);
    raise(&mut stage);
    assert_eq!(stage.refresh().status, RefreshStatus::Failed);
    assert_eq!(
        stage.refresh().reason.as_deref(),
        Some("The CloudWatch alarm errors is in the ALARM state.")
    );
}

#[test]
fn an_alarm_turns_the_refresh_round_and_does_not_stop_the_way_back() {
    let mut stage = watched(Preferences {
        auto_rollback: true,
        ..launch_first()
    });
    stage.until("half is replaced", |s| s.refresh().percentage >= 50);
    raise(&mut stage);
    let details = stage.refresh().rollback.clone().expect("a rollback");
    assert_eq!(
        details.reason,
        "Automatic rollback was initiated. The CloudWatch alarm errors is in the ALARM state."
    );
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::RollbackSuccessful);
    stage.until_settled();
    assert_eq!(stage.versions(), [1, 1, 1, 1]);
}

#[test]
fn an_alarm_fails_a_suspended_refresh() {
    let mut stage = watched(launch_first());
    stage.until("half is replaced", |s| s.refresh().percentage >= 50);
    let process = [crate::world::Process::InstanceRefresh];
    let suspended = stage.world.suspend_processes(stage.now, GROUP, &process);
    suspended.expect("suspended");
    stage.pass(100 * SECOND);
    assert_eq!(stage.refresh().status, RefreshStatus::InProgress);
    raise(&mut stage);
    assert_eq!(stage.refresh().status, RefreshStatus::Failed);
}

#[test]
fn alarms_are_watched_at_a_checkpoint_and_to_the_end_of_the_bake_time() {
    let pausing = Preferences {
        checkpoints: vec![50, 100],
        checkpoint_delay: Some(600 * SECOND),
        bake_time: Some(600 * SECOND),
        ..launch_first()
    };
    let mut stage = watched(pausing.clone());
    stage.until("half is replaced", |s| s.refresh().percentage >= 50);
    stage.pass(100 * SECOND);
    raise(&mut stage);
    assert_eq!(stage.refresh().status, RefreshStatus::Failed);
    let mut stage = watched(pausing);
    stage.until("it bakes", |s| s.refresh().status == RefreshStatus::Baking);
    stage.pass(500 * SECOND);
    raise(&mut stage);
    assert_eq!(stage.refresh().status, RefreshStatus::Failed);
    assert_eq!(stage.group().template.version.to_string(), "1");
}

#[test]
fn an_alarm_that_is_raised_already_fails_the_refresh_when_it_begins() {
    let mut stage = Stage::settled(&Setting::default());
    stage
        .world
        .put_alarm(stage.now, errors())
        .expect("an alarm");
    set(&mut stage.world, AlarmState::Alarm).expect("set");
    let version = stage.release(Release::Good);
    stage.world.take_changes();
    let preferences = Preferences {
        alarms: vec![ALARM.into()],
        ..launch_first()
    };
    stage.start_refresh(version, preferences);
    assert_eq!(stage.refresh().status, RefreshStatus::Pending);
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Failed);
    assert_eq!(stage.transcript(), "", "nobody was replaced");
}

#[test]
fn a_refresh_replaces_for_fourteen_days_at_most() {
    let mut stage = Stage::settled(&Setting {
        desired: 2,
        ..Setting::default()
    });
    let version = stage.release(Release::Good);
    let preferences = Preferences {
        warmup: Some(8 * DAY),
        ..launch_first()
    };
    stage.start_refresh(version, preferences);
    let started = stage.now;
    while stage.group().active_refresh().is_some() {
        stage.pass(SECOND * 3600);
    }
    assert_eq!(stage.refresh().status, RefreshStatus::Failed);
    let ended = stage.refresh().ended.expect("it has ended");
    assert_eq!(ended, started + SECOND + 14 * DAY);
    assert_eq!(
        stage.refresh().reason.as_deref(),
        Some("The instance refresh has replaced instances for 14 days, the longest that it may.")
    );
}

#[test]
fn a_checkpoints_pause_does_not_count_against_the_fourteen_days() {
    let mut stage = Stage::settled(&Setting {
        desired: 2,
        ..Setting::default()
    });
    let version = stage.release(Release::Good);
    let preferences = Preferences {
        warmup: Some(DAY * 13 / 2),
        checkpoints: vec![50, 100],
        checkpoint_delay: Some(2 * DAY),
        ..launch_first()
    };
    stage.start_refresh(version, preferences);
    let started = stage.now;
    while stage.group().active_refresh().is_some() {
        stage.pass(SECOND * 3600);
    }
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
    assert!(
        stage
            .refresh()
            .ended
            .is_some_and(|at| at > started + 15 * DAY)
    );
}

#[test]
fn refreshes_of_the_previous_six_weeks_are_remembered_newest_first() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    let mut ids = Vec::new();
    for _ in 0..3 {
        let version = stage.release(Release::Good);
        ids.insert(0, stage.start_refresh(version, launch_first()));
        stage.until_refreshed();
        stage.world.advance(stage.now + 16 * DAY);
        stage.now = stage.world.now();
    }
    let told = |stage: &Stage| -> Vec<String> {
        let group = stage.world.group(GROUP).expect("the group");
        let history = stage.world.refresh_history(group);
        history.map(|refresh| refresh.id.clone()).collect()
    };
    assert_eq!(told(&stage), ids[..2]);
    stage.world.advance(stage.now + 42 * DAY);
    assert_eq!(told(&stage), [""; 0]);
}
