//! Zone balance: what brings the zones out of it, and how the group comes back.

use std::collections::BTreeMap;

use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{InstanceId, Place, Preferences, Process, UpdateGroup};

fn counts(stage: &Stage) -> Vec<usize> {
    let live = stage.group().members.live_by_zone();
    let mut counts: Vec<_> = live.into_values().collect();
    counts.sort_unstable();
    counts
}

fn serving(stage: &Stage) -> usize {
    stage.group().live().filter(|m| m.in_service()).count()
}

/// One that is alone in its zone.
fn lone(stage: &Stage) -> InstanceId {
    let zones: BTreeMap<_, _> = stage.group().members.live_by_zone();
    let alone = |zone: &str| zones.get(zone) == Some(&1);
    let mut members = stage.group().live();
    let lone = members.find(|m| alone(&m.zone)).map(|m| m.id.clone());
    lone.expect("somebody is alone")
}

fn set_aside(stage: &mut Stage, id: InstanceId) {
    let done = stage.world.enter_standby(stage.now, GROUP, &[id], true);
    done.expect("set aside");
    stage.play();
}

fn suspend(stage: &mut Stage, process: Process) {
    let done = stage.world.suspend_processes(stage.now, GROUP, &[process]);
    done.expect("suspended");
}

#[test]
fn an_empty_zone_is_filled_before_a_full_one_gives() {
    let mut stage = Stage::settled(&Setting::default());
    let id = lone(&stage);
    set_aside(&mut stage, id);
    let activity = stage.group().activities.last().expect("a launch");
    assert!(
        activity
            .cause
            .contains("instances were launched to balance instances in zones us-east-1"),
        "{}",
        activity.cause
    );
    stage.until_watched(
        "the zones are balanced",
        |s| s.world.settled(GROUP) && counts(s) == [1, 1, 1],
        |s| assert!(serving(s) >= 3),
    );
}

#[test]
fn suspended_nothing_is_balanced_until_it_is_resumed() {
    let mut stage = Stage::settled(&Setting::default());
    suspend(&mut stage, Process::AzRebalance);
    let id = lone(&stage);
    set_aside(&mut stage, id);
    stage.pass(600 * SECOND);
    assert_eq!(counts(&stage), [1, 2]);
    let done = stage
        .world
        .resume_processes(stage.now, GROUP, &[Process::AzRebalance]);
    done.expect("resumed");
    stage.until("the zones are balanced", |s| {
        s.world.settled(GROUP) && counts(s) == [1, 1, 1]
    });
}

#[test]
fn a_zone_that_is_given_up_is_left_one_by_one() {
    let mut stage = Stage::settled(&Setting {
        desired: 6,
        ..Setting::default()
    });
    let update = UpdateGroup {
        place: Some(Place {
            zones: vec!["us-east-1a".into(), "us-east-1b".into()],
            subnets: Vec::new(),
        }),
        ..UpdateGroup::default()
    };
    let done = stage.world.update_group(stage.now, GROUP, update);
    done.expect("updated");
    stage.until_watched(
        "the zone is left",
        |s| s.world.settled(GROUP) && counts(s) == [3, 3],
        |s| {
            assert!(serving(s) >= 6);
            assert!(s.group().members.live() <= 7, "a tenth of ten beyond");
        },
    );
}

#[test]
fn without_terminate_it_grows_by_a_tenth_and_stays_so() {
    let mut stage = Stage::settled(&Setting {
        max: 4,
        ..Setting::default()
    });
    suspend(&mut stage, Process::Terminate);
    let id = lone(&stage);
    set_aside(&mut stage, id);
    stage.pass(3600 * SECOND);
    assert_eq!(counts(&stage), [1, 1, 2]);
    assert_eq!(stage.group().desired, 3);
}

#[test]
fn the_protected_are_not_moved() {
    let mut stage = Stage::settled(&Setting::default());
    let all: Vec<_> = stage.group().members.keys().cloned().collect();
    let done = stage
        .world
        .set_instance_protection(stage.now, GROUP, &all, true);
    done.expect("protected");
    let id = lone(&stage);
    set_aside(&mut stage, id);
    stage.pass(3600 * SECOND);
    assert_eq!(counts(&stage), [1, 2]);
    assert_eq!(stage.group().members.len(), 4, "nobody came and went");
}

#[test]
fn a_refresh_leaves_the_zones_balanced() {
    for desired in 1..=7 {
        for (min, max) in [(100, 100), (100, 200), (50, 100), (90, 110)] {
            let mut stage = Stage::settled(&Setting {
                desired,
                max: 20,
                ..Setting::default()
            });
            let version = stage.release(Release::Good);
            let preferences = Preferences {
                min_healthy: Some(min),
                max_healthy: Some(max),
                ..Preferences::default()
            };
            stage.start_refresh(version, preferences);
            stage.until_refreshed();
            let (counts, launched) = (counts(&stage), stage.group().activities.len());
            let (least, most) = (counts[0], counts[counts.len() - 1]);
            assert!(most - least <= 1, "{desired} {min} {max}: {counts:?}");
            assert_eq!(counts.len(), desired.min(3), "{desired} {min} {max}");
            stage.pass(600 * SECOND);
            assert_eq!(stage.group().activities.len(), launched);
        }
    }
}
