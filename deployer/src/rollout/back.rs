//! What to do next once a deployment has turned back. It never turns forward again: the turn is in the journal.

use crate::journal::{Entry, TurnedBack};
use crate::rollout::action::Action;
use crate::rollout::decision::{
    Blind, Decision, ended, later, refused, settle_deadline, write_parameter,
};
use crate::rollout::event::WaitingOn;
use crate::rollout::goal::{Goal, Outcome, Reason};
use crate::rollout::observation::{Group, Observation, Refresh, RefreshStatus, Stage, Templates};
use crate::rollout::safety::Distance;
use jiff::Timestamp;

/// Decides the next step of the way back.
///
/// AWS can roll a refresh back only while it is active; afterwards, or where it refuses, a new refresh leads to the previous
/// version. There is at most one such refresh: when it fails too, a person must look.
pub(super) fn decide(
    goal: &Goal,
    entry: &Entry,
    turned: &TurnedBack,
    seen: &Observation,
) -> Result<Decision, Blind> {
    let way = Way {
        entry,
        turned,
        seen,
        templates: seen.fleet.templates.get()?,
        until: later(turned.at, goal.began) + goal.limits.deadline,
    };
    let refreshes = seen.fleet.refreshes.get()?;
    let leg = Leg::newest(
        refreshes,
        way.templates,
        entry.record.previous.template_version,
    );
    let stranger = refreshes
        .iter()
        .find(|refresh| refresh.status.is_active() && leg.refresh() != Some(*refresh));
    match (stranger, leg.refresh()) {
        (Some(stranger), _) => Ok(way.wait_for_stranger(stranger)),
        (None, Some(refresh)) if refresh.status.is_active() => Ok(way.follow(leg, refresh)),
        (None, _) => way.arrive(goal, leg),
    }
}

/// The newest refresh of this deployment.
#[derive(Clone, Copy)]
enum Leg<'a> {
    /// None was ever started, so no member was touched.
    Nothing,
    /// The one to the wanted version; AWS may be rolling it back.
    Forward(&'a Refresh),
    /// The one to the previous version.
    Back(&'a Refresh),
}

impl<'a> Leg<'a> {
    /// `refreshes` are newest first, so what stands before the forward one is younger.
    fn newest(refreshes: &'a [Refresh], templates: &Templates, previous: u64) -> Self {
        let ours = templates.ours.as_ref().map(|ours| ours.number);
        let forward = refreshes
            .iter()
            .position(|refresh| ours.is_some() && refresh.version == ours);
        let Some(forward) = forward else {
            return Self::Nothing;
        };
        let mut younger = refreshes[..forward].iter();
        match younger.find(|refresh| refresh.version == Some(previous)) {
            Some(refresh) => Self::Back(refresh),
            None => Self::Forward(&refreshes[forward]),
        }
    }

    fn refresh(self) -> Option<&'a Refresh> {
        match self {
            Self::Nothing => None,
            Self::Forward(refresh) | Self::Back(refresh) => Some(refresh),
        }
    }
}

struct Way<'a> {
    entry: &'a Entry,
    turned: &'a TurnedBack,
    seen: &'a Observation,
    templates: &'a Templates,
    until: Timestamp,
}

