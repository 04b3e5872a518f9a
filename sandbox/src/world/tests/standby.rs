//! Members set aside, and members protected from scale-in.

use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{Health, InstanceId, Lifecycle, TargetState, Unfit, UpdateGroup};

fn ids(stage: &Stage) -> Vec<InstanceId> {
    stage.group().members.keys().cloned().collect()
}

fn set_aside(stage: &mut Stage, id: &InstanceId, decrement: bool) {
    let ids = [id.clone()];
    let done = stage.world.enter_standby(stage.now, GROUP, &ids, decrement);
    done.expect("set aside");
    stage.play();
}

fn call_back(stage: &mut Stage, id: &InstanceId) {
    let done = stage
        .world
        .exit_standby(stage.now, GROUP, std::slice::from_ref(id));
    done.expect("called back");
    stage.play();
}

fn protect(stage: &mut Stage, ids: &[InstanceId], protected: bool) {
    let done = stage
        .world
        .set_instance_protection(stage.now, GROUP, ids, protected);
    done.expect("protected");
    stage.play();
}

fn state(stage: &Stage, id: &InstanceId) -> Lifecycle {
    stage.group().members[id].lifecycle
}

fn target_state(stage: &Stage, id: &InstanceId) -> Option<TargetState> {
    let target_group = stage.world.target_group(&stage.target_group)?;
    target_group.targets.get(id).map(|target| target.state)
}

#[test]
fn a_member_in_standby_is_drained_kept_and_not_replaced_when_the_capacity_is_lowered() {
    let mut stage = Stage::settled(&Setting::default());
    let id = stage.spare();
    set_aside(&mut stage, &id, true);
    assert_eq!(state(&stage, &id), Lifecycle::EnteringStandby);
    assert_eq!(target_state(&stage, &id), Some(TargetState::Draining));
    assert_eq!(stage.group().desired, 3);
    stage.pass(30 * SECOND);
    assert_eq!(state(&stage, &id), Lifecycle::Standby);
    assert_eq!(target_state(&stage, &id), None);
    assert_eq!(stage.group().members.len(), 4, "nobody is launched");
    let facts = stage.world.metadata(&id).expect("it runs");
    assert_eq!(facts.target_lifecycle_state.as_deref(), Some("Standby"));
    let activity = stage.group().activities.last().expect("an activity");
    assert!(activity.ended.is_some());
    assert_eq!(
        activity.description,
        format!("Moving EC2 instance to Standby: {id}")
    );
    assert!(activity.cause.ends_with(
        "was moved to standby in response to a user request, shrinking the capacity from 4 to 3."
    ));
    assert!(stage.world.settled(GROUP));
}

#[test]
fn without_lowering_the_capacity_another_is_launched() {
    let mut stage = Stage::settled(&Setting::default());
    let id = ids(&stage)[0].clone();
    set_aside(&mut stage, &id, false);
    assert_eq!(
        (stage.group().desired, stage.group().live().count()),
        (4, 4)
    );
    stage.until_settled();
    assert_eq!(stage.group().members.len(), 5);
    assert_eq!(state(&stage, &id), Lifecycle::Standby);
}

#[test]
fn back_from_standby_it_is_registered_again_without_hooks_and_the_capacity_rises() {
    let mut stage = Stage::settled(&Setting::default());
    let id = stage.spare();
    set_aside(&mut stage, &id, true);
    stage.until_settled();
    stage.world.take_changes();
    call_back(&mut stage, &id);
    assert_eq!(state(&stage, &id), Lifecycle::Pending);
    assert_eq!(stage.group().desired, 4);
    let since = stage.now;
    stage.until_settled();
    let expected = "a Pending\na target initial\na InService\na target healthy\n";
    let seen = stage.transcript();
    let words = |line: &str| line.split_whitespace().skip(1).map(str::to_owned).collect();
    let seen: Vec<Vec<String>> = seen.lines().map(words).collect();
    let seen: Vec<_> = seen.iter().map(|w| format!("{}\n", w.join(" "))).collect();
    assert_eq!(seen.concat(), expected);
    let member = &stage.group().members[&id];
    assert!(member.in_service_since > Some(since), "grace and warmup");
    let activity = stage.group().activities.last().expect("an activity");
    assert!(activity.cause.ends_with(
        "was moved out of standby in response to a user request, increasing the capacity from 3 to \
         4."
    ));
}

