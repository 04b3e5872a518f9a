//! Target groups attached and detached, instances let go and taken in.

use std::collections::BTreeMap;

use super::setting;
use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::routing::Action;
use crate::world::{
    AttachedAs, AttachmentState, InstanceId, InstanceState, Lifecycle, Place, Preferences, Probe,
    TargetState, UpdateGroup,
};

/// A second target group of the same kind, behind a listener of its own.
fn second(stage: &mut Stage) -> String {
    let mut spec = setting::target_group(30 * SECOND);
    spec.name = "second".into();
    let arn = stage.world.create_target_group(spec);
    let balancer = stage.world.load_balancers()[0].arn.clone();
    let action = Action::forward(arn.as_str());
    let listener = stage
        .world
        .add_listener(&balancer, 81, action, BTreeMap::new());
    listener.expect("a listener");
    arn
}

fn attach(stage: &mut Stage, arn: &str) {
    let arns = [arn.to_owned()];
    let done = stage
        .world
        .attach_target_groups(stage.now, GROUP, &arns, AttachedAs::TargetGroup);
    done.expect("attached");
    stage.play();
}

fn detach(stage: &mut Stage, arn: &str, attached_as: AttachedAs) -> Result<(), String> {
    let arns = [arn.to_owned()];
    let done = stage
        .world
        .detach_target_groups(stage.now, GROUP, &arns, attached_as);
    stage.play();
    done.map_err(|error| error.message)
}

fn state(stage: &Stage, arn: &str) -> Option<AttachmentState> {
    let mut attachments = stage.group().attachments();
    attachments
        .find(|(of, _)| *of == arn)
        .map(|(_, state)| state)
}

fn probe(stage: &mut Stage, arn: &str, id: &InstanceId, status: u16) {
    let (world, now) = (&mut stage.world, stage.now);
    world.target_probed(now, arn, id, Probe::Status(status));
    stage.play();
}

fn ids(stage: &Stage) -> Vec<InstanceId> {
    stage.group().members.keys().cloned().collect()
}

#[test]
fn an_attached_target_group_is_adding_added_and_in_service_once_one_member_is_healthy() {
    let mut stage = Stage::settled(&Setting::default());
    let arn = second(&mut stage);
    attach(&mut stage, &arn);
    assert_eq!(state(&stage, &arn), Some(AttachmentState::Adding));
    let targets = |stage: &Stage, arn: &str| {
        let target_group = stage.world.target_group(arn).expect("a target group");
        target_group.targets.len()
    };
    assert_eq!(targets(&stage, &arn), 4);
    stage.pass(2 * SECOND);
    assert_eq!(state(&stage, &arn), Some(AttachmentState::Added));
    let id = ids(&stage)[0].clone();
    probe(&mut stage, &arn, &id, 200);
    assert_eq!(state(&stage, &arn), Some(AttachmentState::InService));
    let first = stage.target_group.clone();
    assert_eq!(state(&stage, &first), Some(AttachmentState::InService));
    let grown = stage.world.set_desired_capacity(stage.now, GROUP, 5);
    grown.expect("accepted");
    stage.until("the new one is registered, too", |s| targets(s, &arn) == 5);
}

#[test]
fn a_target_group_in_which_nobody_passes_has_no_say() {
    let mut stage = Stage::settled(&Setting::default());
    let arn = second(&mut stage);
    attach(&mut stage, &arn);
    stage.pass(2 * SECOND);
    let sick = ids(&stage)[0].clone();
    for _ in 0..3 {
        probe(&mut stage, &arn, &sick, 503);
    }
    stage.pass(600 * SECOND);
    assert!(stage.group().members.contains_key(&sick));
    let healthy = ids(&stage)[1].clone();
    probe(&mut stage, &arn, &healthy, 200);
    stage.pass(60 * SECOND);
    assert!(!stage.group().members.contains_key(&sick), "now it has");
}

#[test]
fn without_elb_health_checks_it_stays_added() {
    let mut stage = Stage::settled(&Setting::default());
    let update = UpdateGroup {
        elb_health_checks: Some(false),
        ..UpdateGroup::default()
    };
    let done = stage.world.update_group(stage.now, GROUP, update);
    done.expect("updated");
    let arn = second(&mut stage);
    attach(&mut stage, &arn);
    stage.pass(2 * SECOND);
    let id = ids(&stage)[0].clone();
    probe(&mut stage, &arn, &id, 200);
    assert_eq!(state(&stage, &arn), Some(AttachmentState::Added));
}

#[test]
fn a_detached_target_group_drains_and_disappears_and_the_members_go_on() {
    let mut stage = Stage::settled(&Setting::default());
    let arn = stage.target_group.clone();
    detach(&mut stage, &arn, AttachedAs::TargetGroup).expect("detached");
    assert_eq!(state(&stage, &arn), Some(AttachmentState::Removing));
    let target_group = stage.world.target_group(&arn).expect("it is there");
    let draining = |s: TargetState| s == TargetState::Draining;
    assert!(target_group.targets.values().all(|t| draining(t.state)));
    stage.pass(30 * SECOND);
    assert_eq!(state(&stage, &arn), None);
    assert!(
        stage
            .group()
            .members
            .values()
            .all(crate::world::Member::in_service)
    );
    assert_eq!(stage.group().members.len(), 4);
    assert!(detach(&mut stage, &arn, AttachedAs::TargetGroup).is_err());
    attach(&mut stage, &arn);
    stage.until_settled();
    assert_eq!(state(&stage, &arn), Some(AttachmentState::InService));
}

