//! Health replacement under an instance maintenance policy.

use super::stage::{GROUP, SECOND, Setting, Stage};
use crate::world::{InstanceId, Lifecycle, MaintenancePolicy, Member, UpdateGroup};

fn policed(min_healthy: u32, max_healthy: u32, desired: usize) -> Stage {
    let mut stage = Stage::settled(&Setting {
        desired,
        max: desired,
        ..Setting::default()
    });
    let update = UpdateGroup {
        maintenance: Some(Some(MaintenancePolicy {
            min_healthy,
            max_healthy,
        })),
        ..UpdateGroup::default()
    };
    let done = stage.world.update_group(stage.now, GROUP, update);
    done.expect("a policy");
    stage
}

fn mark(stage: &mut Stage, count: usize) -> Vec<InstanceId> {
    let ids: Vec<_> = stage.group().members.keys().take(count).cloned().collect();
    for id in &ids {
        let done = stage.world.set_instance_health(stage.now, id, false, false);
        done.expect("marked");
    }
    stage.play();
    ids
}

fn serving(stage: &Stage) -> usize {
    stage
        .group()
        .members
        .values()
        .filter(|m| m.in_service())
        .count()
}

#[test]
fn with_a_full_minimum_the_replacement_serves_before_the_sick_one_goes() {
    let mut stage = policed(100, 110, 4);
    let sick = mark(&mut stage, 1);
    assert_eq!(stage.group().members.len(), 5, "one beyond the maximum");
    let activity = stage.group().activities.last().expect("a launch");
    assert!(activity.cause.ends_with(
        "an instance was launched in response to an unhealthy instance needing to be replaced."
    ));
    stage.until_watched(
        "the group settles",
        |s| s.world.settled(GROUP) && !s.group().members.contains_key(&sick[0]),
        |s| assert!(serving(s) >= 4),
    );
}

#[test]
fn the_replacements_warmup_is_waited_for() {
    let mut stage = policed(100, 200, 2);
    let warmup = UpdateGroup {
        default_warmup: Some(Some(300 * SECOND)),
        ..UpdateGroup::default()
    };
    let done = stage.world.update_group(stage.now, GROUP, warmup);
    done.expect("a warmup");
    stage.pass(600 * SECOND);
    let sick = mark(&mut stage, 2);
    stage.until("the sick ones go", |s| {
        !s.group().members[&sick[0]].is_live()
    });
    let newest = stage
        .group()
        .live()
        .filter_map(|m| m.in_service_since)
        .max();
    assert_eq!(Some(stage.now), newest.map(|at| at + 300 * SECOND));
    stage.until_settled();
}

#[test]
fn below_a_full_minimum_the_sick_one_goes_while_its_replacement_comes() {
    let mut stage = policed(50, 100, 4);
    let sick = mark(&mut stage, 3);
    let leaving = |m: &&Member| m.lifecycle == Lifecycle::Terminating;
    let members = stage.group().members.values();
    assert_eq!(members.filter(leaving).count(), 2, "half of four stay");
    assert_eq!(stage.group().live().count(), 4);
    stage.until_settled();
    assert!(!stage.group().members.keys().any(|id| sick.contains(id)));
}

#[test]
fn a_dead_machine_is_not_waited_for() {
    let mut stage = policed(100, 110, 4);
    let dead = stage.group().members.keys().next().cloned();
    let dead = dead.expect("a member");
    stage.end(&dead);
    stage.play();
    assert!(!stage.group().members.contains_key(&dead));
    assert_eq!(stage.group().live().count(), 4);
    stage.until_settled();
}

#[test]
fn when_everybody_is_sick_all_are_replaced_one_by_one() {
    let mut stage = policed(100, 100, 4);
    let sick = mark(&mut stage, 4);
    stage.until_watched(
        "all are replaced",
        |s| s.world.settled(GROUP) && !s.group().members.keys().any(|id| sick.contains(id)),
        |s| {
            assert!(serving(s) >= 4);
            assert!(s.group().members.live() <= 5);
        },
    );
}
