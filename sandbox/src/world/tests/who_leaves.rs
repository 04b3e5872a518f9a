//! Termination policies, several at once and in a refresh.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html>

use super::refresh_story::launch_first;
use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{InstanceId, TemplateRef, TerminationPolicy, UpdateGroup};

/// One zone, one member.
fn alone() -> Stage {
    Stage::settled(&Setting {
        desired: 1,
        zones: 1,
        ..Setting::default()
    })
}

fn resize(stage: &mut Stage, desired: usize) {
    let done = stage.world.set_desired_capacity(stage.now, GROUP, desired);
    done.expect("accepted");
    stage.until_settled();
}

fn policies(stage: &mut Stage, policies: &[TerminationPolicy]) {
    let update = UpdateGroup {
        termination_policies: Some(policies.to_vec()),
        ..UpdateGroup::default()
    };
    let done = stage.world.update_group(stage.now, GROUP, update);
    done.expect("updated");
}

/// In the order of their launch.
fn ids(stage: &Stage) -> Vec<InstanceId> {
    let mut members: Vec<_> = stage.group().live().collect();
    members.sort_by_key(|m| m.launched_at);
    members.into_iter().map(|m| m.id.clone()).collect()
}

/// Two on version 1, launched one after the other, then one on version 2; the place of the one that leaves.
fn leaves(order: &[TerminationPolicy]) -> usize {
    let mut stage = alone();
    stage.pass(60 * SECOND);
    resize(&mut stage, 2);
    let newer = stage.release(Release::Good);
    let update = UpdateGroup {
        template: Some(TemplateRef::numbered(stage.template.clone(), newer)),
        ..UpdateGroup::default()
    };
    let done = stage.world.update_group(stage.now, GROUP, update);
    done.expect("updated");
    stage.pass(60 * SECOND);
    resize(&mut stage, 3);
    policies(&mut stage, order);
    let before = ids(&stage);
    resize(&mut stage, 2);
    let after = ids(&stage);
    let left = before.iter().position(|id| !after.contains(id));
    left.expect("somebody left")
}

#[test]
fn the_first_policy_decides_and_the_next_among_those_that_are_alike_to_it() {
    use TerminationPolicy::{NewestInstance, OldestInstance, OldestLaunchTemplate};
    assert_eq!(leaves(&[OldestLaunchTemplate]), 0);
    assert_eq!(leaves(&[OldestLaunchTemplate, NewestInstance]), 1);
    assert_eq!(leaves(&[NewestInstance, OldestLaunchTemplate]), 2);
    assert_eq!(leaves(&[OldestLaunchTemplate, OldestInstance]), 0);
}

/// The first is at the beginning of its second hour, the second in the middle of its first.
fn half_an_hour_apart() -> (Stage, Vec<InstanceId>) {
    let mut stage = alone();
    stage.pass(1800 * SECOND);
    resize(&mut stage, 2);
    policies(&mut stage, &[TerminationPolicy::ClosestToNextInstanceHour]);
    stage.pass(1900 * SECOND);
    let ids = ids(&stage);
    (stage, ids)
}

#[test]
fn the_hour_decides_when_the_group_shrinks_and_not_in_a_refresh() {
    let (mut stage, both) = half_an_hour_apart();
    resize(&mut stage, 1);
    assert_eq!(ids(&stage), both[..1], "the second was closer to its hour");

    let (mut stage, both) = half_an_hour_apart();
    let version = stage.release(Release::Good);
    stage.start_refresh(version, launch_first());
    stage.until("one goes", |s| {
        s.group().members.values().any(|m| m.lifecycle.is_leaving())
    });
    let members = &stage.group().members;
    assert!(members[&both[0]].lifecycle.is_leaving(), "the oldest");
    assert!(members[&both[1]].in_service());
}
