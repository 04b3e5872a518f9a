//! What can be done with a refresh in each state: whether it blocks another, can be cancelled, can be turned round.

use super::refresh_story::launch_first;
use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{
    CreateVersion, LaunchTemplateData, Lifecycle, Preferences, RefreshStatus, StartRefresh,
    TemplateKey, TemplateRef, UpdateGroup, VersionSpec,
};

/// A refresh of four to version 2, in that state.
fn in_state(status: RefreshStatus) -> Stage {
    let mut stage = Stage::settled(&Setting::default());
    let version = stage.release(Release::Good);
    let preferences = Preferences {
        bake_time: Some(600 * SECOND),
        ..launch_first()
    };
    stage.start_refresh(version, preferences);
    stage.until("it is that far", |s| s.refresh().status == status);
    stage
}

/// Half is replaced, and the way back has begun: the first instance of the saved configuration is on its way.
fn on_the_way_back() -> Stage {
    let mut stage = Stage::settled(&Setting::default());
    let version = stage.release(Release::Good);
    stage.start_refresh(version, launch_first());
    stage.until("half is replaced", |s| s.refresh().percentage >= 50);
    rollback(&mut stage);
    stage.until("one of the old is launched", |s| {
        let coming = |m: &crate::world::Member| m.lifecycle == Lifecycle::PendingWait;
        s.group()
            .members
            .values()
            .any(|m| coming(m) && m.template.number == 1)
    });
    stage
}

fn cancel(stage: &mut Stage, wait: bool) {
    let done = stage.world.cancel_refresh(stage.now, GROUP, wait);
    done.expect("cancelled");
    stage.play();
}

fn rollback(stage: &mut Stage) {
    let done = stage.world.rollback_refresh(stage.now, GROUP);
    done.expect("turned round");
    stage.play();
}

fn assert_blocks(stage: &mut Stage) {
    let another = StartRefresh::default();
    let another = stage.world.start_refresh(stage.now, GROUP, another);
    let code = another.expect_err("blocked").code;
    assert_eq!(code, "InstanceRefreshInProgress");
}

#[test]
fn cancelling_a_rollback_waits_for_what_is_under_way_and_restores_nothing() {
    let mut stage = on_the_way_back();
    cancel(&mut stage, true);
    assert_eq!(stage.refresh().status, RefreshStatus::Cancelling);
    assert_blocks(&mut stage);
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Cancelled);
    let coming = stage.group().live().filter(|m| !m.in_service()).count();
    assert_eq!(coming, 0, "what was on its way has arrived");
    stage.until_settled();
    assert!(stage.versions().contains(&2), "{:?}", stage.versions());
    assert_eq!(stage.group().template.version, VersionSpec::Number(1));
}

#[test]
fn cancelling_a_rollback_without_waiting_ends_at_once() {
    let mut stage = on_the_way_back();
    cancel(&mut stage, false);
    assert_eq!(stage.refresh().status, RefreshStatus::Cancelled);
    assert!(stage.refresh().ended.is_some());
    let coming = stage.group().live().filter(|m| !m.in_service()).count();
    assert_eq!(coming, 0, "nobody waits for the one that was on its way");
}

#[test]
fn pending_and_baking_block_another_refresh_and_can_be_cancelled() {
    for status in [RefreshStatus::Pending, RefreshStatus::Baking] {
        let mut stage = in_state(status);
        assert_blocks(&mut stage);
        let before = stage.versions();
        cancel(&mut stage, true);
        stage.until_refreshed();
        assert_eq!(stage.refresh().status, RefreshStatus::Cancelled);
        stage.until_settled();
        assert_eq!(stage.versions(), before, "{status:?}: nothing is restored");
        assert_eq!(stage.group().template.version, VersionSpec::Number(1));
    }
}

