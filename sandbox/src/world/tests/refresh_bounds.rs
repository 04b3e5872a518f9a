//! How far a refresh may go at a time: minimum and maximum healthy percentage in whole groups.

use super::stage::{Release, SECOND, Setting, Stage};
use crate::world::{Preferences, RefreshStatus, TargetState};

/// The fewest serving and the most live members while a group of `desired` is refreshed.
fn extremes(desired: usize, min: u32, max: Option<u32>) -> (usize, usize) {
    let mut stage = Stage::settled(&Setting {
        desired,
        max: 100,
        ..Setting::default()
    });
    stage.pass(60 * SECOND);
    let version = stage.release(Release::Good);
    stage.start_refresh(
        version,
        Preferences {
            min_healthy: Some(min),
            max_healthy: max,
            ..Preferences::default()
        },
    );
    let (mut fewest, mut most) = (usize::MAX, 0);
    let ended = |s: &Stage| s.group().active_refresh().is_none();
    stage.until_watched("the refresh ends", ended, |s| {
        let targets = &s
            .world
            .target_group(&s.target_group)
            .expect("it exists")
            .targets;
        let serving = targets
            .values()
            .filter(|t| t.state == TargetState::Healthy)
            .count();
        fewest = fewest.min(serving);
        most = most.max(s.group().live().count());
    });
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
    (fewest, most)
}

#[test]
fn an_explicit_hundred_launches_first_and_an_omitted_one_does_not() {
    assert_eq!(extremes(1, 90, Some(100)), (1, 2));
    assert_eq!(extremes(1, 90, None), (0, 1), "an outage, as on AWS");
    assert_eq!(extremes(4, 100, Some(100)), (4, 5));
    assert_eq!(extremes(4, 90, None), (3, 4));
}

#[test]
fn the_bounds_are_the_bounds() {
    assert_eq!(extremes(10, 90, Some(110)), (9, 11));
    assert_eq!(extremes(10, 100, Some(150)), (10, 15));
    assert_eq!(extremes(4, 50, Some(100)), (2, 4));
    assert_eq!(extremes(4, 0, Some(100)), (0, 4), "all at once");
}

#[test]
fn a_scale_out_in_the_middle_launches_the_new_configuration() {
    let mut stage = Stage::settled(&Setting::default());
    let version = stage.release(Release::Good);
    let preferences = Preferences {
        min_healthy: Some(100),
        max_healthy: Some(100),
        ..Preferences::default()
    };
    stage.start_refresh(version, preferences);
    stage.until("one is replaced", |s| s.refresh().percentage >= 25);
    stage
        .world
        .set_desired_capacity(stage.now, super::stage::GROUP, 6)
        .expect("set");
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
    assert_eq!(stage.versions(), [2; 6]);
}

#[test]
fn a_scale_in_in_the_middle_is_followed() {
    let mut stage = Stage::settled(&Setting {
        desired: 6,
        ..Setting::default()
    });
    let version = stage.release(Release::Good);
    let preferences = Preferences {
        min_healthy: Some(100),
        max_healthy: Some(120),
        ..Preferences::default()
    };
    stage.start_refresh(version, preferences);
    stage.until("one is replaced", |s| s.refresh().percentage >= 10);
    stage
        .world
        .set_desired_capacity(stage.now, super::stage::GROUP, 2)
        .expect("set");
    stage.until_refreshed();
    stage.until_settled();
    assert_eq!(stage.versions(), [2, 2]);
}
