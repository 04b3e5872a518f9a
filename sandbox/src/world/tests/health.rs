//! Health checks and replacement.

use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{Health, InstanceId, InstanceState, Lifecycle, Unfit};

fn first(stage: &Stage) -> InstanceId {
    stage
        .group()
        .members
        .keys()
        .next()
        .cloned()
        .expect("a member")
}

#[test]
fn a_dead_machine_is_replaced_at_once_without_hooks() {
    let mut stage = Stage::settled(&Setting::default());
    let id = first(&stage);
    stage.world.take_changes();
    stage.end(&id);
    stage.play();
    assert!(!stage.group().members.contains_key(&id));
    assert_eq!(
        stage.group().live().count(),
        4,
        "its replacement is on its way"
    );
    let causes: Vec<_> = stage
        .group()
        .activities
        .iter()
        .rev()
        .take(2)
        .map(|a| &a.cause)
        .collect();
    assert!(causes[0].ends_with(
        "an instance was launched in response to an unhealthy instance needing to be replaced."
    ));
    assert!(causes[1].ends_with(
        "an instance was taken out of service in response to an EC2 health check indicating it has \
         been terminated or stopped."
    ));
    stage.until_settled();
}

#[test]
fn a_machine_that_dies_in_its_launch_hook_is_replaced() {
    let mut stage = Stage::new(&Setting {
        desired: 1,
        ..Setting::default()
    });
    stage.releases.insert(1, Release::DiesEarly);
    stage.pass(30 * SECOND);
    let failures = stage
        .group()
        .activities
        .iter()
        .filter(|a| a.message.is_some())
        .count();
    assert!(failures >= 1);
    stage.releases.insert(1, Release::Good);
    stage.until_settled();
}

#[test]
fn terminate_instances_goes_past_the_group() {
    let mut stage = Stage::settled(&Setting::default());
    let id = first(&stage);
    let states = stage
        .world
        .terminate_instance(stage.now, &id)
        .expect("accepted");
    assert_eq!(
        states,
        (InstanceState::Running, InstanceState::ShuttingDown)
    );
    assert_eq!(
        stage.group().members[&id].health,
        Health::Unhealthy(Unfit::Ec2)
    );
    assert_eq!(
        stage.group().members[&id].lifecycle,
        Lifecycle::TerminatingProceed,
        "undrained"
    );
    stage.until_settled();
    assert!(!stage.group().members.contains_key(&id));
}

#[test]
fn a_sick_member_is_left_alone_within_the_grace_period_and_replaced_after_it() {
    let grace = 120 * SECOND;
    let mut stage = Stage::new(&Setting {
        desired: 1,
        grace,
        ..Setting::default()
    });
    stage.releases.insert(1, Release::Sick);
    stage.until("in service", |s| {
        s.group().live().any(crate::world::Member::in_service)
    });
    let (id, since) = (first(&stage), stage.now);
    stage.until("it is found out", |s| {
        s.group().members[&id].health != Health::Healthy
    });
    let waited = stage.now.duration_since(since).as_secs();
    assert!(
        (120..=130).contains(&waited),
        "{waited}: on the first check after the grace period"
    );
    assert_eq!(
        stage.group().members[&id].health,
        Health::Unhealthy(Unfit::Elb)
    );
    assert_eq!(
        stage.group().members[&id].lifecycle,
        Lifecycle::Terminating,
        "and drained"
    );
    stage.releases.insert(1, Release::Good);
    stage.until_settled();
}

#[test]
fn sick_members_are_replaced_one_at_a_time_in_a_small_group() {
    let mut stage = Stage::settled(&Setting::default());
    stage.pass(60 * SECOND);
    stage.releases.insert(1, Release::Sick);
    let found = |s: &Stage| {
        s.group()
            .members
            .values()
            .filter(|m| m.unfit().is_some())
            .count()
    };
    stage.until("all are found out", |s| found(s) == 4);
    let leaving = stage
        .group()
        .members
        .values()
        .filter(|m| !m.is_live())
        .count();
    assert_eq!(leaving, 1);
    stage.releases.insert(1, Release::Good);
    stage.until_settled();
}

#[test]
fn health_can_be_set_by_hand_but_the_grace_period_is_respected() {
    let grace = 600 * SECOND;
    let mut stage = Stage::settled(&Setting {
        grace,
        ..Setting::default()
    });
    let id = first(&stage);
    stage
        .world
        .set_instance_health(stage.now, &id, false, true)
        .expect("accepted");
    assert_eq!(
        stage.group().members[&id].health,
        Health::Healthy,
        "dropped"
    );
    stage
        .world
        .set_instance_health(stage.now, &id, false, false)
        .expect("accepted");
    assert_eq!(stage.group().members[&id].lifecycle, Lifecycle::Terminating);
    let unknown = InstanceId::new("i-00000000000000000");
    let error = stage
        .world
        .set_instance_health(stage.now, &unknown, false, false);
    assert_eq!(error.expect_err("not in a group").code, "ValidationError");
    stage.until("replaced", |s| s.world.settled(GROUP));
}