#[test]
fn pending_and_baking_can_be_turned_round() {
    for status in [RefreshStatus::Pending, RefreshStatus::Baking] {
        let mut stage = in_state(status);
        rollback(&mut stage);
        assert!(stage.refresh().rollback.is_some());
        stage.until_refreshed();
        assert_eq!(stage.refresh().status, RefreshStatus::RollbackSuccessful);
        stage.until_settled();
        assert_eq!(stage.versions(), [1, 1, 1, 1], "{status:?}");
    }
}

#[test]
fn there_is_no_way_back_to_the_default_version_or_to_an_image_behind_a_parameter() {
    let mut stage = Stage::settled(&Setting::default());
    let behind_a_parameter = CreateVersion {
        template: TemplateKey::Id(stage.template.clone()),
        source: Some(VersionSpec::Number(1)),
        data: LaunchTemplateData {
            image_id: Some("resolve:ssm:/images/web".into()),
            ..LaunchTemplateData::default()
        },
        description: None,
        client_token: None,
    };
    let made = stage
        .world
        .create_template_version(stage.now, behind_a_parameter);
    let number = made.expect("a version").1;
    for version in [VersionSpec::Default, VersionSpec::Number(number)] {
        let template = TemplateRef {
            id: stage.template.clone(),
            version,
        };
        let update = UpdateGroup {
            template: Some(template),
            ..UpdateGroup::default()
        };
        stage
            .world
            .update_group(stage.now, GROUP, update)
            .expect("updated");
        let to = |auto_rollback| StartRefresh {
            desired: Some(TemplateRef::numbered(stage.template.clone(), 1)),
            preferences: Preferences {
                auto_rollback,
                ..Preferences::default()
            },
        };
        let (by_hand, by_itself) = (to(false), to(true));
        let refused = stage.world.start_refresh(stage.now, GROUP, by_itself);
        assert_eq!(refused.expect_err("refused").code, "ValidationError");
        let started = stage.world.start_refresh(stage.now, GROUP, by_hand);
        started.expect("without AutoRollback");
        let refused = stage.world.rollback_refresh(stage.now, GROUP);
        let code = refused.expect_err("refused").code;
        assert_eq!(code, "IrreversibleInstanceRefresh", "{version:?}");
        cancel(&mut stage, false);
    }
}

#[test]
fn waiting_for_the_balancer_is_in_awss_words() {
    let mut stage = Stage::settled(&Setting {
        grace: 600 * SECOND,
        ..Setting::default()
    });
    let sick = stage.release(Release::Sick);
    stage.start_refresh(sick, launch_first());
    stage.until("one of the new serves", |s| {
        let mut new = s.group().live().filter(|m| m.template.number == sick);
        new.any(crate::world::Member::in_service)
    });
    stage.pass(stage.world.timings.health_evaluation + SECOND);
    let reason = stage.refresh().reason.clone().expect("a reason");
    let words = "has insufficient data to evaluate its health with Elastic Load Balancing.";
    assert!(reason.ends_with(words), "{reason}");
}

#[test]
fn an_old_member_that_does_not_count_yet_is_waited_for() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    stage
        .world
        .set_desired_capacity(stage.now, GROUP, 3)
        .expect("accepted");
    stage.play();
    let version = stage.release(Release::Good);
    let preferences = Preferences {
        min_healthy: Some(0),
        max_healthy: Some(100),
        warmup: Some(SECOND),
        ..Preferences::default()
    };
    stage.start_refresh(version, preferences);
    let proven = stage.world.timings.health_evaluation;
    let mut unproven = 0;
    let ended = |s: &Stage| s.group().active_refresh().is_none();
    stage.until_watched("the refresh ends", ended, |s| {
        let old = s
            .group()
            .members
            .values()
            .filter(|m| m.template.number == 1);
        for member in old {
            let served = member.in_service_since;
            if member.lifecycle.is_leaving() {
                let served = served.expect("nobody goes before it serves");
                assert!(member.since.max(s.now) >= served + proven, "{member:?}");
            } else if served.is_none_or(|since| since + proven > s.now) {
                unproven += 1;
            }
        }
    });
    assert!(unproven > 0, "somebody had to be waited for");
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
    assert_eq!(stage.versions(), [2, 2, 2]);
}
