//! Stories and properties of a rollout, on a small group in memory.

mod driving;
mod properties;
mod stories;
mod world;

use crate::fleet::Applied;
use crate::journal::{DeploymentId, Record};
use crate::rollout::action::Action;
use crate::rollout::decide::decide;
use crate::rollout::decision::Decision;
use crate::rollout::goal::{Aim, Goal, Limits, Outcome, Wanted};
use crate::rollout::observation::{
    Blindness, MemberFailure, Observation, RefreshStatus, Seen, TargetHealth,
};
use crate::rollout::safety;
use contract::digest::Digest;
use jiff::Timestamp;
use std::time::Duration;
use world::{TICK, World};

/// More steps than the longest bounded run takes: several deadlines of an hour, in steps of ten seconds.
const MAX_STEPS: usize = 5000;

fn goal(now: Timestamp) -> Goal {
    Goal {
        deployment: DeploymentId::new(now, 0x00ab_cdef),
        fence: 1,
        by: "tester@here".to_owned(),
        service: "example".parse().unwrap(),
        environment: "prod".parse().unwrap(),
        group: "example".to_owned(),
        wanted: Wanted {
            version: "1.1.0".parse().unwrap(),
            manifest: Digest::of(b"1.1.0"),
        },
        undoes: None,
        aim: Aim::Forward,
        limits: Limits {
            failure_budget: 1,
            deadline: Duration::from_hours(1),
            settle: Duration::from_mins(10),
        },
        began: now,
    }
}

/// What befalls a run before one of its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Chance {
    /// Nothing.
    Calm,
    /// The process is killed and started again: it forgets everything that is not in the journal or in AWS.
    Killed,
    /// The group, the refreshes or everything cannot be read this time.
    BlindGroup,
    BlindRefreshes,
    BlindAll,
    /// The next action takes effect, and its answer is lost.
    LostReply,
    /// The next action never arrives.
    LostRequest,
    /// A member's target fails for a moment.
    Flap(usize),
    /// Somebody cancels the refresh.
    Cancelled,
    /// The operator asks for a rollback.
    Operator,
}

/// A run of pure decisions on a world, with the memory that the driver has.
struct Run {
    goal: Goal,
    world: World,
    applied: Vec<Action>,
    refused: Vec<(Action, String)>,
    failed_before: Vec<MemberFailure>,
    blind_since: Option<Timestamp>,
    trouble: bool,
    /// Every action that was decided on, in order.
    log: Vec<Action>,
}

impl Run {
    fn new(world: World) -> Self {
        Self {
            goal: goal(world.now),
            world,
            applied: Vec::new(),
            refused: Vec::new(),
            failed_before: Vec::new(),
            blind_since: None,
            trouble: false,
            log: Vec::new(),
        }
    }

    /// Runs to the end; `chance` says what befalls each step.
    fn finish(&mut self, mut chance: impl FnMut(usize) -> Chance) -> Outcome {
        for step in 0..MAX_STEPS {
            if let Some(outcome) = self.step(chance(step)) {
                return outcome;
            }
        }
        panic!("no end after {MAX_STEPS} steps: {:?}", self.log);
    }

    fn step(&mut self, chance: Chance) -> Option<Outcome> {
        // What happens after the outcome was written is no longer the deployment's.
        let is_open = self
            .world
            .entry
            .as_ref()
            .is_none_or(|entry| entry.closed.is_none());
        if is_open {
            self.befall(chance);
        }
        let seen = self.observe(chance);
        self.failed_before.extend(safety::new_failures(&seen));
        match decide(&self.goal, &seen) {
            Decision::Finish(outcome) => return Some(outcome),
            Decision::Wait(_) => self.world.advance(TICK),
            Decision::Act(action) => self.act(action, &seen, chance),
        }
        None
    }

