//! What to do next: the door to the decisions. Pure: no I/O, no clock, no memory; time and memory are in the observation.
//!
//! The phase of a deployment is a function of what is seen, never a program counter, so resuming after a crash is deciding
//! again. [`super::forward`] holds the way to the wanted release, [`super::back`] the way to the previous one.

use crate::journal::Entry;
use crate::rollout::action::Action;
use crate::rollout::decision::{BLIND_LIMIT, Blind, Decision, sight};
use crate::rollout::goal::{Goal, Outcome, Reason};
use crate::rollout::observation::Observation;
use crate::rollout::safety::Distance;
use crate::rollout::{back, forward};

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
            None => forward::decide(goal, entry, seen),
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
