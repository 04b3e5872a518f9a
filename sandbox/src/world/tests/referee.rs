//! Watches a group from outside, moment by moment, and knows the rules of 1.4 in its own words: it shares no code with what it
//! judges.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::stage::{SECOND, Stage};
use crate::world::member::{Departure, Why};
use crate::world::{ChangeKind, Health, InstanceId, Lifecycle, Member, Preferences, TargetState};

/// The lag after `InService` that the stage's timings have.
const EVALUATION: Duration = Duration::from_secs(10);

/// What is remembered of the moment before.
#[derive(Debug, Clone)]
struct Before {
    leaving: bool,
    /// In service and healthy everywhere.
    fit: bool,
}

#[derive(Debug, Default)]
pub(super) struct Referee {
    before: BTreeMap<InstanceId, Before>,
    changes_read: usize,
}

impl Referee {
    /// Looks at the group after everything of this moment has happened.
    pub(super) fn look(&mut self, stage: &Stage, preferences: &Preferences) {
        let spoilt = self.spoilt(stage);
        let sent = self.sent_away(stage, preferences, &spoilt, Departure::Refresh);
        if !sent.is_empty() {
            let scaled_in = self.sent_away(stage, preferences, &spoilt, Departure::ScaleIn);
            check_floor(stage, preferences, &sent, scaled_in.len());
        }
        self.check_ceiling(stage, preferences);
        self.before = remember(stage);
    }

    /// Whose target became unhealthy in this moment, and whom somebody set aside: they may go, whoever else is there.
    fn spoilt(&mut self, stage: &Stage) -> BTreeSet<InstanceId> {
        let changes = &stage.world.changes()[self.changes_read..];
        self.changes_read = stage.world.changes().len();
        changes
            .iter()
            .filter(|c| match c.kind {
                ChangeKind::Target(to) => to == TargetState::Unhealthy,
                ChangeKind::Lifecycle(to) => to.is_standby(),
            })
            .map(|c| c.instance.clone())
            .collect()
    }

    /// Those who served until now, and were sent away for this reason.
    fn sent_away(
        &self,
        stage: &Stage,
        preferences: &Preferences,
        spoilt: &BTreeSet<InstanceId>,
        departure: Departure,
    ) -> Vec<InstanceId> {
        let members = stage.group().members.values();
        members
            .filter(|m| m.lifecycle.is_leaving() && m.departure == Some(departure))
            .filter(|m| self.before.get(&m.id).is_some_and(|b| !b.leaving && b.fit))
            .filter(|m| m.health == Health::Healthy && !spoilt.contains(&m.id))
            .filter(|m| is_warm(stage, preferences, m))
            .map(|m| m.id.clone())
            .collect()
    }

    /// What the refresh launches stays within the maximum.
    fn check_ceiling(&self, stage: &Stage, preferences: &Preferences) {
        let group = stage.group();
        let new = |m: &&Member| !self.before.contains_key(&m.id) && m.why == Why::Refresh;
        if self.before.is_empty() || !group.members.values().any(|m| new(&m)) {
            return;
        }
        let (live, ceiling) = (group.live().count(), ceiling(preferences, group.desired));
        assert!(
            live <= ceiling,
            "{live} live members, at most {ceiling}, at {}\n{}",
            stage.now,
            stage.transcript()
        );
    }
}

/// Enough serve after the refresh has sent these away, not counting what a scale-in in the same moment has taken. Without a
/// maximum one may be missing, if everybody else serves.
fn check_floor(stage: &Stage, preferences: &Preferences, sent: &[InstanceId], scaled_in: usize) {
    let group = stage.group();
    let floor = (group.desired * preferences.min_healthy() as usize).div_ceil(100);
    let serving = group
        .live()
        .filter(|m| is_fit(stage, m) && is_warm(stage, preferences, m))
        .count();
    let others = group.live().filter(|m| m.launched_at < stage.now);
    let calm = others.count() == serving && serving + scaled_in + 1 >= group.desired;
    let exempt = preferences.max_healthy.is_none() && calm;
    assert!(
        serving + scaled_in >= floor || exempt,
        "{serving} serve, {floor} must, after {sent:?} were sent away at {}\n{}\n{}",
        stage.now,
        stage.transcript(),
        stage.describe()
    );
}

fn ceiling(preferences: &Preferences, desired: usize) -> usize {
    let Some(max) = preferences.max_healthy else {
        return desired;
    };
    let floor = (desired * preferences.min_healthy() as usize).div_ceil(100);
    let ceiling = (desired * max as usize).div_ceil(100);
    if ceiling > floor {
        ceiling
    } else {
        desired + 1
    }
}

fn remember(stage: &Stage) -> BTreeMap<InstanceId, Before> {
    let members = stage.group().members.values();
    members
        .map(|member| {
            let before = Before {
                leaving: member.lifecycle.is_leaving(),
                fit: is_fit(stage, member),
            };
            (member.id.clone(), before)
        })
        .collect()
}

fn is_fit(stage: &Stage, member: &Member) -> bool {
    let target_group = stage.world.target_group(&stage.target_group);
    let target = target_group.and_then(|t| t.targets.get(&member.id));
    member.lifecycle == Lifecycle::InService
        && member.health == Health::Healthy
        && target.is_some_and(|t| t.state == TargetState::Healthy)
}

fn is_warm(stage: &Stage, preferences: &Preferences, member: &Member) -> bool {
    let warmup = preferences
        .warmup
        .unwrap_or(stage.group().health_check_grace);
    let ready = |since: Timestamp| since + warmup.max(EVALUATION) <= stage.now;
    member.in_service_since.is_some_and(ready)
}

/// For each instance, its lifecycle states in order.
pub(super) fn lives(stage: &Stage) -> BTreeMap<&InstanceId, Vec<(Timestamp, Lifecycle)>> {
    let mut lives: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for change in stage.world.changes() {
        if let ChangeKind::Lifecycle(state) = change.kind {
            lives
                .entry(&change.instance)
                .or_default()
                .push((change.at, state));
        }
    }
    lives
}

/// No hook waits for longer than its heartbeat, unless the world ends before.
pub(super) fn check_hooks(stage: &Stage, heartbeat: Duration) {
    for (id, states) in lives(stage) {
        for (at, (since, state)) in states.iter().enumerate() {
            if !matches!(state, Lifecycle::PendingWait | Lifecycle::TerminatingWait) {
                continue;
            }
            let until = states.get(at + 1).map_or(stage.now, |(at, _)| *at);
            assert!(until <= *since + heartbeat + SECOND, "{id}: {states:?}");
        }
    }
}