#[test]
fn nobody_checks_a_member_in_standby_until_it_is_back() {
    let mut stage = Stage::settled(&Setting::default());
    let id = ids(&stage)[0].clone();
    set_aside(&mut stage, &id, true);
    stage.until_settled();
    stage.end(&id);
    stage.pass(7200 * SECOND);
    assert_eq!(state(&stage, &id), Lifecycle::Standby);
    assert_eq!(stage.group().members[&id].health, Health::Healthy);
    call_back(&mut stage, &id);
    stage.until("it is found dead", |s| !s.group().members.contains_key(&id));
    stage.until_settled();
    assert_eq!(stage.group().live().count(), 4);
}

#[test]
fn a_member_in_standby_can_be_terminated_and_leaves_by_the_usual_way() {
    let mut stage = Stage::settled(&Setting::default());
    let id = ids(&stage)[0].clone();
    set_aside(&mut stage, &id, true);
    stage.pass(5 * SECOND);
    let done = stage.world.terminate_member(stage.now, &id, true);
    done.expect("accepted");
    assert_eq!(state(&stage, &id), Lifecycle::Terminating);
    assert_eq!(stage.group().desired, 3, "it did not count any more");
    stage.until_settled();
    assert!(!stage.group().members.contains_key(&id));
}

#[test]
fn standby_is_refused_below_the_minimum_above_the_maximum_and_in_other_states() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        max: 1,
        ..Setting::default()
    });
    let id = ids(&stage)[0].clone();
    let mut min = UpdateGroup::default();
    min.bounds.min = Some(1);
    let done = stage.world.update_group(stage.now, GROUP, min);
    done.expect("a minimum");
    let both = [id.clone()];
    let refused = |stage: &mut Stage, into: bool| {
        let (world, now) = (&mut stage.world, stage.now);
        let answer = if into {
            world.enter_standby(now, GROUP, &both, true)
        } else {
            world.exit_standby(now, GROUP, &both)
        };
        answer.expect_err("refused").message
    };
    assert_eq!(
        refused(&mut stage, true),
        "AutoScalingGroup fleet has min-size=1, max-size=1, and desired-size=1. To place into \
         standby 1 instance, please update the AutoScalingGroup sizes appropriately."
    );
    assert_eq!(
        refused(&mut stage, false),
        format!("The instance {id} is not in Standby.")
    );
    set_aside(&mut stage, &id, false);
    assert_eq!(
        refused(&mut stage, true),
        format!("The instance {id} is not in InService.")
    );
    stage.until_settled();
    assert!(refused(&mut stage, false).contains("max-size=1, and desired-size=1. To take out of"));
}

#[test]
fn a_refresh_does_not_wait_for_what_it_has_launched_and_somebody_set_aside() {
    let mut stage = Stage::settled(&Setting::default());
    let version = stage.release(Release::Good);
    stage.start_refresh(version, crate::world::Preferences::default());
    stage.until("one of the new serves", |s| {
        let mut new = s.group().live().filter(|m| m.template.number == version);
        new.any(crate::world::Member::in_service)
    });
    let serves = |m: &&crate::world::Member| m.template.number == version && m.in_service();
    let id = stage.group().live().find(serves).map(|m| m.id.clone());
    let id = id.expect("it serves");
    set_aside(&mut stage, &id, true);
    assert!(
        stage.group().active_refresh().is_some(),
        "in the middle of it"
    );
    let began = stage.now;
    stage.until_refreshed();
    assert_eq!(
        stage.refresh().status,
        crate::world::RefreshStatus::Successful
    );
    let waited = stage.now.duration_since(began).unsigned_abs();
    assert!(waited < 600 * SECOND, "{waited:?}: not for an hour");
    assert_eq!(state(&stage, &id), Lifecycle::Standby, "nobody touches it");
    assert_eq!(stage.versions(), [version; 3]);
    stage.until_settled();
}

