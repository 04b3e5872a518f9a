//! What the next observation would be if everything went well. A plan folds [`decide()`] over it, so a plan
//! cannot differ from what a run would decide. Pure.

use crate::journal::{Closed, Entry, Record, TurnedBack};
use crate::rollout::action::Action;
use crate::rollout::decide::decide;
use crate::rollout::decision::Decision;
use crate::rollout::event::{EventKind, WaitingOn};
use crate::rollout::goal::{Goal, Outcome};
use crate::rollout::observation::{
    Group, Observation, Refresh, RefreshStatus, Seen, Stage, Target, TargetHealth, Template,
};

/// More steps than any deployment has; a plan that takes more has met a defect and is cut off.
const MAX_STEPS: usize = 50;

/// The events of a run that meets no trouble, from what is seen now to the end.
pub fn plan(goal: &Goal, seen: &Observation) -> Vec<EventKind> {
    let mut seen = seen.clone();
    let mut events = Vec::new();
    for _ in 0..MAX_STEPS {
        match decide(goal, &seen) {
            Decision::Act(action) => {
                seen = after_action(goal, seen, &action);
                events.push(EventKind::ActionStarted { action });
            }
            Decision::Wait(on) => {
                seen = after_wait(seen, &on);
                events.push(EventKind::Waiting { on });
            }
            Decision::Finish(outcome) => {
                events.push(finished(outcome));
                break;
            }
        }
    }
    events
}

fn finished(outcome: Outcome) -> EventKind {
    EventKind::Finished {
        outcome,
        seconds: 0,
    }
}

/// What would be seen after an action.
pub fn after_action(goal: &Goal, mut seen: Observation, action: &Action) -> Observation {
    match action {
        Action::Begin => seen.entry = Record::begin(goal, &seen).map(opened),
        Action::CreateTemplateVersion => create_template_version(goal, &mut seen),
        Action::StartRefresh { version } => start_refresh(&mut seen, *version),
        Action::RollbackRefresh => set_status(&mut seen, RefreshStatus::RollbackInProgress),
        Action::CancelRefresh => set_status(&mut seen, RefreshStatus::Cancelling),
        Action::MoveDefaultVersion { version } => {
            if let Seen::Known(templates) = &mut seen.fleet.templates {
                templates.default_version = *version;
            }
        }
        Action::WriteParameter { value } => {
            seen.fleet.parameter = Seen::Known(Some(value.clone()));
        }
        Action::TurnBack { reason } => {
            let turned = TurnedBack::new(reason, seen.at);
            seen.entry = seen.entry.map(|entry| Entry {
                turned_back: Some(turned),
                ..entry
            });
        }
        Action::Close { outcome } => {
            let closed = Closed::new(outcome, seen.at);
            seen.entry = seen.entry.map(|entry| Entry {
                closed: Some(closed),
                ..entry
            });
        }
    }
    seen.applied.push(action.clone());
    seen
}

fn opened(record: Record) -> Entry {
    Entry {
        record,
        turned_back: None,
        closed: None,
    }
}

/// The next number is a guess: AWS counts versions by itself, also those made by hand.
fn create_template_version(goal: &Goal, seen: &mut Observation) {
    if let Seen::Known(templates) = &mut seen.fleet.templates {
        templates.ours = Some(Template {
            id: templates.base.id.clone(),
            number: templates.base.number + 1,
            version: Some(goal.wanted.version.clone()),
            manifest: Some(goal.wanted.manifest),
        });
    }
}

fn start_refresh(seen: &mut Observation, version: u64) {
    let refresh = Refresh {
        id: "(planned)".to_owned(),
        status: RefreshStatus::InProgress,
        detail: String::new(),
        version: Some(version),
        percent: 0,
        started: seen.at,
        ended: None,
    };
    if let Seen::Known(refreshes) = &mut seen.fleet.refreshes {
        refreshes.insert(0, refresh);
    }
}

fn set_status(seen: &mut Observation, status: RefreshStatus) {
    let ended = (!status.is_active()).then_some(seen.at);
    if let Seen::Known(refreshes) = &mut seen.fleet.refreshes
        && let Some(refresh) = refreshes.first_mut()
    {
        refresh.status = status;
        refresh.ended = ended;
    }
}

/// What would be seen once that which is awaited has come.
fn after_wait(mut seen: Observation, on: &WaitingOn) -> Observation {
    let newest = seen.fleet.refreshes.known().and_then(|all| all.first());
    let Some((status, version)) = newest.map(|refresh| (refresh.status, refresh.version)) else {
        return seen;
    };
    let previous = seen
        .entry
        .as_ref()
        .map(|entry| entry.record.previous.template_version);
    match (on, status) {
        (WaitingOn::Settling { .. }, _) => settle(&mut seen, version),
        (_, RefreshStatus::RollbackInProgress) => {
            set_status(&mut seen, RefreshStatus::RollbackSuccessful);
            settle(&mut seen, previous);
        }
        (_, RefreshStatus::Cancelling) => set_status(&mut seen, RefreshStatus::Cancelled),
        (_, status) if status.is_active() => {
            set_status(&mut seen, RefreshStatus::Successful);
            settle(&mut seen, version);
        }
        _ => {}
    }
    seen
}

/// Every member serves `version`, every target is healthy.
fn settle(seen: &mut Observation, version: Option<u64>) {
    let (Seen::Known(group), Seen::Known(targets)) =
        (&mut seen.fleet.group, &mut seen.fleet.targets)
    else {
        return;
    };
    group
        .members
        .retain(|member| member.lifecycle.stage == Stage::InService);
    complete(group);
    for member in &mut group.members {
        member.template_version = version;
        member.healthy = true;
        let healthy = Target {
            health: TargetHealth::Healthy,
            word: "healthy".to_owned(),
            detail: String::new(),
        };
        targets.insert(member.instance.clone(), healthy);
    }
}

/// As many members in service as desired, as far as there is one to take for a pattern.
fn complete(group: &mut Group) {
    let Some(pattern) = group.members.first().cloned() else {
        return;
    };
    while group.members.len() < group.desired as usize {
        let mut member = pattern.clone();
        member.instance = format!("(planned {})", group.members.len() + 1);
        group.members.push(member);
    }
}