    fn befall(&mut self, chance: Chance) {
        match chance {
            Chance::Killed => self.forget(),
            Chance::Operator => self.goal.aim = Aim::Back,
            Chance::Cancelled if self.world.is_refreshing() => {
                self.world.refreshes[0].status = RefreshStatus::Cancelling;
            }
            Chance::Flap(which) => {
                let members: Vec<String> = self
                    .world
                    .in_service()
                    .map(|member| member.instance.clone())
                    .collect();
                let target = members
                    .get(which)
                    .and_then(|it| self.world.targets.get_mut(it));
                if let Some(health) = target {
                    *health = TargetHealth::Unhealthy;
                }
            }
            _ => {}
        }
    }

    fn forget(&mut self) {
        self.applied.clear();
        self.refused.clear();
        self.blind_since = None;
        self.trouble = false;
        self.goal.began = self.world.now;
    }

    fn observe(&mut self, chance: Chance) -> Observation {
        let record = self.world.entry.as_ref().map(|entry| &entry.record);
        let mut fleet = self.world.view(record);
        let why = || "throttled".to_owned();
        if matches!(chance, Chance::BlindGroup | Chance::BlindAll) {
            fleet.group = Seen::Unknown { why: why() };
            fleet.targets = Seen::Unknown { why: why() };
        }
        if matches!(chance, Chance::BlindRefreshes | Chance::BlindAll) {
            fleet.refreshes = Seen::Unknown { why: why() };
        }
        let is_blind = fleet.blindness().is_some() || self.trouble;
        self.trouble = false;
        let at = self.world.now;
        self.blind_since = is_blind.then(|| self.blind_since.unwrap_or(at));
        let blind = self.blind_since.map(|since| Blindness {
            since,
            detail: why(),
        });
        Observation {
            at,
            entry: self.world.entry.clone(),
            fleet,
            applied: self.applied.clone(),
            refused: self.refused.clone(),
            failed_before: self.failed_before.clone(),
            blind,
        }
    }

    fn act(&mut self, action: Action, seen: &Observation, chance: Chance) {
        if self.applied.contains(&action) {
            self.trouble = true;
            self.world.advance(TICK);
        }
        self.log.push(action.clone());
        if action.is_journal() {
            self.world.write(&action, Record::begin(&self.goal, seen));
            self.applied.push(action);
            return;
        }
        let record = self
            .world
            .entry
            .clone()
            .expect("the record comes first")
            .record;
        if chance == Chance::LostRequest {
            self.trouble = true;
            return self.world.advance(TICK);
        }
        let result = self.world.apply(&action, &record);
        if chance == Chance::LostReply {
            self.trouble = true;
            return self.world.advance(TICK);
        }
        match result {
            Applied::Done => self.applied.push(action),
            Applied::Refused(detail) => self.refused.push((action, detail)),
        }
    }

    /// What must hold after every run, however it went.
    fn assert_sound(&self, outcome: &Outcome) {
        let ours = self.world.made.first().map(|(_, template)| template.number);
        assert!(
            self.world.made.len() <= 1,
            "a second template version: {:?}",
            self.log
        );
        assert_eq!(
            self.log.first(),
            Some(&Action::Begin),
            "the record comes first"
        );
        let closes: Vec<usize> = (0..self.log.len())
            .filter(|at| matches!(self.log[*at], Action::Close { .. }))
            .collect();
        match outcome {
            Outcome::InDoubt { .. } => assert!(closes.is_empty(), "in doubt is still open"),
            _ => assert_eq!(closes, [self.log.len() - 1], "closing comes last, and once"),
        }
        match outcome {
            Outcome::Done => assert!(self.world.serves_only(ours.unwrap()), "{:?}", self.world),
            Outcome::RolledBack { .. } => {
                assert!(self.world.serves_only(world::OLD), "{:?}", self.world);
                assert_ne!(Some(self.world.default_version), ours);
                assert_ne!(self.world.parameter.as_deref(), Some("1.1.0"));
            }
            _ => {}
        }
    }
}
