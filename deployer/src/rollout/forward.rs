//! What to do next on the way to the wanted release: make the template version, start the refresh, watch it and judge its
//! members, and finish once it serves everywhere; or turn back.

use crate::journal::Entry;
use crate::rollout::action::Action;
use crate::rollout::decision::{
    Blind, Decision, ended, later, refused, settle_deadline, write_parameter,
};
use crate::rollout::event::WaitingOn;
use crate::rollout::goal::{Aim, Goal, Outcome, Reason};
use crate::rollout::observation::{Observation, Refresh, RefreshStatus, Template, Templates};
use crate::rollout::safety::{self, Distance};

/// Decides the next step of the way forward.
pub(super) fn decide(goal: &Goal, entry: &Entry, seen: &Observation) -> Result<Decision, Blind> {
    if goal.aim == Aim::Back {
        return Ok(turn_back(Reason::Operator));
    }
    let templates = seen.fleet.templates.get()?;
    let Some(ours) = &templates.ours else {
        return Ok(or_turn_back(seen, Action::CreateTemplateVersion));
    };
    let refreshes = seen.fleet.refreshes.get()?;
    match refreshes
        .iter()
        .find(|refresh| refresh.version == Some(ours.number))
    {
        None => Ok(start(goal, entry, seen, refreshes, ours)),
        Some(refresh) => follow(goal, entry, seen, templates, refresh),
    }
}

/// Starts the refresh, unless somebody else's is in the way.
fn start(
    goal: &Goal,
    entry: &Entry,
    seen: &Observation,
    refreshes: &[Refresh],
    ours: &Template,
) -> Decision {
    let Some(other) = refreshes.iter().find(|refresh| refresh.status.is_active()) else {
        return or_turn_back(
            seen,
            Action::StartRefresh {
                version: ours.number,
            },
        );
    };
    let refresh = other.id.clone();
    let until = later(entry.record.created, goal.began) + goal.limits.deadline;
    if seen.at >= until {
        return turn_back(Reason::OtherRefresh { refresh });
    }
    Decision::Wait(WaitingOn::OtherRefresh { refresh, until })
}

/// The refresh is there: watch it, judge its members, and finish once it has succeeded.
fn follow(
    goal: &Goal,
    entry: &Entry,
    seen: &Observation,
    templates: &Templates,
    refresh: &Refresh,
) -> Result<Decision, Blind> {
    if let Some(reason) = too_many_failures(goal, entry, seen, refresh) {
        return Ok(turn_back(reason));
    }
    match refresh.status {
        RefreshStatus::Successful => settle(goal, entry, seen, templates, refresh),
        status if status.is_active() && status != RefreshStatus::RollbackInProgress => {
            Ok(watch(goal, entry, seen, refresh))
        }
        _ => Ok(turn_back(ended(refresh))),
    }
}

fn too_many_failures(
    goal: &Goal,
    entry: &Entry,
    seen: &Observation,
    refresh: &Refresh,
) -> Option<Reason> {
    let failed = safety::failures(&entry.record, refresh, seen);
    let count = u32::try_from(failed.len()).unwrap_or(u32::MAX);
    let first = failed.into_iter().next()?;
    (count >= goal.limits.failure_budget.max(1)).then_some(Reason::MemberFailed {
        instance: first.instance,
        phase: first.phase,
        cause: first.cause,
        failed: count,
    })
}

fn watch(goal: &Goal, entry: &Entry, seen: &Observation, refresh: &Refresh) -> Decision {
    // A pending refresh has no start yet; it cannot have started long after this.
    let latest = later(entry.record.created, goal.began);
    let until = refresh.started.min(latest) + goal.limits.deadline;
    let wait = WaitingOn::Refresh {
        refresh: refresh.id.clone(),
        status: refresh.status.to_string(),
        detail: refresh.detail.clone(),
        until,
    };
    if seen.at >= until {
        let awaited = wait.to_string();
        return turn_back(Reason::DeadlinePassed { awaited });
    }
    Decision::Wait(wait)
}

/// AWS calls the refresh successful; believe it once every member and every target says so too.
fn settle(
    goal: &Goal,
    entry: &Entry,
    seen: &Observation,
    templates: &Templates,
    refresh: &Refresh,
) -> Result<Decision, Blind> {
    let version = refresh.version.unwrap_or_default();
    let distance = Distance::of(seen.fleet.group.get()?, seen.fleet.targets.get()?, version);
    if distance.is_none() {
        return Ok(finish(entry, seen, templates, version));
    }
    let missing = distance.to_string();
    let until = settle_deadline(goal, refresh);
    if seen.at >= until {
        return Ok(turn_back(Reason::NotSettled { missing }));
    }
    Ok(Decision::Wait(WaitingOn::Settling { missing, until }))
}

/// The release serves everywhere. What is left is bookkeeping for others: the template's default and the parameter. Where
/// AWS refuses those, the refusal has been reported and the deployment is done all the same, because undoing a release that
/// serves well would be the greater harm.
fn finish(entry: &Entry, seen: &Observation, templates: &Templates, version: u64) -> Decision {
    let move_default = Action::MoveDefaultVersion { version };
    let default_is_right = templates.default_version == version;
    if !default_is_right && seen.refusal(&move_default).is_none() {
        return Decision::Act(move_default);
    }
    let value = entry.record.goal.version.to_string();
    if let Some(write) = write_parameter(seen, value) {
        return Decision::Act(write);
    }
    let outcome = Outcome::Done;
    Decision::Act(Action::Close { outcome })
}

fn turn_back(reason: Reason) -> Decision {
    Decision::Act(Action::TurnBack { reason })
}

/// An action without which the deployment cannot go on.
fn or_turn_back(seen: &Observation, action: Action) -> Decision {
    match seen.refusal(&action) {
        None => Decision::Act(action),
        Some(detail) => turn_back(refused(&action, detail)),
    }
}
