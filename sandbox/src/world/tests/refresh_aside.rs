//! Members that a refresh does not simply replace (in `Standby`, protected from scale-in), and processes that are suspended
//! meanwhile.

use super::refresh_story::launch_first;
use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{
    InstanceId, Lifecycle, Preferences, Process, RefreshStatus, ScaleInProtected, StandbyInstances,
};

/// A settled group of four, and the oldest of them.
fn stage() -> (Stage, InstanceId) {
    let stage = Stage::settled(&Setting::default());
    let id = stage.group().members.keys().next().expect("one").clone();
    (stage, id)
}

fn protect(stage: &mut Stage, id: &InstanceId, protected: bool) {
    let ids = std::slice::from_ref(id);
    let done = stage
        .world
        .set_instance_protection(stage.now, GROUP, ids, protected);
    done.expect("protected or freed");
    stage.play();
}

/// Sets the member aside and lowers the desired capacity to three.
fn set_aside(stage: &mut Stage, id: &InstanceId) {
    let ids = std::slice::from_ref(id);
    let done = stage.world.enter_standby(stage.now, GROUP, ids, true);
    done.expect("set aside");
    stage.pass(60 * SECOND);
}

fn call_back(stage: &mut Stage, id: &InstanceId) {
    let ids = std::slice::from_ref(id);
    let done = stage.world.exit_standby(stage.now, GROUP, ids);
    done.expect("called back");
    stage.play();
}

fn begin(stage: &mut Stage, preferences: Preferences) {
    let version = stage.release(Release::Good);
    stage.start_refresh(version, preferences);
}

fn protected_in(mode: ScaleInProtected) -> Preferences {
    Preferences {
        scale_in_protected: mode,
        ..launch_first()
    }
}

fn standby_in(mode: StandbyInstances) -> Preferences {
    Preferences {
        standby: mode,
        ..launch_first()
    }
}

fn reason(stage: &Stage) -> &str {
    stage.refresh().reason.as_deref().unwrap_or_default()
}

#[test]
fn protected_members_are_replaced_or_left_alone_as_told() {
    for (mode, end) in [
        (ScaleInProtected::Refresh, [2, 2, 2, 2]),
        (ScaleInProtected::Ignore, [1, 2, 2, 2]),
    ] {
        let (mut stage, id) = stage();
        protect(&mut stage, &id, true);
        begin(&mut stage, protected_in(mode));
        stage.until_refreshed();
        assert_eq!(stage.refresh().status, RefreshStatus::Successful);
        assert_eq!(stage.refresh().percentage, 100, "{mode:?}");
        stage.until_settled();
        assert_eq!(stage.versions(), end, "{mode:?}");
    }
}

#[test]
fn a_protected_member_is_waited_for_after_the_others_and_replaced_when_it_is_freed() {
    let (mut stage, id) = stage();
    protect(&mut stage, &id, true);
    begin(&mut stage, protected_in(ScaleInProtected::Wait));
    stage.until("the others are replaced", |s| s.refresh().percentage == 75);
    stage.pass(3500 * SECOND);
    assert_eq!(stage.refresh().status, RefreshStatus::InProgress);
    assert_eq!(
        reason(&stage),
        format!(
            "Waiting for the scale-in protection of instances to be removed. For example: {id}."
        )
    );
    assert_eq!(stage.versions(), [1, 2, 2, 2], "nobody is launched in vain");
    assert_eq!(stage.refresh().to_update, 1);
    protect(&mut stage, &id, false);
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
    assert_eq!(stage.versions(), [2, 2, 2, 2]);
}

#[test]
fn a_member_that_stays_protected_fails_the_refresh_after_an_hour() {
    let (mut stage, id) = stage();
    protect(&mut stage, &id, true);
    begin(&mut stage, protected_in(ScaleInProtected::Wait));
    stage.until("the others are replaced", |s| s.refresh().percentage == 75);
    let replaced = stage.now;
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Failed);
    assert_eq!(stage.now, replaced + 3600 * SECOND);
}

#[test]
fn members_in_standby_are_terminated_or_left_alone_as_told() {
    for (mode, stays) in [
        (StandbyInstances::Terminate, false),
        (StandbyInstances::Ignore, true),
    ] {
        let (mut stage, id) = stage();
        set_aside(&mut stage, &id);
        begin(&mut stage, standby_in(mode));
        stage.until_refreshed();
        assert_eq!(stage.refresh().status, RefreshStatus::Successful);
        assert_eq!(stage.group().members.contains_key(&id), stays, "{mode:?}");
        assert_eq!(stage.versions(), [2, 2, 2], "{mode:?}");
    }
}

