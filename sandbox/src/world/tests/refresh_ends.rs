//! The other ends of a refresh: rollback, failure, cancellation, and what is refused.

use super::refresh_story::launch_first;
use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{
    Preferences, RefreshStatus, StartRefresh, TemplateRef, UpdateGroup, VersionSpec,
};

#[test]
fn an_abandoned_launch_is_replaced_again_with_growing_pauses() {
    let mut stage = Stage::settled(&Setting::default());
    let bad = stage.release(Release::Abandons);
    stage.start_refresh(bad, launch_first());
    stage.pass(300 * SECOND);
    assert_eq!(
        stage.refresh().status,
        RefreshStatus::InProgress,
        "AWS would go on for an hour"
    );
    assert_eq!(
        stage
            .group()
            .live()
            .filter(|m| m.template.number == 1)
            .count(),
        4
    );
    let starts: Vec<_> = stage
        .group()
        .activities
        .iter()
        .filter(|a| a.cause.ends_with("in response to an instance refresh."))
        .map(|a| a.started.duration_since(stage.refresh().started).as_secs())
        .collect();
    assert_eq!(starts, [1, 16, 41, 86, 151, 216, 281]);
    let failed = stage
        .group()
        .activities
        .iter()
        .find(|a| a.message.is_some())
        .expect("a failure");
    assert_eq!(failed.status.name(), "Cancelled");
    let message = failed.message.as_deref().expect("a message");
    assert!(message.starts_with(
        "Instance failed to complete user's Lifecycle Action: Lifecycle Action with token "
    ));
    assert!(message.ends_with(" was abandoned: Lifecycle Action Completed with ABANDON Result"));
    assert!(
        failed
            .description
            .contains(".  Status Reason: Instance failed")
    );
}

#[test]
fn an_hour_without_progress_fails_the_refresh_and_leaves_the_group_on_the_old_template() {
    let mut stage = Stage::settled(&Setting::default());
    let bad = stage.release(Release::Abandons);
    stage.start_refresh(bad, launch_first());
    let started = stage.now;
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Failed);
    assert_eq!(stage.now, started + 3601 * SECOND);
    stage.until_settled();
    assert_eq!(stage.versions(), [1, 1, 1, 1]);
    assert_eq!(stage.group().template.version, VersionSpec::Number(1));
}

#[test]
fn an_hour_without_progress_turns_round_with_auto_rollback() {
    let mut stage = Stage::settled(&Setting::default());
    let bad = stage.release(Release::Sick);
    let preferences = Preferences {
        auto_rollback: true,
        ..launch_first()
    };
    stage.start_refresh(bad, preferences);
    stage.until("it turns round", |s| s.refresh().rollback.is_some());
    assert_eq!(stage.refresh().status, RefreshStatus::RollbackInProgress);
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::RollbackSuccessful);
    stage.until_settled();
    assert_eq!(stage.versions(), [1, 1, 1, 1]);
}

#[test]
fn a_rollback_replaces_the_replaced_and_nobody_else() {
    let mut stage = Stage::settled(&Setting::default());
    let good = stage.release(Release::Good);
    let id = stage.start_refresh(good, launch_first());
    stage.until("two are replaced", |s| s.refresh().percentage >= 50);
    let untouched: Vec<_> = stage
        .group()
        .live()
        .filter(|m| m.template.number == 1)
        .collect();
    let untouched: Vec<_> = untouched.into_iter().map(|m| m.id.clone()).collect();
    let rolled = stage
        .world
        .rollback_refresh(stage.now, GROUP)
        .expect("accepted");
    assert_eq!(rolled, id, "a rollback keeps the id of its refresh");
    let details = stage.refresh().rollback.clone().expect("details");
    assert_eq!((details.percentage, details.to_update), (50, 1));
    assert_eq!(stage.refresh().status, RefreshStatus::RollbackInProgress);
    let mut percentages = vec![stage.refresh().percentage];
    let ended = |s: &Stage| s.group().active_refresh().is_none();
    stage.until_watched("the refresh ends", ended, |s| {
        percentages.push(s.refresh().percentage);
    });
    percentages.dedup();
    assert_eq!(percentages, [50, 25, 0], "gradually back down to zero");
    assert_eq!(stage.refresh().status, RefreshStatus::RollbackSuccessful);
    stage.until_settled();
    assert_eq!(stage.versions(), [1, 1, 1, 1]);
    let still_there = untouched
        .iter()
        .filter(|id| stage.group().members.contains_key(id))
        .count();
    assert!(still_there >= 2, "{still_there}");
}

#[test]
fn a_rollback_does_not_wait_for_launches_that_hang() {
    let mut stage = Stage::settled(&Setting {
        heartbeat: 3600 * SECOND,
        ..Setting::default()
    });
    let bad = stage.release(Release::Hangs);
    stage.start_refresh(bad, launch_first());
    stage.pass(60 * SECOND);
    assert_eq!(stage.versions(), [1, 1, 1, 1, 2]);
    stage
        .world
        .rollback_refresh(stage.now, GROUP)
        .expect("accepted");
    let asked = stage.now;
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::RollbackSuccessful);
    assert!(stage.now <= asked + 10 * SECOND);
    assert_eq!(stage.versions(), [1, 1, 1, 1]);
}

