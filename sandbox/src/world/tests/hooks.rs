//! Lifecycle hooks: order, heartbeats, timeouts, refusals.

use std::time::Duration;

use super::stage::{GROUP, Release, SECOND, Setting, Stage, reference};
use crate::world::{HookReference, HookResult, InstanceId, Lifecycle, Member, TargetState};

/// A settled group with one more member whose agent hangs in the launch hook.
fn with_one_hanging() -> (Stage, InstanceId) {
    with_one_hanging_for(60 * SECOND)
}

fn with_one_hanging_for(heartbeat: Duration) -> (Stage, InstanceId) {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        heartbeat,
        ..Setting::default()
    });
    stage.releases.insert(1, Release::Hangs);
    stage
        .world
        .set_desired_capacity(stage.now, GROUP, 2)
        .expect("within bounds");
    let waits = |m: &&Member| m.lifecycle == Lifecycle::PendingWait;
    stage.until("one waits", |s| {
        s.group().members.values().any(|m| waits(&m))
    });
    let id = stage
        .group()
        .members
        .values()
        .find(waits)
        .map(|m| m.id.clone())
        .expect("it waits");
    (stage, id)
}

#[test]
fn a_launch_hook_comes_before_registration_and_a_terminate_hook_after_draining() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    assert_eq!(
        stage.transcript(),
        "   0 a Pending\n   2 a Pending:Wait\n   5 a Pending:Proceed\n   5 a target initial\n   6 a \
         InService\n  10 a target healthy\n"
    );
    let id = stage
        .group()
        .members
        .keys()
        .next()
        .cloned()
        .expect("a member");
    stage.world.take_changes();
    stage
        .world
        .terminate_member(stage.now, &id, true)
        .expect("accepted");
    assert_eq!(
        stage
            .world
            .metadata(&id)
            .expect("it lives")
            .target_lifecycle_state
            .as_deref(),
        Some("Terminated"),
        "told at the very start"
    );
    let early = reference(&id, "terminate");
    let error = stage
        .world
        .complete_hook(stage.now, &early, HookResult::Continue);
    assert_eq!(
        error.expect_err("not waiting yet").message,
        format!("No active Lifecycle Action found with instance ID {id}")
    );
    stage.until("it is gone", |s| s.group().members.is_empty());
    assert_eq!(
        stage.transcript(),
        "  10 a Terminating\n  10 a target draining\n  40 a target unused\n  40 a \
         Terminating:Wait\n  42 a Terminating:Proceed\n  43 a Terminated\n"
    );
    assert_eq!(stage.world.metadata(&id), None);
}

#[test]
fn without_hooks_nothing_waits() {
    let stage = Stage::settled(&Setting {
        desired: 1,
        hooks: 0,
        ..Setting::default()
    });
    assert_eq!(
        stage.transcript(),
        "   0 a Pending\n   2 a Pending:Proceed\n   2 a target initial\n   3 a InService\n   5 a \
         target healthy\n"
    );
}

#[test]
fn a_heartbeat_restarts_the_timeout_up_to_the_global_one() {
    let (mut stage, id) = with_one_hanging();
    let reference = reference(&id, "launch");
    let opened = stage.now;
    for _ in 0..99 {
        stage.pass(59 * SECOND);
        stage
            .world
            .heartbeat(stage.now, &reference)
            .expect("it still waits");
    }
    let member = &stage.group().members[&id];
    assert_eq!(member.lifecycle, Lifecycle::PendingWait);
    stage.pass(59 * SECOND);
    stage
        .world
        .heartbeat(stage.now, &reference)
        .expect("it still waits");
    stage.pass(59 * SECOND);
    stage
        .world
        .heartbeat(stage.now, &reference)
        .expect("for the last time");
    stage.until("the global timeout", |s| !s.group().members[&id].is_live());
    assert_eq!(stage.now, opened + 6000 * SECOND);
}

#[test]
fn no_heartbeat_prolongs_a_hook_beyond_two_days() {
    let (mut stage, id) = with_one_hanging_for(7200 * SECOND);
    let reference = reference(&id, "launch");
    let (opened, end) = (stage.now, Duration::from_secs(48 * 3600 - 1));
    for _ in 0..24 {
        stage.pass(7199 * SECOND);
        let beat = stage.world.heartbeat(stage.now, &reference);
        beat.expect("it still waits");
    }
    let waited = stage.now.duration_since(opened).unsigned_abs();
    stage.pass(end.checked_sub(waited).expect("not yet"));
    assert!(
        stage.group().members[&id].is_live(),
        "100 heartbeats would be eight days"
    );
    stage.pass(SECOND);
    assert!(!stage.group().members[&id].is_live());
}

