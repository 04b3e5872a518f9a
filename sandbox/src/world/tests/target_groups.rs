//! Targets: thresholds, reasons, draining.

use super::stage::{GROUP, SECOND, Setting, Stage};
use crate::world::{InstanceId, Probe, Target, TargetState};

fn one() -> (Stage, InstanceId) {
    let stage = Stage::settled(&Setting {
        desired: 1,
        ..Setting::default()
    });
    let id = stage
        .group()
        .members
        .keys()
        .next()
        .cloned()
        .expect("a member");
    (stage, id)
}

fn target<'a>(stage: &'a Stage, id: &InstanceId) -> &'a Target {
    &stage
        .world
        .target_group(&stage.target_group)
        .expect("it exists")
        .targets[id]
}

fn probed(stage: &mut Stage, id: &InstanceId, probe: Probe) -> TargetState {
    let arn = stage.target_group.clone();
    stage.world.target_probed(stage.now, &arn, id, probe);
    target(stage, id).state
}

#[test]
fn one_success_makes_a_new_target_healthy() {
    let mut stage = Stage::new(&Setting {
        desired: 1,
        ..Setting::default()
    });
    stage.until("in service", |s| {
        s.group().live().any(crate::world::Member::in_service)
    });
    let id = stage
        .group()
        .members
        .keys()
        .next()
        .cloned()
        .expect("a member");
    assert_eq!(target(&stage, &id).state, TargetState::Initial);
    assert_eq!(
        probed(&mut stage, &id, Probe::Status(200)),
        TargetState::Healthy
    );
}

#[test]
fn a_target_is_registering_until_its_member_is_in_service() {
    let mut stage = Stage::new(&Setting {
        desired: 1,
        ..Setting::default()
    });
    let arn = stage.target_group.clone();
    stage.until("registered", |s| {
        let group = s.world.target_group(&arn);
        group.is_some_and(|group| !group.targets.is_empty())
    });
    let id = stage.group().members.keys().next().cloned();
    let id = id.expect("a member");
    assert!(target(&stage, &id).is_registering());
    let early = probed(&mut stage, &id, Probe::Status(200));
    assert_eq!(early, TargetState::Initial, "it says nothing");
    stage.until("in service", |s| {
        s.group().live().any(crate::world::Member::in_service)
    });
    assert!(!target(&stage, &id).is_registering());
}

#[test]
fn thresholds_count_in_a_row() {
    let (mut stage, id) = one();
    assert_eq!(
        probed(&mut stage, &id, Probe::Timeout),
        TargetState::Healthy
    );
    assert_eq!(
        probed(&mut stage, &id, Probe::Status(200)),
        TargetState::Healthy
    );
    assert_eq!(probed(&mut stage, &id, Probe::Failed), TargetState::Healthy);
    assert_eq!(
        probed(&mut stage, &id, Probe::Status(503)),
        TargetState::Unhealthy
    );
    let reason = target(&stage, &id).reason.clone().expect("a reason");
    assert_eq!(reason.code(), "Target.ResponseCodeMismatch");
    assert_eq!(
        reason.description(),
        "Health checks failed with these codes: [503]"
    );
    assert_eq!(
        probed(&mut stage, &id, Probe::Status(200)),
        TargetState::Unhealthy
    );
    assert_eq!(
        probed(&mut stage, &id, Probe::Status(200)),
        TargetState::Healthy
    );
}

#[test]
fn draining_is_shown_for_the_whole_delay_and_probes_do_not_change_it() {
    let (mut stage, id) = one();
    stage
        .world
        .set_desired_capacity(stage.now, GROUP, 0)
        .expect("set");
    assert_eq!(
        probed(&mut stage, &id, Probe::Failed),
        TargetState::Draining
    );
    let until = target(&stage, &id).draining_until.expect("draining");
    assert_eq!(until, stage.now + 30 * SECOND);
    stage.pass(29 * SECOND);
    assert_eq!(target(&stage, &id).state, TargetState::Draining);
    stage.pass(SECOND);
    let group = stage
        .world
        .target_group(&stage.target_group)
        .expect("it exists");
    assert!(group.targets.is_empty());
}

#[test]
fn slow_start_is_for_those_who_join_somebody_who_carries_the_load() {
    let mut stage = Stage::settled(&Setting {
        desired: 2,
        ..Setting::default()
    });
    let arn = stage.target_group.clone();
    let group = stage.world.known_target_group_mut(&arn).expect("it exists");
    group.slow_start = 60 * SECOND;
    let ids: Vec<InstanceId> = stage.group().members.keys().cloned().collect();
    let began = |stage: &Stage, id| target(stage, id).slow_start;
    let back = |stage: &mut Stage, id: &InstanceId| {
        for status in [503, 503, 200, 200] {
            probed(stage, id, Probe::Status(status));
        }
    };
    assert_eq!(
        began(&stage, &ids[0]),
        None,
        "healthy before it was switched on"
    );
    back(&mut stage, &ids[0]);
    assert_eq!(began(&stage, &ids[0]), Some(stage.now));
    // The first one is starting itself: it cannot carry the load of the second.
    back(&mut stage, &ids[1]);
    assert_eq!(began(&stage, &ids[1]), None);
    probed(&mut stage, &ids[0], Probe::Status(503));
    probed(&mut stage, &ids[0], Probe::Status(503));
    assert_eq!(
        began(&stage, &ids[0]),
        None,
        "an unhealthy target leaves it"
    );
}
