//! Checks that find somebody who has failed for a while already, and how long one replacement waits for another.

use std::time::Duration;

use super::stage::{GROUP, Release, SECOND, Setting, Stage};
use crate::world::{Health, InstanceId, Lifecycle, Member, TargetState, Unfit, UpdateGroup};

/// The longest that the group takes to its next periodic check, with a second for the rest.
const NEXT_CHECK: Duration = Duration::from_secs(11);

/// Everybody serves and fails in the target group, but the group does not mind yet.
fn failing(setting: &Setting, elb: bool) -> Stage {
    let mut stage = Stage::settled(setting);
    stage.update(UpdateGroup {
        elb_health_checks: Some(elb),
        ..UpdateGroup::default()
    });
    stage.releases.insert(1, Release::Sick);
    stage.until("every target fails", |s| {
        let group = s.world.target_group(&s.target_group).expect("there");
        group
            .targets
            .values()
            .all(|t| t.state == TargetState::Unhealthy)
    });
    stage
}

fn patient() -> Setting {
    Setting {
        desired: 2,
        grace: 600 * SECOND,
        ..Setting::default()
    }
}

fn found(stage: &Stage) -> usize {
    let members = stage.group().members.values();
    members.filter(|m| m.unfit() == Some(Unfit::Elb)).count()
}

fn first(stage: &Stage) -> (InstanceId, &Member) {
    let mut serving = stage.group().live().filter(|m| m.in_service());
    let member = serving.next().expect("one that serves");
    (member.id.clone(), member)
}

impl Stage {
    fn update(&mut self, update: UpdateGroup) {
        self.world
            .update_group(self.now, GROUP, update)
            .expect("updated");
        self.play();
    }

    fn grace(&mut self, grace: Duration) {
        self.update(UpdateGroup {
            health_check_grace: Some(grace),
            ..UpdateGroup::default()
        });
    }
}

#[test]
fn elb_checks_that_are_turned_on_find_who_has_failed_before() {
    let setting = Setting {
        desired: 2,
        ..Setting::default()
    };
    let mut stage = failing(&setting, false);
    stage.pass(60 * SECOND);
    assert_eq!(found(&stage), 0, "nobody asks the target group");
    stage.update(UpdateGroup {
        elb_health_checks: Some(true),
        ..UpdateGroup::default()
    });
    stage.pass(NEXT_CHECK);
    assert_eq!(found(&stage), 2);
}

#[test]
fn elb_checks_that_are_turned_off_find_nobody_any_more() {
    let mut stage = failing(&patient(), true);
    stage.update(UpdateGroup {
        elb_health_checks: Some(false),
        health_check_grace: Some(Duration::ZERO),
        ..UpdateGroup::default()
    });
    stage.pass(700 * SECOND);
    assert_eq!(found(&stage), 0);
}

#[test]
fn a_longer_grace_period_puts_the_check_off_and_does_not_lose_it() {
    let mut stage = failing(&patient(), true);
    let (id, member) = first(&stage);
    let since = member.in_service_since.expect("since");
    stage.grace(900 * SECOND);
    stage.pass(
        (since + 899 * SECOND)
            .duration_since(stage.now)
            .unsigned_abs(),
    );
    assert_eq!(found(&stage), 0, "still in grace");
    stage.pass(NEXT_CHECK + SECOND);
    assert_eq!(found(&stage), 2);
    let sent_away = stage.group().members.values();
    let sent_away = sent_away.filter(|m| m.lifecycle == Lifecycle::Terminating);
    assert_eq!(sent_away.count(), 1, "{id} or the other");
}

#[test]
fn a_shorter_grace_period_counts_at_once() {
    let mut stage = failing(&patient(), true);
    stage.pass(30 * SECOND);
    assert_eq!(found(&stage), 0);
    stage.grace(10 * SECOND);
    stage.pass(NEXT_CHECK);
    assert_eq!(found(&stage), 2);
}

#[test]
fn a_healthy_verdict_by_hand_stands_until_the_next_check_only() {
    let mut stage = failing(&patient(), true);
    // Only so that they stay while they are looked at.
    stage
        .world
        .suspend_processes(stage.now, GROUP, &[crate::world::Process::ReplaceUnhealthy])
        .expect("suspended");
    stage.grace(10 * SECOND);
    stage.pass(NEXT_CHECK);
    let (id, _) = first(&stage);
    stage
        .world
        .set_instance_health(stage.now, &id, true, true)
        .expect("accepted");
    assert_eq!(stage.group().members[&id].health, Health::Healthy);
    stage.pass(NEXT_CHECK);
    assert_eq!(
        stage.group().members[&id].health,
        Health::Unhealthy(Unfit::Elb)
    );
}

#[test]
fn the_next_replacement_waits_until_the_last_one_is_checked_and_warm() {
    let setting = Setting {
        desired: 3,
        ..Setting::default()
    };
    let mut stage = Stage::settled(&setting);
    let warmup = 20 * SECOND;
    stage.update(UpdateGroup {
        default_warmup: Some(Some(warmup)),
        ..UpdateGroup::default()
    });
    stage.pass(60 * SECOND);
    let ids: Vec<_> = stage.group().members.keys().take(2).cloned().collect();
    for id in &ids {
        stage
            .world
            .set_instance_health(stage.now, id, false, true)
            .expect("accepted");
    }
    let leaving = |stage: &Stage| {
        let members = ids.iter().filter_map(|id| stage.group().members.get(id));
        let staying = members.filter(|m| m.in_service()).count();
        ids.len() - staying
    };
    assert_eq!(leaving(&stage), 1, "a tenth, at least one");
    let replacement = |stage: &Stage| {
        let group = stage.group();
        let newest = group.live().max_by_key(|m| m.launched_at).expect("one");
        newest
            .in_service_since
            .filter(|_| !ids.contains(&newest.id))
    };
    stage.until("the replacement serves", |s| {
        s.group().live().filter(|m| m.in_service()).count() == 3
    });
    let serves = replacement(&stage).expect("in service");
    stage.until("the other goes", |s| leaving(s) == 2);
    let waited = stage.now.duration_since(serves).unsigned_abs();
    assert_eq!(
        waited,
        stage.world.timings.health_evaluation + warmup,
        "the first check, then the warmup"
    );
    stage.until_settled();
}

#[test]
fn in_a_large_group_a_tenth_goes_at_a_time_and_fewer_where_everybody_is_sick() {
    let setting = Setting {
        desired: 30,
        max: 40,
        grace: Duration::ZERO,
        ..Setting::default()
    };
    let going = |s: &Stage| s.group().members.values().filter(|m| !m.is_live()).count();

    let mut stage = Stage::settled(&setting);
    let ids: Vec<_> = stage.group().members.keys().take(7).cloned().collect();
    for id in &ids {
        stage
            .world
            .set_instance_health(stage.now, id, false, false)
            .expect("accepted");
    }
    stage.play();
    assert_eq!(going(&stage), 3, "a tenth of thirty");
    stage.until_settled();
    assert!(ids.iter().all(|id| !stage.group().members.contains_key(id)));

    let mut stage = Stage::settled(&setting);
    stage.releases.insert(1, Release::Sick);
    stage.until("they are found out", |s| going(s) > 0);
    stage.pass(SECOND);
    assert_eq!(found(&stage), 30);
    assert_eq!(
        going(&stage),
        1,
        "own choice: one, where the balancer finds all of them sick"
    );
    stage.releases.insert(1, Release::Good);
    stage.until_settled();
}
