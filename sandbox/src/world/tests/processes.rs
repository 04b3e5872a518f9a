//! Suspended processes: what does not happen, and what is made up for when they are resumed.

use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{Health, InstanceId, Lifecycle, Process, Unfit};

fn suspended(processes: &[Process]) -> Stage {
    let mut stage = Stage::settled(&Setting::default());
    let done = stage.world.suspend_processes(stage.now, GROUP, processes);
    done.expect("suspended");
    stage
}

fn resume(stage: &mut Stage, process: Process) {
    let done = stage.world.resume_processes(stage.now, GROUP, &[process]);
    done.expect("resumed");
    stage.play();
}

fn first(stage: &Stage) -> InstanceId {
    let id = stage.group().members.keys().next().cloned();
    id.expect("a member")
}

fn resize(stage: &mut Stage, desired: usize) {
    let done = stage.world.set_desired_capacity(stage.now, GROUP, desired);
    done.expect("resized");
    stage.play();
}

#[test]
fn without_launch_nobody_comes_until_it_is_resumed() {
    let mut stage = suspended(&[Process::Launch]);
    resize(&mut stage, 6);
    stage.pass(600 * SECOND);
    assert_eq!(stage.group().members.len(), 4);
    assert_eq!(stage.group().desired, 6);
    resume(&mut stage, Process::Launch);
    assert_eq!(stage.group().live().count(), 6);
    stage.until_settled();
}

#[test]
fn without_launch_the_unhealthy_still_go_and_are_replaced_on_resumption() {
    let mut stage = suspended(&[Process::Launch]);
    let ids: Vec<_> = stage.group().members.keys().take(2).cloned().collect();
    for id in &ids {
        let marked = stage.world.set_instance_health(stage.now, id, false, false);
        marked.expect("marked");
    }
    stage.pass(600 * SECOND);
    assert_eq!(stage.group().members.len(), 2);
    resume(&mut stage, Process::Launch);
    stage.until_settled();
    assert_eq!(stage.group().live().count(), 4);
}

#[test]
fn without_launch_nobody_returns_from_standby() {
    let mut stage = suspended(&[Process::Launch]);
    let ids = [first(&stage)];
    let done = stage.world.enter_standby(stage.now, GROUP, &ids, true);
    done.expect("set aside");
    stage.until_settled();
    let refused = stage.world.exit_standby(stage.now, GROUP, &ids);
    assert!(refused.expect_err("refused").message.contains("Launch"));
}

#[test]
fn without_terminate_nobody_in_service_goes_until_it_is_resumed() {
    let mut stage = suspended(&[Process::Terminate]);
    let sick = first(&stage);
    let marked = stage
        .world
        .set_instance_health(stage.now, &sick, false, false);
    marked.expect("marked");
    stage.pass(60 * SECOND);
    assert_eq!(stage.group().members[&sick].lifecycle, Lifecycle::InService);
    assert_eq!(
        stage.group().members[&sick].health,
        Health::Unhealthy(Unfit::User)
    );
    resize(&mut stage, 2);
    stage.pass(60 * SECOND);
    assert_eq!(stage.group().live().count(), 4);
    resume(&mut stage, Process::Terminate);
    stage.until_settled();
    assert_eq!(stage.group().live().count(), 2);
    assert!(!stage.group().members.contains_key(&sick));
}

#[test]
fn without_terminate_whoever_is_still_coming_may_go() {
    let mut stage = suspended(&[Process::Terminate]);
    resize(&mut stage, 6);
    stage.pass(2 * SECOND);
    resize(&mut stage, 4);
    stage.until_settled();
    assert_eq!(stage.group().members.len(), 4);
}

#[test]
fn without_health_checks_nobody_is_found_unhealthy_but_by_hand() {
    let mut stage = suspended(&[Process::HealthCheck]);
    let dead = first(&stage);
    stage.releases.insert(1, Release::Sick);
    stage.end(&dead);
    stage.pass(600 * SECOND);
    let members = stage.group().members.values();
    assert_eq!(members.filter(|m| m.health == Health::Healthy).count(), 4);
    let by_hand = stage.group().members.keys().nth(1).cloned();
    let by_hand = by_hand.expect("a second");
    let marked = stage
        .world
        .set_instance_health(stage.now, &by_hand, false, false);
    marked.expect("marked");
    stage.play();
    assert_eq!(
        stage.group().members[&by_hand].lifecycle,
        Lifecycle::Terminating
    );
    stage.releases.insert(1, Release::Good);
    resume(&mut stage, Process::HealthCheck);
    assert!(
        !stage.group().members.contains_key(&dead),
        "found dead at once"
    );
    stage.until_settled();
}

#[test]
fn without_replacement_the_unhealthy_are_marked_and_stay() {
    let mut stage = suspended(&[Process::ReplaceUnhealthy]);
    let dead = first(&stage);
    stage.end(&dead);
    stage.pass(600 * SECOND);
    let member = &stage.group().members[&dead];
    assert_eq!(member.lifecycle, Lifecycle::InService);
    assert_eq!(member.health, Health::Unhealthy(Unfit::Ec2));
    resume(&mut stage, Process::ReplaceUnhealthy);
    stage.until_settled();
    assert!(!stage.group().members.contains_key(&dead));
}

#[test]
fn without_registration_members_serve_outside_the_target_group_for_ever() {
    let mut stage = suspended(&[Process::AddToLoadBalancer]);
    resize(&mut stage, 5);
    stage.until("the fifth serves", |s| {
        s.group()
            .members
            .values()
            .filter(|m| m.in_service())
            .count()
            == 5
    });
    let registered = |stage: &Stage| {
        let target_group = stage.world.target_group(&stage.target_group);
        target_group.expect("the target group").targets.len()
    };
    assert_eq!(registered(&stage), 4);
    resume(&mut stage, Process::AddToLoadBalancer);
    stage.pass(600 * SECOND);
    assert_eq!(registered(&stage), 4, "not even afterwards");
    resize(&mut stage, 6);
    stage.pass(600 * SECOND);
    assert_eq!(registered(&stage), 5);
}

#[test]
fn processes_have_the_names_of_the_api() {
    for process in Process::ALL {
        assert_eq!(Process::parse(process.name()), Some(process));
    }
    assert_eq!(Process::parse("Lunch"), None);
}
