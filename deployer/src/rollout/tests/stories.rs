//! Single stories, each told by the actions that were taken.

use super::world::{Nature, OLD, World};
use super::{Chance, Run};
use crate::rollout::action::Action;
use crate::rollout::event::EventKind;
use crate::rollout::forecast;
use crate::rollout::goal::{Outcome, Reason};
use crate::rollout::observation::{
    Activity, ActivityKind, ActivityState, RefreshStatus, Stage, TargetHealth,
};
use crate::rollout::safety::Distance;

const NEW: u64 = OLD + 1;

fn when(so: bool, chance: Chance) -> Chance {
    if so { chance } else { Chance::Calm }
}

fn told(run: &Run) -> Vec<String> {
    run.log.iter().map(ToString::to_string).collect()
}

#[test]
fn a_good_release_is_recorded_refreshed_judged_and_closed() {
    let mut run = Run::new(World::new(Nature::default()));
    let outcome = run.finish(|_| Chance::Calm);
    assert_eq!(outcome, Outcome::Done);
    let expected = [
        "write the record",
        "create a launch template version",
        "start an instance refresh to template version 8",
        "make template version 8 the default",
        "write the version parameter (1.1.0)",
        "close the record",
    ];
    assert_eq!(told(&run), expected);
    assert_eq!(
        run.world.floor,
        super::world::DESIRED,
        "no member was missing"
    );
    run.assert_sound(&outcome);
}

#[test]
fn the_first_failed_member_turns_the_release_back_and_is_named() {
    let broken = Some(NEW);
    let mut run = Run::new(World::new(Nature {
        broken,
        ..Nature::default()
    }));
    let outcome = run.finish(|_| Chance::Calm);
    let Outcome::RolledBack {
        reason:
            Reason::MemberFailed {
                phase,
                cause,
                failed,
                ..
            },
    } = &outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        (phase.as_str(), cause.as_str(), *failed),
        ("starting", "exited with status 101", 1)
    );
    let expected = [
        "write the record",
        "create a launch template version",
        "start an instance refresh to template version 8",
        "turn back",
        "roll the instance refresh back",
        "close the record",
    ];
    assert_eq!(told(&run), expected);
    assert_eq!(
        run.world.floor,
        super::world::DESIRED,
        "no member was missing"
    );
    run.assert_sound(&outcome);
}

#[test]
fn where_aws_cannot_roll_back_the_way_back_is_a_refresh_of_its_own() {
    let mut run = Run::new(World::new(Nature {
        broken: Some(NEW),
        irreversible: true,
        ..Nature::default()
    }));
    let outcome = run.finish(|_| Chance::Calm);
    assert!(matches!(outcome, Outcome::RolledBack { .. }), "{outcome:?}");
    let expected = [
        "roll the instance refresh back",
        "cancel the instance refresh",
        "close the record",
    ];
    assert_eq!(
        told(&run)[4..],
        expected,
        "no new member was in service: nothing to replace"
    );
    run.assert_sound(&outcome);
}

#[test]
fn a_member_that_turns_sick_in_service_turns_an_irreversible_refresh_back_too() {
    let mut run = Run::new(World::new(Nature {
        irreversible: true,
        ..Nature::default()
    }));
    let mut flapped = false;
    let outcome = loop {
        let youngest = run
            .world
            .in_service()
            .position(|it| it.template_version == Some(NEW));
        let chance = match youngest {
            Some(which) if !flapped => Chance::Flap(which),
            _ => Chance::Calm,
        };
        flapped |= youngest.is_some();
        if let Some(outcome) = run.step(chance) {
            break outcome;
        }
    };
    assert!(matches!(outcome, Outcome::RolledBack { .. }), "{outcome:?}");
    assert!(
        run.log.contains(&Action::StartRefresh { version: OLD }),
        "{:?}",
        run.log
    );
    run.assert_sound(&outcome);
}

#[test]
fn killed_after_any_action_the_same_command_reaches_the_same_end() {
    for broken in [None, Some(NEW)] {
        let nature = Nature {
            broken,
            ..Nature::default()
        };
        let mut calm = Run::new(World::new(nature.clone()));
        let expected = calm.finish(|_| Chance::Calm);
        for killed_after in 1..=calm.log.len() {
            let mut run = Run::new(World::new(nature.clone()));
            let outcome = loop {
                let just_acted = run.log.len() == killed_after && !run.applied.is_empty();
                if let Some(outcome) = run.step(when(just_acted, Chance::Killed)) {
                    break outcome;
                }
            };
            assert_eq!(outcome, expected, "killed after action {killed_after}");
            run.assert_sound(&outcome);
        }
    }
}