#[test]
fn a_traffic_source_is_not_detached_by_the_older_operation() {
    let mut stage = Stage::settled(&Setting::default());
    let arn = second(&mut stage);
    let arns = [arn.clone()];
    let done = stage
        .world
        .attach_target_groups(stage.now, GROUP, &arns, AttachedAs::TrafficSource);
    done.expect("attached");
    assert!(detach(&mut stage, &arn, AttachedAs::TargetGroup).is_err());
    detach(&mut stage, &arn, AttachedAs::TrafficSource).expect("detached");
}

#[test]
fn nothing_is_attached_during_a_refresh() {
    let mut stage = Stage::settled(&Setting::default());
    let version = stage.release(Release::Good);
    stage.start_refresh(version, Preferences::default());
    let arns = [second(&mut stage)];
    let refused =
        stage
            .world
            .attach_target_groups(stage.now, GROUP, &arns, AttachedAs::TargetGroup);
    assert_eq!(
        refused.expect_err("refused").code,
        "InstanceRefreshInProgress"
    );
}

#[test]
fn a_detached_instance_drains_leaves_the_group_without_hooks_and_goes_on_running() {
    let mut stage = Stage::settled(&Setting::default());
    let id = stage.spare();
    let named = [id.clone()];
    let done = stage.world.detach_instances(stage.now, GROUP, &named, true);
    let activities = done.expect("detached");
    assert!(activities[0].cause.ends_with(
        "was detached in response to a user request, shrinking the capacity from 4 to 3."
    ));
    assert_eq!(
        activities[0].description,
        format!("Detaching EC2 instance: {id}")
    );
    assert_eq!(stage.group().members[&id].lifecycle, Lifecycle::Detaching);
    assert_eq!(stage.group().desired, 3);
    stage.pass(30 * SECOND);
    assert!(!stage.group().members.contains_key(&id));
    assert!(stage.world.settled(GROUP));
    let instance = stage.world.instance(&id).expect("it is there");
    assert_eq!(instance.state, InstanceState::Running);
    assert!(!instance.tags.contains_key("aws:autoscaling:groupName"));
    assert!(instance.group.is_empty());
}

#[test]
fn without_lowering_the_capacity_a_detached_instance_is_replaced() {
    let mut stage = Stage::settled(&Setting::default());
    let named = [ids(&stage)[0].clone()];
    let done = stage
        .world
        .detach_instances(stage.now, GROUP, &named, false);
    done.expect("detached");
    stage.until_settled();
    assert_eq!(stage.group().members.len(), 4);
    assert!(!stage.group().members.contains_key(&named[0]));
}

#[test]
fn an_instance_outside_is_attached_registered_and_counted_without_hooks() {
    let mut stage = Stage::settled(&Setting::default());
    let named = [stage.spare()];
    let done = stage.world.detach_instances(stage.now, GROUP, &named, true);
    done.expect("detached");
    stage.until_settled();
    let done = stage.world.attach_instances(stage.now, GROUP, &named);
    done.expect("attached");
    stage.play();
    let member = &stage.group().members[&named[0]];
    assert_eq!(member.lifecycle, Lifecycle::Pending);
    assert_eq!(stage.group().desired, 4);
    stage.until_settled();
    let activity = stage.group().activities.last().expect("an activity");
    assert_eq!(
        activity.description,
        format!("Attaching an existing EC2 instance: {}", named[0])
    );
    assert!(activity.ended.is_some());
    let again = stage.world.attach_instances(stage.now, GROUP, &named);
    let message = again.expect_err("refused").message;
    assert!(message.contains("is already part of AutoScalingGroup"));
}

#[test]
fn attaching_is_refused_above_the_maximum_and_for_what_does_not_run() {
    let mut stage = Stage::settled(&Setting {
        max: 4,
        ..Setting::default()
    });
    let named = [ids(&stage)[0].clone()];
    let done = stage
        .world
        .detach_instances(stage.now, GROUP, &named, false);
    done.expect("detached");
    stage.until_settled();
    let refused = stage.world.attach_instances(stage.now, GROUP, &named);
    let message = refused.expect_err("refused").message;
    assert!(message.contains("To attach 1"), "{message}");
    stage.end(&named[0]);
    let refused = stage.world.attach_instances(stage.now, GROUP, &named);
    let message = refused.expect_err("refused").message;
    assert!(message.contains("not in the running state"), "{message}");
}

#[test]
fn attaching_is_refused_in_a_zone_that_the_group_does_not_use() {
    let mut stage = Stage::settled(&Setting::default());
    let id = ids(&stage)[0].clone();
    let zone = stage.group().members[&id].zone.clone();
    let named = [id];
    let done = stage.world.detach_instances(stage.now, GROUP, &named, true);
    done.expect("detached");
    stage.until_settled();
    let all = stage.world.identity().zones.clone();
    let place = |zones: Vec<String>| UpdateGroup {
        place: Some(Place {
            zones,
            subnets: Vec::new(),
        }),
        ..UpdateGroup::default()
    };
    let others = all.iter().filter(|z| **z != zone).cloned().collect();
    let narrowed = stage.world.update_group(stage.now, GROUP, place(others));
    narrowed.expect("updated");
    stage.until_settled();
    let refused = stage.world.attach_instances(stage.now, GROUP, &named);
    let message = refused.expect_err("refused").message;
    assert!(
        message.contains("which the group does not use"),
        "{message}"
    );
    let widened = stage.world.update_group(stage.now, GROUP, place(all));
    widened.expect("updated");
    let attached = stage.world.attach_instances(stage.now, GROUP, &named);
    attached.expect("in a zone of the group's");
}