#[test]
fn the_protected_are_passed_over_when_the_group_shrinks() {
    let mut stage = Stage::settled(&Setting::default());
    let all = ids(&stage);
    protect(&mut stage, &all[..3], true);
    let shrunk = stage.world.set_desired_capacity(stage.now, GROUP, 1);
    shrunk.expect("accepted");
    stage.pass(120 * SECOND);
    assert_eq!(ids(&stage), all[..3], "only the unprotected one left");
    let told = |stage: &Stage| {
        let activities = stage.group().activities.iter();
        let message = "Could not scale to desired capacity because all remaining instances are \
                       protected from scale-in.";
        activities.filter(|a| a.description == message).count()
    };
    assert_eq!(told(&stage), 1, "said once");
    let activity = stage
        .group()
        .activities
        .iter()
        .find(|a| a.cause.contains("equilibrium"));
    assert!(activity.is_some());
    protect(&mut stage, &all[1..3], false);
    stage.until_settled();
    assert_eq!(ids(&stage), all[..1]);
}

#[test]
fn protection_does_not_help_against_health_checks_and_requests() {
    let mut stage = Stage::settled(&Setting::default());
    let all = ids(&stage);
    protect(&mut stage, &all, true);
    stage.end(&all[0]);
    stage.until("the dead one is replaced", |s| {
        !s.group().members.contains_key(&all[0])
    });
    let done = stage.world.terminate_member(stage.now, &all[1], false);
    done.expect("accepted");
    stage.until_settled();
    assert!(!stage.group().members.contains_key(&all[1]));
    let sick = &all[2];
    let marked = stage
        .world
        .set_instance_health(stage.now, sick, false, false);
    marked.expect("accepted");
    assert_eq!(
        stage.group().members[sick].health,
        Health::Unhealthy(Unfit::User)
    );
    stage.until_settled();
    assert!(!stage.group().members.contains_key(sick));
}

#[test]
fn new_members_inherit_the_groups_protection_and_it_counts_once_they_serve() {
    let mut stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    let update = UpdateGroup {
        new_instances_protected: Some(true),
        ..UpdateGroup::default()
    };
    let done = stage.world.update_group(stage.now, GROUP, update);
    done.expect("updated");
    let old = ids(&stage)[0].clone();
    assert!(!stage.group().members[&old].protected, "as it was launched");
    let grown = stage.world.set_desired_capacity(stage.now, GROUP, 3);
    grown.expect("accepted");
    stage.pass(2 * SECOND);
    let coming = stage.group().members.values().filter(|m| m.protected);
    assert_eq!(coming.count(), 2);
    let shrunk = stage.world.set_desired_capacity(stage.now, GROUP, 1);
    shrunk.expect("accepted");
    stage.until_settled();
    assert_eq!(ids(&stage), [old], "protection starts with InService");
}

#[test]
fn whoever_is_on_the_way_cannot_be_protected() {
    let mut stage = Stage::new(&Setting::default());
    stage.play();
    let id = ids(&stage)[0].clone();
    let protect = |stage: &mut Stage, id: &InstanceId| {
        let ids = [id.clone()];
        let answer = stage
            .world
            .set_instance_protection(stage.now, GROUP, &ids, true);
        answer.expect_err("refused").message
    };
    assert_eq!(
        protect(&mut stage, &id),
        format!("The instance {id} is not in InService or EnteringStandby or Standby.")
    );
    let stranger = InstanceId::new("i-00000000000000000");
    assert_eq!(
        protect(&mut stage, &stranger),
        "The instance i-00000000000000000 is not part of Auto Scaling group fleet."
    );
}
