//! The main job: four members replaced one after the other, launched first.

use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{Preferences, RefreshStatus};

pub(super) fn launch_first() -> Preferences {
    Preferences {
        min_healthy: Some(100),
        max_healthy: Some(100),
        warmup: Some(5 * SECOND),
        ..Preferences::default()
    }
}

#[test]
fn a_refresh_replaces_four_members_one_by_one() {
    let mut stage = Stage::settled(&Setting::default());
    stage.pass(49 * SECOND);
    stage.world.take_changes();
    let version = stage.release(Release::Good);
    stage.start_refresh(version, launch_first());
    assert_eq!(stage.refresh().status, RefreshStatus::Pending);
    let mut reports = Vec::new();
    let ended = |s: &Stage| s.group().active_refresh().is_none();
    stage.until_watched("the refresh ends", ended, |s| {
        let refresh = s.refresh();
        let report = (refresh.status.name(), refresh.percentage, refresh.to_update);
        if reports.last() != Some(&report) {
            reports.push(report);
        }
    });
    assert_eq!(stage.transcript(), REPLACED_ONE_BY_ONE);
    let expected = [
        ("Pending", 0, 4),
        ("InProgress", 0, 3),
        ("InProgress", 25, 2),
        ("InProgress", 50, 1),
        ("InProgress", 75, 0),
        ("InProgress", 100, 0),
        ("Successful", 100, 0),
    ];
    assert_eq!(reports, expected);
    assert_eq!(stage.versions(), [2, 2, 2, 2]);
    assert!(stage.world.settled(GROUP));
}

/// a, c, e and g come, b, d, f and h go; health is trusted 10 s after `InService`, draining takes 30 s.
const REPLACED_ONE_BY_ONE: &str = "\
\x20 60 a Pending
  62 a Pending:Wait
  65 a Pending:Proceed
  65 a target initial
  66 a InService
  70 a target healthy
  76 b Terminating
  76 b target draining
  76 c Pending
  78 c Pending:Wait
  81 c Pending:Proceed
  81 c target initial
  82 c InService
  85 c target healthy
  92 d Terminating
  92 d target draining
  92 e Pending
  94 e Pending:Wait
  97 e Pending:Proceed
  97 e target initial
  98 e InService
 100 e target healthy
 106 b target unused
 106 b Terminating:Wait
 108 b Terminating:Proceed
 108 f Terminating
 108 f target draining
 108 g Pending
 109 b Terminated
 110 g Pending:Wait
 113 g Pending:Proceed
 113 g target initial
 114 g InService
 115 g target healthy
 122 d target unused
 122 d Terminating:Wait
 124 d Terminating:Proceed
 124 h Terminating
 124 h target draining
 125 d Terminated
 138 f target unused
 138 f Terminating:Wait
 140 f Terminating:Proceed
 141 f Terminated
 154 h target unused
 154 h Terminating:Wait
 156 h Terminating:Proceed
 157 h Terminated
";