impl Way<'_> {
    fn previous(&self) -> u64 {
        self.entry.record.previous.template_version
    }

    fn wait_for_stranger(&self, stranger: &Refresh) -> Decision {
        let refresh = stranger.id.clone();
        if self.seen.at >= self.until {
            return fail(Reason::OtherRefresh { refresh });
        }
        let until = self.until;
        Decision::Wait(WaitingOn::OtherRefresh { refresh, until })
    }

    /// A refresh of ours is active: turn it, or wait for its end.
    fn follow(&self, leg: Leg<'_>, refresh: &Refresh) -> Decision {
        let can_be_turned = matches!(
            refresh.status,
            RefreshStatus::Pending | RefreshStatus::InProgress | RefreshStatus::Baking
        );
        match leg {
            Leg::Forward(_) if can_be_turned => self.turn(),
            _ => self.wait(refresh),
        }
    }

    fn turn(&self) -> Decision {
        let cannot = |action: &Action| self.seen.refusal(action);
        match (
            cannot(&Action::RollbackRefresh),
            cannot(&Action::CancelRefresh),
        ) {
            (None, _) => Decision::Act(Action::RollbackRefresh),
            (Some(_), None) => Decision::Act(Action::CancelRefresh),
            (Some(_), Some(detail)) => fail(refused(&Action::CancelRefresh, detail)),
        }
    }

    fn wait(&self, refresh: &Refresh) -> Decision {
        let wait = WaitingOn::Rollback {
            refresh: refresh.id.clone(),
            status: refresh.status.to_string(),
            detail: refresh.detail.clone(),
            until: self.until,
        };
        if self.seen.at >= self.until {
            let awaited = wait.to_string();
            return fail(Reason::DeadlinePassed { awaited });
        }
        Decision::Wait(wait)
    }

    /// No refresh is active: the previous version serves everywhere, or it has to be brought there.
    fn arrive(&self, goal: &Goal, leg: Leg<'_>) -> Result<Decision, Blind> {
        let (group, targets) = (self.seen.fleet.group.get()?, self.seen.fleet.targets.get()?);
        let distance = Distance::of(group, targets, self.previous());
        if distance.is_none() {
            return Ok(self.finish());
        }
        Ok(match leg {
            Leg::Back(refresh) if refresh.status != RefreshStatus::Successful => {
                fail(ended(refresh))
            }
            Leg::Forward(refresh) if !self.was_rolled_back(refresh, group) => self.start_back(),
            Leg::Forward(refresh) | Leg::Back(refresh) => {
                self.settle(distance, settle_deadline(goal, refresh))
            }
            Leg::Nothing => self.settle(
                distance,
                later(self.turned.at, goal.began) + goal.limits.settle,
            ),
        })
    }

    /// Whether AWS's own rollback did its work. It restores what its refresh replaced, and nothing else: members that were
    /// on a third version before, or came up on the wanted one meanwhile, need a refresh of their own.
    fn was_rolled_back(&self, refresh: &Refresh, group: &Group) -> bool {
        let mut serving = group
            .members
            .iter()
            .filter(|member| member.lifecycle.stage == Stage::InService);
        refresh.status == RefreshStatus::RollbackSuccessful
            && serving.all(|member| member.template_version == Some(self.previous()))
    }

    fn start_back(&self) -> Decision {
        let version = self.previous();
        let start = Action::StartRefresh { version };
        match self.seen.refusal(&start) {
            None => Decision::Act(start),
            Some(detail) => fail(refused(&start, detail)),
        }
    }

    fn settle(&self, distance: Distance, until: Timestamp) -> Decision {
        let missing = distance.to_string();
        if self.seen.at >= until {
            return fail(Reason::NotSettled { missing });
        }
        Decision::Wait(WaitingOn::Settling { missing, until })
    }

    /// The previous version serves everywhere. Undo the bookkeeping, where the deployment had come that far.
    fn finish(&self) -> Decision {
        let previous = &self.entry.record.previous;
        let ours = self.templates.ours.as_ref().map(|ours| ours.number);
        let version = previous.default_version;
        let move_default = Action::MoveDefaultVersion { version };
        let was_moved = ours == Some(self.templates.default_version);
        if was_moved && self.seen.refusal(&move_default).is_none() {
            return Decision::Act(move_default);
        }
        if let Some(write) = self.restore_parameter() {
            return Decision::Act(write);
        }
        let reason = self.turned.reason.clone();
        let outcome = Outcome::RolledBack { reason };
        Decision::Act(Action::Close { outcome })
    }

    fn restore_parameter(&self) -> Option<Action> {
        let record = &self.entry.record;
        let there = self.seen.fleet.parameter.known().cloned().flatten()?;
        let version = record.previous.version.as_ref()?;
        let was_written = there == record.goal.version.to_string();
        was_written.then(|| write_parameter(self.seen, version.to_string()))?
    }
}

fn fail(reason: Reason) -> Decision {
    let outcome = Outcome::Failed { reason };
    Decision::Act(Action::Close { outcome })
}
