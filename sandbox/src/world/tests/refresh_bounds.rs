//! How far a refresh may go at a time: minimum and maximum healthy percentage in whole groups.

use super::stage::{Release, SECOND, Setting, Stage};
use crate::world::{MaintenancePolicy, Preferences, RefreshStatus, TargetState, UpdateGroup};

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
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
    stage.until_settled();
    assert_eq!(stage.versions(), [2, 2]);
}

#[test]
fn a_group_that_grows_reaches_its_checkpoint_again() {
    let mut stage = Stage::settled(&Setting {
        max: 20,
        ..Setting::default()
    });
    let version = stage.release(Release::Good);
    let preferences = Preferences {
        min_healthy: Some(100),
        max_healthy: Some(100),
        checkpoints: vec![50, 100],
        checkpoint_delay: Some(600 * SECOND),
        ..Preferences::default()
    };
    stage.start_refresh(version, preferences);
    let paused = |s: &Stage| {
        s.refresh()
            .reason
            .as_ref()
            .is_some_and(|r| r.contains("checkpoint of 50"))
    };
    stage.until("the checkpoint", paused);
    stage.until("it goes on", |s| !paused(s));
    stage
        .world
        .set_desired_capacity(stage.now, super::stage::GROUP, 9)
        .expect("set");
    stage.play();
    assert_eq!(stage.refresh().percentage, 22, "two of nine");
    stage.until("the checkpoint again", paused);
    let again = stage.now;
    stage.until("it goes on again", |s| !paused(s));
    assert_eq!(stage.now, again + 600 * SECOND, "with its delay");
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
    assert_eq!(stage.versions(), [2; 9]);
}

#[test]
fn checkpoints_overtaken_in_one_step_pause_once() {
    let mut stage = Stage::settled(&Setting {
        desired: 2,
        ..Setting::default()
    });
    let version = stage.release(Release::Good);
    let preferences = Preferences {
        min_healthy: Some(100),
        max_healthy: Some(100),
        checkpoints: vec![10, 40, 100],
        checkpoint_delay: Some(600 * SECOND),
        ..Preferences::default()
    };
    stage.start_refresh(version, preferences);
    let mut pauses: Vec<String> = Vec::new();
    let ended = |s: &Stage| s.group().active_refresh().is_none();
    stage.until_watched("the refresh ends", ended, |s| {
        let reason = s.refresh().reason.clone().unwrap_or_default();
        if reason.contains("checkpoint") && pauses.last() != Some(&reason) {
            pauses.push(reason);
        }
    });
    assert_eq!(pauses.len(), 1, "{pauses:?}");
    assert!(pauses[0].starts_with("Waiting at the checkpoint of 40 percent until"));
}

#[test]
fn latest_is_read_again_for_every_member() {
    use crate::world::{StartRefresh, TemplateRef, VersionSpec};
    for (skip_matching, end) in [(true, [3; 4]), (false, [2, 3, 3, 3])] {
        let mut stage = Stage::settled(&Setting::default());
        stage.release(Release::Good);
        let desired = Some(TemplateRef {
            id: stage.template.clone(),
            version: VersionSpec::Latest,
        });
        let preferences = Preferences {
            min_healthy: Some(100),
            max_healthy: Some(100),
            skip_matching,
            ..Preferences::default()
        };
        let start = StartRefresh {
            desired,
            preferences,
        };
        stage
            .world
            .start_refresh(stage.now, super::stage::GROUP, start)
            .expect("a refresh");
        stage.until("one is replaced", |s| s.versions().contains(&2));
        stage.release(Release::Good);
        stage.until_refreshed();
        assert_eq!(stage.refresh().status, RefreshStatus::Successful);
        stage.until_settled();
        assert_eq!(stage.versions(), end, "SkipMatching {skip_matching}");
    }
}

#[test]
fn a_maintenance_policy_says_what_the_request_does_not() {
    use crate::world::StartRefresh;
    let mut stage = Stage::settled(&Setting::default());
    let policy = MaintenancePolicy {
        min_healthy: 100,
        max_healthy: 150,
    };
    let update = UpdateGroup {
        maintenance: Some(Some(policy)),
        ..UpdateGroup::default()
    };
    let group = super::stage::GROUP;
    let updated = stage.world.update_group(stage.now, group, update);
    updated.expect("a policy");
    let start = StartRefresh {
        desired: None,
        preferences: Preferences {
            min_healthy: Some(40),
            ..Preferences::default()
        },
    };
    let refused = stage.world.start_refresh(stage.now, group, start);
    let code = refused.expect_err("150 is too far above 40").code;
    assert_eq!(code, "ValidationError");
    let version = stage.release(Release::Good);
    stage.start_refresh(version, Preferences::default());
    let mut most = 0;
    let ended = |s: &Stage| s.group().active_refresh().is_none();
    stage.until_watched("the refresh ends", ended, |s| {
        most = most.max(s.group().live().count());
    });
    assert_eq!(most, 6, "two are launched first");
    let preferences = &stage.refresh().preferences;
    assert_eq!(
        (preferences.min_healthy, preferences.max_healthy),
        (Some(100), Some(150))
    );
}