#[test]
fn waiting_for_health_is_in_awss_words() {
    let mut stage = Stage::settled(&Setting::default());
    let version = stage.release(Release::Good);
    stage.start_refresh(version, launch_first());
    let mut reasons: Vec<String> = Vec::new();
    let ended = |s: &Stage| s.group().active_refresh().is_none();
    stage.until_watched("the refresh ends", ended, |s| {
        let updated = s.group().live().find(|m| m.template.number == version);
        let (Some(reason), Some(member)) = (&s.refresh().reason, updated) else {
            return;
        };
        let reason = reason.replace(member.id.as_str(), "i-…");
        if reasons.is_empty() || s.versions().iter().filter(|v| **v == version).count() == 1 {
            reasons.push(reason);
        }
    });
    reasons.dedup();
    let expected = [
        "Waiting for remaining instances to be available. For example: i-… has insufficient data \
         to evaluate its health with Amazon EC2.",
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn warming_up_is_named_and_waited_for() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    let version = stage.release(Release::Good);
    let preferences = Preferences {
        warmup: Some(40 * SECOND),
        ..launch_first()
    };
    stage.start_refresh(version, preferences);
    stage.until("it warms up", |s| {
        s.refresh()
            .reason
            .as_ref()
            .is_some_and(|r| r.ends_with("is warming up."))
    });
    assert_eq!(
        stage.versions(),
        [1, 2],
        "the old one serves until the new one is warm"
    );
    assert_eq!(
        (stage.refresh().percentage, stage.refresh().to_update),
        (0, 0)
    );
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
}

#[test]
fn the_group_takes_the_new_version_over_only_on_success() {
    let mut stage = Stage::settled(&Setting::default());
    let version = stage.release(Release::Good);
    stage.start_refresh(version, launch_first());
    stage.until("one is replaced", |s| s.refresh().percentage >= 25);
    assert_eq!(stage.group().template.version.to_string(), "1");
    stage.until_refreshed();
    assert_eq!(stage.group().template.version.to_string(), "2");
}

#[test]
fn nothing_to_replace_is_a_success_at_once() {
    let mut stage = Stage::settled(&Setting::default());
    stage.world.take_changes();
    let preferences = Preferences {
        skip_matching: true,
        ..launch_first()
    };
    stage.start_refresh(1, preferences);
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
    assert_eq!(stage.refresh().percentage, 100);
    assert_eq!(stage.transcript(), "");
}

#[test]
fn without_skip_matching_the_same_version_is_replaced_too() {
    let mut stage = Stage::settled(&Setting {
        desired: 2,
        ..Setting::default()
    });
    let before: Vec<_> = stage.group().members.keys().cloned().collect();
    stage.start_refresh(1, launch_first());
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
    assert!(
        before
            .iter()
            .all(|id| !stage.group().members.contains_key(id))
    );
}

#[test]
fn checkpoints_pause_and_the_bake_time_ends_the_refresh() {
    let mut stage = Stage::settled(&Setting::default());
    let version = stage.release(Release::Good);
    let preferences = Preferences {
        checkpoints: vec![50, 100],
        checkpoint_delay: Some(7200 * SECOND),
        bake_time: Some(300 * SECOND),
        ..launch_first()
    };
    stage.start_refresh(version, preferences);
    stage.until("half is replaced", |s| s.refresh().percentage >= 50);
    let reached = stage.now;
    stage.pass(7100 * SECOND);
    assert_eq!(
        stage.versions(),
        [1, 1, 2, 2],
        "paused, longer than the hour without progress"
    );
    stage.until("it bakes", |s| s.refresh().status == RefreshStatus::Baking);
    assert!(stage.now >= reached + 7200 * SECOND);
    let baked = stage.now;
    stage.until_refreshed();
    assert_eq!(stage.now, baked + 300 * SECOND);
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
}

#[test]
fn a_last_checkpoint_below_a_hundred_ends_the_refresh_there() {
    let mut stage = Stage::settled(&Setting::default());
    let version = stage.release(Release::Good);
    let preferences = Preferences {
        checkpoints: vec![50],
        checkpoint_delay: Some(10 * SECOND),
        ..launch_first()
    };
    stage.start_refresh(version, preferences);
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
    assert_eq!(stage.versions(), [1, 1, 2, 2]);
}

#[test]
fn what_leaves_while_the_refresh_bakes_is_not_to_be_updated_any_more() {
    let mut stage = Stage::settled(&Setting::default());
    let version = stage.release(Release::Good);
    let preferences = Preferences {
        checkpoints: vec![50],
        bake_time: Some(600 * SECOND),
        ..launch_first()
    };
    stage.start_refresh(version, preferences);
    stage.until("it bakes", |s| s.refresh().status == RefreshStatus::Baking);
    assert_eq!(stage.refresh().to_update, 2);
    stage
        .world
        .set_desired_capacity(stage.now, GROUP, 1)
        .expect("accepted");
    stage.pass(120 * SECOND);
    assert_eq!(stage.refresh().status, RefreshStatus::Baking);
    assert_eq!(stage.versions(), [2]);
    assert_eq!(stage.refresh().to_update, 0);
}