#[test]
fn a_lost_reply_to_any_action_changes_neither_the_end_nor_the_number_of_refreshes() {
    let steps = 400;
    for lost in 0..steps {
        let mut run = Run::new(World::new(Nature::default()));
        let outcome = run.finish(|step| when(step == lost, Chance::LostReply));
        assert_eq!(outcome, Outcome::Done);
        assert_eq!(run.world.refreshes.len(), 1);
        run.assert_sound(&outcome);
        if run.log.len() < lost {
            break;
        }
    }
}

#[test]
fn what_already_serves_everywhere_is_left_alone() {
    let mut run = Run::new(World::new(Nature::default()));
    run.goal.wanted.manifest = super::world::old_manifest();
    let outcome = run.finish(|_| Chance::Calm);
    assert_eq!(outcome, Outcome::AlreadyRunning);
    assert!(run.log.is_empty());
}

#[test]
fn a_refused_parameter_does_not_undo_a_release_that_serves() {
    let mut run = Run::new(World::new(Nature {
        no_parameter: true,
        ..Nature::default()
    }));
    let outcome = run.finish(|_| Chance::Calm);
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(run.world.parameter.as_deref(), Some("1.0.0"));
    let refused: Vec<&Action> = run.refused.iter().map(|(action, _)| action).collect();
    assert!(
        matches!(refused[..], [Action::WriteParameter { .. }]),
        "it was reported"
    );
}

#[test]
fn successful_is_not_believed_while_targets_are_not_healthy() {
    let mut run = Run::new(World::new(Nature {
        never_healthy: true,
        ..Nature::default()
    }));
    // A refresh that does not wait for targets, as AWS's does where the health check type lacks ELB.
    let outcome = loop {
        if let Some(refresh) = run.world.refreshes.first_mut()
            && refresh.version == Some(NEW)
            && refresh.status == RefreshStatus::InProgress
        {
            refresh.status = RefreshStatus::Successful;
            refresh.ended = Some(run.world.now);
            run.world.saved = NEW;
            for member in &mut run.world.members {
                member.template_version = Some(NEW);
            }
            for health in run.world.targets.values_mut() {
                *health = TargetHealth::Initial;
            }
        }
        if let Some(outcome) = run.step(Chance::Calm) {
            break outcome;
        }
    };
    let Outcome::RolledBack {
        reason: Reason::NotSettled { missing },
    } = &outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(missing, "3 targets not healthy");
    run.assert_sound(&outcome);
}

#[test]
fn a_refresh_that_stands_still_is_turned_back_at_its_deadline() {
    let mut run = Run::new(World::new(Nature {
        stalled: true,
        ..Nature::default()
    }));
    let outcome = run.finish(|_| Chance::Calm);
    // The rollback stands still too, so nobody can say what serves.
    assert!(
        matches!(
            outcome,
            Outcome::Failed {
                reason: Reason::DeadlinePassed { .. }
            }
        ),
        "{outcome:?}"
    );
    assert!(run.log.contains(&Action::RollbackRefresh));
    run.assert_sound(&outcome);
}

#[test]
fn without_sight_nothing_is_done_and_the_end_is_in_doubt() {
    let mut run = Run::new(World::new(Nature::default()));
    let outcome = run.finish(|step| when(step >= 5, Chance::BlindAll));
    assert!(
        matches!(&outcome, Outcome::InDoubt { reason: Reason::OutOfSight { detail } } if detail == "throttled"),
        "{outcome:?}"
    );
    run.assert_sound(&outcome);
}

#[test]
fn an_operators_rollback_undoes_the_open_deployment_at_any_step() {
    for asked in 1..60 {
        let mut run = Run::new(World::new(Nature::default()));
        let outcome = run.finish(|step| when(step == asked, Chance::Operator));
        let too_late = outcome == Outcome::Done;
        let undone = matches!(
            outcome,
            Outcome::RolledBack {
                reason: Reason::Operator
            }
        );
        assert!(too_late || undone, "asked at {asked}: {outcome:?}");
        run.assert_sound(&outcome);
    }
}