#[test]
fn a_member_in_standby_is_waited_for_after_the_others_and_replaced_when_it_is_back() {
    let (mut stage, id) = stage();
    set_aside(&mut stage, &id);
    begin(&mut stage, standby_in(StandbyInstances::Wait));
    stage.until("the others are replaced", |s| s.versions() == [2, 2, 2]);
    stage.pass(1800 * SECOND);
    assert_eq!(stage.refresh().status, RefreshStatus::InProgress);
    assert_eq!(
        reason(&stage),
        format!("Waiting for instances in Standby to return to service. For example: {id}.")
    );
    assert_eq!(
        (stage.refresh().percentage, stage.refresh().to_update),
        (75, 1)
    );
    call_back(&mut stage, &id);
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
    assert_eq!(stage.versions(), [2, 2, 2, 2]);
}

#[test]
fn a_member_that_stays_in_standby_turns_the_refresh_round_after_an_hour() {
    let (mut stage, id) = stage();
    set_aside(&mut stage, &id);
    let preferences = Preferences {
        auto_rollback: true,
        ..standby_in(StandbyInstances::Wait)
    };
    begin(&mut stage, preferences);
    stage.until("it turns round", |s| s.refresh().rollback.is_some());
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::RollbackSuccessful);
    assert_eq!(stage.versions(), [1, 1, 1]);
    assert_eq!(stage.group().members[&id].lifecycle, Lifecycle::Standby);
}

fn suspend(stage: &mut Stage, process: Process) {
    let done = stage.world.suspend_processes(stage.now, GROUP, &[process]);
    done.expect("suspended");
    stage.play();
}

fn resume(stage: &mut Stage, process: Process) {
    let done = stage.world.resume_processes(stage.now, GROUP, &[process]);
    done.expect("resumed");
    stage.play();
}

#[test]
fn a_suspended_refresh_pauses_for_as_long_as_one_likes() {
    let (mut stage, _) = stage();
    begin(&mut stage, launch_first());
    stage.until("one is replaced", |s| s.refresh().percentage >= 25);
    suspend(&mut stage, Process::InstanceRefresh);
    stage.pass(7200 * SECOND);
    assert_eq!(stage.refresh().status, RefreshStatus::InProgress);
    assert_eq!(
        reason(&stage),
        "No instances are replaced while the InstanceRefresh process is suspended."
    );
    let before = stage.versions();
    stage.pass(7200 * SECOND);
    assert_eq!(stage.versions(), before);
    resume(&mut stage, Process::InstanceRefresh);
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
    assert_eq!(stage.versions(), [2, 2, 2, 2]);
}

#[test]
fn a_suspended_refresh_can_be_cancelled_and_turned_round() {
    let half = |after: fn(&mut Stage)| {
        let (mut stage, _) = stage();
        begin(&mut stage, launch_first());
        stage.until("half is replaced", |s| s.refresh().percentage >= 50);
        suspend(&mut stage, Process::InstanceRefresh);
        stage.pass(60 * SECOND);
        after(&mut stage);
        stage.play();
        stage
    };
    let mut stage = half(|s| drop(s.world.cancel_refresh(s.now, GROUP, true)));
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Cancelled);

    let mut stage = half(|s| drop(s.world.rollback_refresh(s.now, GROUP)));
    assert_eq!(stage.refresh().status, RefreshStatus::RollbackInProgress);
    let before = stage.versions();
    stage.pass(600 * SECOND);
    assert_eq!(stage.versions(), before, "it pauses, too");
    resume(&mut stage, Process::InstanceRefresh);
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::RollbackSuccessful);
    stage.until_settled();
    assert_eq!(stage.versions(), [1, 1, 1, 1]);
}

#[test]
fn without_launch_or_terminate_nobody_is_replaced_and_the_hour_runs() {
    for process in [Process::Launch, Process::Terminate] {
        let (mut stage, _) = stage();
        suspend(&mut stage, process);
        let preferences = Preferences {
            min_healthy: Some(50),
            max_healthy: None,
            ..Preferences::default()
        };
        begin(&mut stage, preferences);
        stage.until_watched(
            "the refresh ends",
            |s| s.group().active_refresh().is_none(),
            |s| assert_eq!(s.versions(), [1, 1, 1, 1], "{process:?}"),
        );
        assert_eq!(stage.refresh().status, RefreshStatus::Failed, "{process:?}");
    }
}

#[test]
fn a_surplus_stays_while_the_refresh_is_suspended() {
    let (mut stage, _) = stage();
    begin(&mut stage, launch_first());
    stage.pass(5 * SECOND);
    assert_eq!(stage.versions(), [1, 1, 1, 1, 2]);
    suspend(&mut stage, Process::InstanceRefresh);
    stage.pass(600 * SECOND);
    assert_eq!(
        stage.versions(),
        [1, 1, 1, 1, 2],
        "what was launched first arrives"
    );
    resume(&mut stage, Process::InstanceRefresh);
    stage.until_refreshed();
    assert_eq!(stage.refresh().status, RefreshStatus::Successful);
}
