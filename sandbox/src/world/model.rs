//! The world itself: what it holds, and how time passes in it. Every rule lives with its noun.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::agenda::{Agenda, Timer};
use super::alarm::Alarms;
use super::ids::Mint;
use super::metric::{CpuFigures, Metrics};
use super::parameter::Parameters;
use super::policy::Policies;
use super::template::Templates;
use super::{
    Change, Effect, Group, Identity, Instance, InstanceId, Listener, LoadBalancer, Supply,
    TargetGroup, Timings,
};

/// One account in one Region.
///
/// Time only passes through arguments. Between two events nothing changes, so a caller sleeps until
/// [`World::next_event`] or until it has an input, calls [`World::advance`] and does what comes back.
#[derive(Debug, Clone)]
pub struct World {
    pub(super) identity: Identity,
    pub(super) timings: Timings,
    pub(super) now: Timestamp,
    pub(super) mint: Mint,
    pub(super) agenda: Agenda,
    pub(super) templates: Templates,
    pub(super) instances: BTreeMap<InstanceId, Instance>,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) deleted_groups: Vec<Group>,
    pub(super) target_groups: BTreeMap<String, TargetGroup>,
    pub(super) load_balancers: Vec<LoadBalancer>,
    pub(super) listeners: Vec<Listener>,
    pub(super) parameters: Parameters,
    pub(super) alarms: Alarms,
    pub(super) metrics: Metrics,
    pub(super) cpu: CpuFigures,
    pub(super) policies: Policies,
    pub(super) changes: Vec<Change>,
    pub(super) supply: Option<Arc<dyn Supply>>,
    pub(super) outbox: Vec<Effect>,
    stirred: BTreeSet<String>,
}

impl World {
    /// An empty account. The seed decides every identifier.
    pub fn new(identity: Identity, timings: Timings, seed: u64) -> Self {
        Self {
            identity,
            timings,
            now: Timestamp::UNIX_EPOCH,
            mint: Mint::new(seed),
            agenda: Agenda::default(),
            templates: Templates::default(),
            instances: BTreeMap::new(),
            groups: BTreeMap::new(),
            deleted_groups: Vec::new(),
            target_groups: BTreeMap::new(),
            load_balancers: Vec::new(),
            listeners: Vec::new(),
            parameters: Parameters::default(),
            alarms: Alarms::default(),
            metrics: Metrics::default(),
            cpu: CpuFigures::default(),
            policies: Policies::default(),
            changes: Vec::new(),
            supply: None,
            outbox: Vec::new(),
            stirred: BTreeSet::new(),
        }
    }

    /// Moves the model to `now` and returns what the outside must do. Call it before reading and after every input. A `now`
    /// before the last one counts as the last one.
    pub fn advance(&mut self, now: Timestamp) -> Vec<Effect> {
        self.catch_up(now);
        self.settle();
        std::mem::take(&mut self.outbox)
    }

    /// When something will next happen by itself, if nothing is put in before.
    pub fn next_event(&self) -> Option<Timestamp> {
        if self.stirred.is_empty() {
            self.agenda.next()
        } else {
            Some(self.now)
        }
    }

    /// Who and where this is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The moment that the model stands at.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets everything happen that is due by `now`, each at its own moment; effects stay in the outbox. What is stirred up at
    /// `now` itself waits for [`World::settle`], so that many inputs of one moment cost one look.
    pub(crate) fn catch_up(&mut self, now: Timestamp) {
        if now > self.now {
            self.settle();
        }
        while let Some((at, timer)) = self.agenda.due(now) {
            self.now = self.now.max(at);
            self.fire(timer);
            if at < now && self.agenda.next() != Some(at) {
                self.settle();
            }
        }
        self.now = self.now.max(now);
    }

    /// Notes that the instance's group has something to look at: this member.
    pub(super) fn stir(&mut self, id: &InstanceId) {
        let Some(instance) = self.instances.get(id) else {
            return;
        };
        if let Some(group) = self.groups.get_mut(&instance.group) {
            group.members.touch(id);
        }
        if !self.stirred.contains(&instance.group) {
            self.stirred.insert(instance.group.clone());
        }
    }

    /// Notes that the group has something to look at.
    pub(super) fn stir_group(&mut self, name: &str) {
        self.stirred.insert(name.to_owned());
    }

    /// Lets every group look at what has changed until nothing changes any more.
    pub(crate) fn settle(&mut self) {
        while let Some(name) = self.stirred.pop_first() {
            self.look(&name);
        }
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Boot(id) => self.boot(&id),
            Timer::HookDeadline(id) => self.expire_hooks(&id),
            Timer::Registered(id) => self.enter_service(&id),
            Timer::TargetRegistered {
                target_group,
                instance,
            } => self.begin_health_checks(&target_group, &instance),
            Timer::Drained {
                target_group,
                instance,
            } => self.end_drain(&target_group, &instance),
            Timer::Attached {
                group,
                target_group,
            } => self.attached(&group, &target_group),
            Timer::TurnedOff(id) => self.turned_off(&id),
            Timer::Forget(id) => self.forget(&id),
            Timer::HealthCheck(name) => self.check_targets(&name),
            Timer::Reclaim(id) => self.reclaimed(&id),
            Timer::Look(name) => self.stir_group(&name),
            Timer::Metrics => self.measure_all(),
            Timer::Alarm(name) => self.evaluate_alarm(&name),
        }
    }
}