#[test]
fn cancelling_waits_for_what_is_under_way_and_restores_nothing() {
    let mut stage = Stage::settled(&Setting::default());
    let good = stage.release(Release::Good);
    stage.start_refresh(good, launch_first());
    stage.until("two are replaced", |s| s.refresh().percentage >= 50);
    stage
        .world
        .cancel_refresh(stage.now, GROUP, true)
        .expect("accepted");
    assert_eq!(stage.refresh().status, RefreshStatus::Cancelling);
    let again = stage
        .world
        .start_refresh(stage.now, GROUP, StartRefresh::default());
    assert_eq!(
        again.expect_err("blocked").code,
        "InstanceRefreshInProgress"
    );
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Cancelled);
    stage.until_settled();
    assert_eq!(
        stage.versions(),
        [1, 2, 2, 2],
        "the surplus leaves oldest version first"
    );
    assert_eq!(stage.group().template.version, VersionSpec::Number(1));
}

#[test]
fn cancelling_without_waiting_ends_at_once() {
    let mut stage = Stage::settled(&Setting::default());
    let bad = stage.release(Release::Hangs);
    stage.start_refresh(bad, launch_first());
    stage.pass(20 * SECOND);
    stage
        .world
        .cancel_refresh(stage.now, GROUP, false)
        .expect("accepted");
    assert_eq!(stage.refresh().status, RefreshStatus::Cancelled);
    assert!(stage.refresh().ended.is_some());
}

#[test]
fn only_one_refresh_at_a_time_and_no_other_template_meanwhile() {
    let mut stage = Stage::settled(&Setting::default());
    let good = stage.release(Release::Good);
    stage.start_refresh(good, launch_first());
    let error = stage
        .world
        .start_refresh(stage.now, GROUP, StartRefresh::default());
    let error = error.expect_err("one is active");
    assert_eq!(
        (error.status, error.code.as_str(), error.message.as_str()),
        (
            400,
            "InstanceRefreshInProgress",
            "An Instance Refresh is already in progress and blocks the execution of this Instance \
             Refresh."
        )
    );
    let template = Some(TemplateRef::numbered(stage.template.clone(), 1));
    let update = UpdateGroup {
        template,
        ..UpdateGroup::default()
    };
    let error = stage
        .world
        .update_group(stage.now, GROUP, update)
        .expect_err("refused");
    assert_eq!(error.code, "ValidationError");
    assert_eq!(
        error.message,
        "An active instance refresh with a desired configuration exists. All configuration options \
         derived from the desired configuration are not available for update while the instance \
         refresh is active."
    );
}

#[test]
fn rollback_is_refused_where_there_is_nothing_to_go_back_to() {
    let mut stage = Stage::settled(&Setting::default());
    let refused = |stage: &mut Stage| {
        stage
            .world
            .rollback_refresh(stage.now, GROUP)
            .expect_err("refused")
            .code
    };
    assert_eq!(refused(&mut stage), "ActiveInstanceRefreshNotFound");
    stage
        .world
        .start_refresh(stage.now, GROUP, StartRefresh::default())
        .expect("a refresh");
    assert_eq!(
        refused(&mut stage),
        "IrreversibleInstanceRefresh",
        "no desired configuration"
    );
    stage
        .world
        .cancel_refresh(stage.now, GROUP, false)
        .expect("cancelled");
    let template = TemplateRef {
        id: stage.template.clone(),
        version: VersionSpec::Latest,
    };
    let update = UpdateGroup {
        template: Some(template),
        ..UpdateGroup::default()
    };
    stage
        .world
        .update_group(stage.now, GROUP, update)
        .expect("updated");
    stage.start_refresh(1, Preferences::default());
    assert_eq!(
        refused(&mut stage),
        "IrreversibleInstanceRefresh",
        "the group is on $Latest"
    );
    stage
        .world
        .cancel_refresh(stage.now, GROUP, false)
        .expect("cancelled");
    let desired = Some(TemplateRef::numbered(stage.template.clone(), 1));
    let preferences = Preferences {
        auto_rollback: true,
        ..Preferences::default()
    };
    let start = StartRefresh {
        desired,
        preferences,
    };
    let error = stage
        .world
        .start_refresh(stage.now, GROUP, start)
        .expect_err("refused");
    assert_eq!(
        error.code, "ValidationError",
        "AutoRollback would promise too much"
    );
}

#[test]
fn preferences_that_contradict_each_other_are_refused() {
    let mut stage = Stage::settled(&Setting::default());
    let with = |change: fn(&mut Preferences)| {
        let mut preferences = Preferences::default();
        change(&mut preferences);
        preferences
    };
    let wrong = [
        with(|p| p.min_healthy = Some(101)),
        with(|p| p.max_healthy = Some(110)),
        with(|p| (p.min_healthy, p.max_healthy) = (Some(90), Some(99))),
        with(|p| (p.min_healthy, p.max_healthy) = (Some(0), Some(150))),
        with(|p| p.checkpoint_delay = Some(SECOND)),
        with(|p| p.checkpoints = vec![50, 50]),
        with(|p| p.checkpoints = vec![0]),
        with(|p| p.bake_time = Some(200_000 * SECOND)),
        with(|p| p.alarms = vec!["nobody put it".into()]),
        with(|p| p.alarms = vec![String::new(); 11]),
    ];
    for preferences in wrong {
        let start = StartRefresh {
            desired: None,
            preferences,
        };
        let error = stage.world.start_refresh(stage.now, GROUP, start.clone());
        assert_eq!(
            error.expect_err("refused").code,
            "ValidationError",
            "{start:?}"
        );
    }
    assert!(stage.group().refreshes.is_empty());
}
