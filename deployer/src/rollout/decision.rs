//! A decision, and what the ways forward and back have in common.

use crate::rollout::action::Action;
use crate::rollout::event::WaitingOn;
use crate::rollout::goal::{Goal, Outcome, Reason};
use crate::rollout::observation::{Observation, Refresh};
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
pub(super) struct Blind(pub(super) String);

impl From<&str> for Blind {
    fn from(why: &str) -> Self {
        Self(why.to_owned())
    }
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

/// The reason that a refresh gives when it has ended without success.
pub(super) fn ended(refresh: &Refresh) -> Reason {
    Reason::RefreshEnded {
        status: refresh.status.to_string(),
        detail: refresh.detail.clone(),
    }
}

/// The reason that AWS gives when it refuses a step that the deployment cannot do without.
pub(super) fn refused(action: &Action, detail: &str) -> Reason {
    Reason::Refused {
        action: action.to_string(),
        detail: detail.to_owned(),
    }
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