#[test]
fn another_refresh_in_the_way_is_waited_for_and_then_gone_around() {
    let mut run = Run::new(World::new(Nature::default()));
    run.world.start_refresh(99);
    run.world.nature.stalled = true;
    let outcome = run.finish(|_| Chance::Calm);
    assert!(
        matches!(
            outcome,
            Outcome::Failed {
                reason: Reason::OtherRefresh { .. }
            }
        ),
        "{outcome:?}"
    );
    assert!(
        !run.log.contains(&Action::RollbackRefresh),
        "it is not ours to touch"
    );
}

#[test]
fn a_plan_is_the_same_decisions_and_changes_nothing() {
    let mut run = Run::new(World::new(Nature::default()));
    let seen = run.observe(Chance::Calm);
    let planned: Vec<String> = forecast::plan(&run.goal, &seen)
        .into_iter()
        .filter_map(|event| match event {
            EventKind::ActionStarted { action } => Some(action.to_string()),
            _ => None,
        })
        .collect();
    assert!(run.world.entry.is_none() && run.world.refreshes.is_empty());
    run.finish(|_| Chance::Calm);
    assert_eq!(planned, told(&run));
}

#[test]
fn successful_is_not_believed_while_a_member_of_the_old_version_is_left() {
    let mut run = Run::new(World::new(Nature::default()));
    let mut kept = None;
    let outcome = loop {
        let succeeded = run
            .world
            .refreshes
            .iter()
            .any(|refresh| refresh.ended.is_some());
        if succeeded && kept.is_none() {
            // A member that AWS overlooked, in service and healthy.
            kept = Some(run.log.len());
            run.world.members[0].template_version = Some(OLD);
        }
        if let Some(outcome) = run.step(Chance::Calm) {
            break outcome;
        }
    };
    let Outcome::RolledBack {
        reason: Reason::NotSettled { missing },
    } = &outcome
    else {
        panic!("{outcome:?}");
    };
    assert_eq!(missing, "1 members short, 1 members on another version");
    run.assert_sound(&outcome);
}

#[test]
fn an_old_member_that_only_drains_is_still_a_stranger() {
    let mut run = Run::new(World::new(Nature::default()));
    run.finish(|_| Chance::Calm);
    let seen = run.observe(Chance::Calm);
    let (Some(group), Some(targets)) = (seen.fleet.group.known(), seen.fleet.targets.known())
    else {
        panic!("everything is known");
    };
    let mut group = group.clone();
    assert!(Distance::of(&group, targets, NEW).is_none());
    let mut leaving = group.members[0].clone();
    leaving.template_version = Some(OLD);
    leaving.lifecycle.stage = Stage::Leaving;
    group.members.push(leaving);
    assert_eq!(Distance::of(&group, targets, NEW).strangers, 1);
}

#[test]
fn a_launch_that_ends_because_somebody_called_the_refresh_off_is_no_failed_member() {
    let mut run = Run::new(World::new(Nature {
        irreversible: true,
        ..Nature::default()
    }));
    let outcome = loop {
        let launching = run
            .world
            .members
            .iter()
            .find(|it| it.lifecycle.stage == Stage::Coming && it.template_version == Some(NEW));
        let instance = launching.map(|it| it.instance.clone());
        let is_forward = run.world.refreshes.len() == 1 && run.world.is_refreshing();
        if let Some(instance) = instance.filter(|_| is_forward) {
            run.world.refreshes[0].status = RefreshStatus::Cancelling;
            run.world.end_launch(&instance, ActivityState::Failed);
            run.world.remove(&instance);
        }
        if let Some(outcome) = run.step(Chance::Calm) {
            break outcome;
        }
    };
    let Outcome::RolledBack { reason } = &outcome else {
        panic!("{outcome:?}");
    };
    assert!(matches!(reason, Reason::RefreshEnded { .. }), "{reason:?}");
    assert!(run.failed_before.is_empty());
}

#[test]
fn every_cause_of_bad_health_counts_and_no_other() {
    let cause = |what: &str| Activity {
        id: "a".to_owned(),
        kind: ActivityKind::Terminate,
        instance: None,
        state: ActivityState::Succeeded,
        detail: String::new(),
        cause: format!(
            "At 2026-03-09T12:00:00Z an instance was taken out of service in response to {what}."
        ),
        started: jiff::Timestamp::UNIX_EPOCH,
    };
    for bad in [
        "an ELB system health check failure",
        "an EC2 instance status checks failure",
        "a user health-check",
    ] {
        assert!(cause(bad).is_for_health(), "{bad}");
    }
    for fine in [
        "a user request",
        "a difference between desired and actual capacity",
    ] {
        assert!(!cause(fine).is_for_health(), "{fine}");
    }
}