#[test]
fn a_timeout_takes_the_default_result() {
    let (mut stage, id) = with_one_hanging();
    let opened = stage.now;
    stage.until("the timeout", |s| !s.group().members[&id].is_live());
    assert_eq!(stage.now, opened + 60 * SECOND);
    let launch = stage
        .group()
        .activities
        .iter()
        .rev()
        .find_map(|a| a.message.as_deref());
    let launch = launch.expect("a launch that failed");
    assert!(
        launch.ends_with(" was abandoned: Heartbeat Timeout"),
        "{launch}"
    );
    let error = stage.world.heartbeat(stage.now, &reference(&id, "launch"));
    assert_eq!(error.expect_err("too late").code, "ValidationError");
}

#[test]
fn an_action_can_be_named_by_its_token() {
    let (mut stage, id) = with_one_hanging();
    let token = stage.group().members[&id].hooks[0].token.clone();
    let by = |token: &str| HookReference {
        group: GROUP.into(),
        hook: "launch".into(),
        token: Some(token.into()),
        instance: None,
    };
    let wrong = "00000000-0000-0000-0000-000000000000";
    let error = stage
        .world
        .complete_hook(stage.now, &by(wrong), HookResult::Continue);
    assert_eq!(
        error.expect_err("no such token").message,
        format!("No active Lifecycle Action found with token {wrong}")
    );
    stage
        .world
        .complete_hook(stage.now, &by(&token), HookResult::Continue)
        .expect("accepted");
    assert_eq!(
        stage.group().members[&id].lifecycle,
        Lifecycle::PendingProceed
    );
    let again = stage
        .world
        .complete_hook(stage.now, &by(&token), HookResult::Continue);
    assert_eq!(again.expect_err("done already").code, "ValidationError");
}

#[test]
fn an_abandoned_launch_goes_without_ever_having_been_a_target() {
    let (mut stage, id) = with_one_hanging();
    let reference = reference(&id, "launch");
    stage
        .world
        .complete_hook(stage.now, &reference, HookResult::Abandon)
        .expect("accepted");
    let member = &stage.group().members[&id];
    assert_eq!(
        member.lifecycle,
        Lifecycle::TerminatingWait,
        "the way out is the usual one"
    );
    let targets = &stage
        .world
        .target_group(&stage.target_group)
        .expect("it exists")
        .targets;
    assert!(!targets.contains_key(&id));
    assert!(targets.values().all(|t| t.state == TargetState::Healthy));
}

#[test]
fn a_terminate_hook_that_nobody_completes_runs_into_its_timeout() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    stage.releases.insert(1, Release::NeverLetsGo);
    let id = stage
        .group()
        .members
        .keys()
        .next()
        .cloned()
        .expect("a member");
    stage
        .world
        .terminate_member(stage.now, &id, true)
        .expect("accepted");
    let asked = stage.now;
    stage.until("it is gone", |s| s.group().members.is_empty());
    assert_eq!(stage.now, asked + (30 + 60 + 1) * SECOND);
}

#[test]
fn several_hooks_run_side_by_side_and_an_abandoned_one_ends_the_others() {
    let setting = Setting {
        desired: 1,
        hooks: 2,
        heartbeat: 600 * SECOND,
        ..Setting::default()
    };
    let mut stage = Stage::new(&setting);
    stage.pass(30 * SECOND);
    let id = stage
        .group()
        .members
        .keys()
        .next()
        .cloned()
        .expect("a member");
    let waiting = |stage: &Stage| -> Vec<String> {
        let hooks = stage.group().members[&id].hooks.iter();
        hooks.map(|action| action.hook.clone()).collect()
    };
    assert_eq!(
        waiting(&stage),
        ["launch-2"],
        "the first is done, the second not"
    );
    assert_eq!(stage.group().members[&id].lifecycle, Lifecycle::PendingWait);
    let second = reference(&id, "launch-2");
    let done = stage
        .world
        .complete_hook(stage.now, &second, HookResult::Continue);
    done.expect("accepted");
    stage.until_settled();
    stage
        .world
        .terminate_member(stage.now, &id, true)
        .expect("accepted");
    stage.pass(30 * SECOND);
    assert_eq!(waiting(&stage), ["terminate", "terminate-2"]);
    let second = reference(&id, "terminate-2");
    let done = stage
        .world
        .complete_hook(stage.now, &second, HookResult::Abandon);
    done.expect("accepted");
    assert_eq!(
        stage.group().members[&id].lifecycle,
        Lifecycle::TerminatingProceed
    );
    assert!(waiting(&stage).is_empty());
}
