//! What to do next. Pure: no I/O, no clock, no memory; time and memory are in the observation.
//!
//! The phase of a deployment is a function of what is seen, never a program counter, so resuming after a crash is deciding
//! again. This file holds the way forward; [`super::back`] holds the way back.

use crate::journal::Entry;
use crate::rollout::action::Action;
use crate::rollout::back;
use crate::rollout::event::WaitingOn;
use crate::rollout::goal::{Aim, Goal, Outcome, Reason};
use crate::rollout::observation::{Observation, Refresh, RefreshStatus, Template, Templates};
use crate::rollout::safety::{self, Distance};
use jiff::Timestamp;
use std::time::Duration;

/// How long nothing may be readable before a run ends in doubt: longer than AWS's control plane is usually slow or an API is
/// throttled, short enough that a person hears of it while it matters.
pub const BLIND_LIMIT: Duration = Duration::from_mins(15);

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Do this, then look again.
    Act(Action),
    /// Look again later.
    Wait(WaitingOn),
    /// Nothing is left to do in this run.
    Finish(Outcome),
}

/// Something that a decision needs could not be read; holds the error.
#[derive(Debug)]
pub(super) struct Blind(String);

impl From<&str> for Blind {
    fn from(why: &str) -> Self {
        Self(why.to_owned())
    }
}

/// Decides the next step towards `goal`. Same input, same answer.
pub fn decide(goal: &Goal, seen: &Observation) -> Decision {
    if let Some(in_doubt) = give_up_looking(seen) {
        return in_doubt;
    }
    let decision = match &seen.entry {
        None => begin(goal, seen),
        Some(Entry {
            closed: Some(closed),
            ..
        }) => Ok(Decision::Finish(closed.outcome.clone())),
        Some(entry) => match &entry.turned_back {
            None => forward(goal, entry, seen),
            Some(turned) => back::decide(goal, entry, turned, seen),
        },
    };
    decision.unwrap_or_else(|blind| wait_for_sight(seen, blind))
}

fn begin(goal: &Goal, seen: &Observation) -> Result<Decision, Blind> {
    let group = seen.fleet.group.get()?;
    let base = &seen.fleet.templates.get()?.base;
    let same = base.manifest == Some(goal.wanted.manifest);
    let everywhere = Distance::of(group, seen.fleet.targets.get()?, base.number).is_none();
    if same && everywhere {
        return Ok(Decision::Finish(Outcome::AlreadyRunning));
    }
    Ok(Decision::Act(Action::Begin))
}

fn forward(goal: &Goal, entry: &Entry, seen: &Observation) -> Result<Decision, Blind> {
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
        status => Ok(turn_back(Reason::RefreshEnded {
            status: status.to_string(),
            detail: refresh.detail.clone(),
        })),
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

/// The write that the parameter still needs. A parameter that cannot be read is written once.
pub(super) fn write_parameter(seen: &Observation, value: String) -> Option<Action> {
    let there = seen.fleet.parameter.known().cloned().flatten();
    let is_right = there.as_deref() == Some(value.as_str());
    let write = Action::WriteParameter { value };
    let tried = seen.applied.contains(&write) || seen.refusal(&write).is_some();
    (!is_right && !tried).then_some(write)
}

/// When members and targets must be well: counted from the end of the refresh, or from the start of this run, so that a
/// run resumed days later does not judge by its first glance.
pub(super) fn settle_deadline(goal: &Goal, refresh: &Refresh) -> Timestamp {
    let ended = refresh.ended.unwrap_or(goal.began);
    later(ended, goal.began) + goal.limits.settle
}

pub(super) fn later(one: Timestamp, other: Timestamp) -> Timestamp {
    one.max(other)
}

fn turn_back(reason: Reason) -> Decision {
    Decision::Act(Action::TurnBack { reason })
}

/// An action without which the deployment cannot go on.
fn or_turn_back(seen: &Observation, action: Action) -> Decision {
    match seen.refusal(&action) {
        None => Decision::Act(action),
        Some(detail) => turn_back(Reason::Refused {
            action: action.to_string(),
            detail: detail.to_owned(),
        }),
    }
}

/// After too long without information or progress, a person must hear of it; the deployment stays open.
fn give_up_looking(seen: &Observation) -> Option<Decision> {
    let blind = seen.blind.as_ref()?;
    let detail = blind.detail.clone();
    let reason = Reason::OutOfSight { detail };
    let too_long = seen.at >= blind.since + BLIND_LIMIT;
    too_long.then_some(Decision::Finish(Outcome::InDoubt { reason }))
}

/// No information is neither health nor failure: nothing is done on it, for a while.
fn wait_for_sight(seen: &Observation, Blind(detail): Blind) -> Decision {
    let since = seen.blind.as_ref().map_or(seen.at, |blind| blind.since);
    Decision::Wait(sight(since, detail))
}

/// The wait for information, of which there has been none since then.
pub(super) fn sight(since: Timestamp, detail: String) -> WaitingOn {
    let until = since + BLIND_LIMIT;
    WaitingOn::Sight {
        since,
        detail,
        until,
    }
}
