//! How a group stands in the eyes of its refresh: for each live member, which side it is on and how far it has come. A pure
//! reading; nothing is decided here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::RefreshStatus;
use super::aside::{Aside, Treatment};
use super::plan::{Candidate, Limits, Seen};
use super::record::{Generation, Refresh};
use super::standings::Standings;
use crate::world::victims::Queue;
use crate::world::{
    Group, Health, InstanceId, LaunchTemplateId, Member, ResolvedVersion, TerminationPolicy, World,
};

/// The whole group. It is kept from one look to the next, and only who may have changed is read again; that this comes to the
/// same as reading everybody is asserted wherever assertions are on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::world) struct Survey {
    lens: Lens,
    pub(super) desired: usize,
    pub(super) live: Standings,
    /// Members that the refresh launched or sent away, that leave and are not gone yet.
    pub(super) departing: BTreeSet<InstanceId>,
    /// Outdated members that are not simply replaced.
    pub(super) aside: Aside,
    /// Outdated members that may be replaced although they do not serve.
    idle: Queue,
    /// Outdated members that serve and may be replaced.
    serving: Queue,
}

/// What everybody's standing depends on besides himself and the time: with another lens, everybody is read again.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lens {
    leg: Generation,
    wanted: Option<ResolvedVersion>,
    warmup: Duration,
    elb: bool,
    target_groups: Vec<String>,
    template: LaunchTemplateId,
    policies: Vec<TerminationPolicy>,
}

/// One live member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) id: InstanceId,
    pub(super) side: Side,
    pub(super) phase: Phase,
    /// When the phase ends by itself, if it does.
    pub(super) until: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    /// To be replaced.
    Outdated,
    /// Launched by this leg of the refresh.
    Updated,
    /// None of the refresh's business.
    Untouched,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Not in service yet.
    Coming,
    /// In service, but EC2 has not been asked long enough.
    UnprovenByEc2,
    /// In service, but a target group does not say healthy yet.
    UnprovenByElb,
    /// Healthy, warming up.
    Warming,
    /// Counts as healthy capacity.
    Available,
    /// Unhealthy.
    Ailing,
}

impl Survey {
    pub(super) fn count(&self, side: Side) -> usize {
        self.live.count(|s, _| s == side)
    }

    fn done(&self) -> usize {
        self.updated_in(|phase| phase == Phase::Available)
    }

    pub(super) fn updated_in(&self, wanted: impl Fn(Phase) -> bool) -> usize {
        self.live
            .count(|side, phase| side == Side::Updated && wanted(phase))
    }

    /// Replacements that are there while their predecessors are too.
    fn surplus(&self) -> usize {
        self.live.len().saturating_sub(self.desired)
    }

    /// How many members the refresh replaces all in all.
    pub(super) fn total(&self) -> usize {
        let missing = self.desired.saturating_sub(self.live.len());
        let there = self.count(Side::Updated) + self.count(Side::Outdated) + self.aside.standby();
        (there + missing).saturating_sub(self.surplus())
    }

    /// The share of replaced members that are healthy and warm; a refresh with nothing to replace is complete.
    pub(super) fn percentage(&self) -> u32 {
        let total = self.total();
        let percent = (100 * self.done().min(total))
            .checked_div(total)
            .unwrap_or(100);
        u32::try_from(percent).unwrap_or(100)
    }

    /// Members still to be replaced, those excluded whose replacement is launched already. During a rollback: those that
    /// never were replaced.
    pub(super) fn to_update(&self, status: RefreshStatus) -> usize {
        if status == RefreshStatus::RollbackInProgress {
            return self.count(Side::Untouched);
        }
        (self.count(Side::Outdated) + self.aside.standby()).saturating_sub(self.surplus())
    }

    /// Nothing left to replace, and everyone who was is available.
    pub(super) fn replaced(&self) -> bool {
        self.live.len() >= self.desired
            && self.aside.standby() == 0
            && self.live.count(|side, phase| match side {
                Side::Outdated => true,
                Side::Updated => phase != Phase::Available,
                Side::Untouched => false,
            }) == 0
    }

    /// What a plan needs to see. Of those who may be sent away it sees no more than it can send.
    pub(super) fn seen(&self, group: &Group, limits: Limits) -> Seen {
        let available = self.live.count(|_, phase| phase == Phase::Available);
        let spare = available.saturating_sub(limits.floor).max(1);
        let candidate = |available| move |id| Candidate { id, available };
        let idle = self.idle.first(group, self.idle.len());
        let serving = self.serving.first(group, spare);
        Seen {
            desired: self.desired,
            live: self.live.len(),
            updated: self.count(Side::Updated),
            available,
            calm: available == self.live.len(),
            to_replace: self
                .count(Side::Outdated)
                .saturating_sub(self.aside.protected.len()),
            outdated: idle
                .into_iter()
                .map(candidate(false))
                .chain(serving.into_iter().map(candidate(true)))
                .collect(),
        }
    }

    /// The next moment at which somebody's phase ends by itself.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.live.next_end()
    }

    fn new(lens: Lens) -> Self {
        Self {
            lens,
            desired: 0,
            live: Standings::default(),
            departing: BTreeSet::new(),
            aside: Aside::default(),
            idle: Queue::default(),
            serving: Queue::default(),
        }
    }

    fn forget(&mut self, id: &InstanceId) {
        self.live.remove(id);
        self.departing.remove(id);
        self.aside.forget(id);
        self.idle.remove(id);
        self.serving.remove(id);
    }

    /// Whoever is not proven yet is waited for, except in a rollback, where nobody waits for what is not wanted any more.
    fn enter(&mut self, group: &Group, refresh: &Refresh, member: &Member, mut standing: Standing) {
        let ripe = matches!(standing.phase, Phase::Available | Phase::Ailing);
        if standing.side == Side::Outdated {
            match refresh.preferences.treatment(member) {
                Treatment::Leave => standing.side = Side::Untouched,
                Treatment::Await => self.aside.enter(member, Treatment::Await),
                Treatment::Replace if ripe || refresh.rollback.is_some() => {
                    self.queue(standing.phase).insert(group, member);
                }
                Treatment::Replace => {}
            }
        }
        self.live.insert(standing);
    }

    fn queue(&mut self, phase: Phase) -> &mut Queue {
        match phase {
            Phase::Available => &mut self.serving,
            _ => &mut self.idle,
        }
    }

    fn set_aside(&mut self, refresh: &Refresh, member: &Member) {
        if side(refresh, member, self.lens.wanted.as_ref()) == Side::Outdated {
            let treatment = refresh.preferences.treatment(member);
            self.aside.enter(member, treatment);
        }
    }
}

impl World {
    /// Reads the group through the eyes of its active refresh.
    pub(super) fn survey(&mut self, name: &str) -> Option<Arc<Survey>> {
        let group = self.groups.get_mut(name)?;
        let touched = group.members.take_touched();
        let kept = group.survey.take();
        let group = self.groups.get(name)?;
        let refresh = group.active_refresh()?;
        let lens = self.lens(group, refresh);
        let survey = match kept.filter(|kept| kept.lens == lens) {
            Some(mut kept) => {
                let survey = Arc::make_mut(&mut kept);
                self.read_again(survey, group, refresh, touched);
                debug_assert_eq!(*survey, self.read_all(lens, group, refresh));
                kept
            }
            None => Arc::new(self.read_all(lens, group, refresh)),
        };
        if let Some(group) = self.groups.get_mut(name) {
            group.survey = Some(Arc::clone(&survey));
        }
        Some(survey)
    }

    /// Live members by zone that the refresh will not replace, by their origin alone.
    pub(in crate::world) fn staying_by_zone<'a>(
        &self,
        group: &'a Group,
        refresh: &Refresh,
    ) -> BTreeMap<&'a str, usize> {
        let (there, back) = (refresh.leg(false), refresh.rollback.is_some());
        let wanted = refresh.desired.as_ref().unwrap_or(&group.template);
        let wanted = self.templates.resolve(wanted).map(|version| version.number);
        let matching = |number| refresh.preferences.skip_matching && Some(number) == wanted;
        group.members.by_origin(|(generation, number)| {
            let forward = generation == Some(there);
            if back {
                !forward
            } else {
                forward || matching(number)
            }
        })
    }

    fn lens(&self, group: &Group, refresh: &Refresh) -> Lens {
        let wanted = refresh.desired.as_ref().unwrap_or(&group.template);
        Lens {
            leg: refresh.leg(refresh.rollback.is_some()),
            wanted: self.templates.resolve(wanted),
            warmup: refresh.warmup(group),
            elb: group.health_checks.elb,
            target_groups: group.target_groups.clone(),
            template: group.template.id.clone(),
            policies: group.termination_policies.clone(),
        }
    }

    fn read_all(&self, lens: Lens, group: &Group, refresh: &Refresh) -> Survey {
        let mut survey = Survey::new(lens);
        self.read_again(&mut survey, group, refresh, group.members.keys().cloned());
        survey
    }

    /// Reads those who were touched, and those whom time has moved on.
    fn read_again(
        &self,
        survey: &mut Survey,
        group: &Group,
        refresh: &Refresh,
        touched: impl IntoIterator<Item = InstanceId>,
    ) {
        survey.desired = group.desired;
        let mut again: BTreeSet<_> = survey.live.ended(self.now).cloned().collect();
        again.extend(touched);
        for id in again {
            survey.forget(&id);
            let Some(member) = group.members.get(&id) else {
                continue;
            };
            if member.is_live() {
                let standing = self.standing(group, refresh, member, survey.lens.wanted.as_ref());
                survey.enter(group, refresh, member, standing);
            } else if member.lifecycle.is_leaving() && refresh.has_moved(member) {
                survey.departing.insert(id);
            } else if member.lifecycle.is_standby() {
                survey.set_aside(refresh, member);
            }
        }
    }

    fn standing(
        &self,
        group: &Group,
        refresh: &Refresh,
        member: &Member,
        wanted: Option<&ResolvedVersion>,
    ) -> Standing {
        let (phase, until) = self.phase(group, refresh, member);
        let side = side(refresh, member, wanted);
        Standing {
            id: member.id.clone(),
            side,
            phase,
            until,
        }
    }

    fn phase(
        &self,
        group: &Group,
        refresh: &Refresh,
        member: &Member,
    ) -> (Phase, Option<Timestamp>) {
        let Some(since) = member.in_service_since else {
            return (Phase::Coming, None);
        };
        if member.health != Health::Healthy {
            return (Phase::Ailing, None);
        }
        let proven = since + self.timings.health_evaluation;
        if proven > self.now {
            return (Phase::UnprovenByEc2, Some(proven));
        }
        if group.health_checks.elb && !self.healthy_everywhere(group, &member.id) {
            return (Phase::UnprovenByElb, None);
        }
        let warm = since + refresh.warmup(group);
        if warm > self.now {
            (Phase::Warming, Some(warm))
        } else {
            (Phase::Available, None)
        }
    }
}

fn side(refresh: &Refresh, member: &Member, wanted: Option<&ResolvedVersion>) -> Side {
    let forward = member.generation == Some(refresh.leg(false));
    if refresh.rollback.is_some() {
        return match member.generation {
            Some(leg) if leg == refresh.leg(true) => Side::Updated,
            _ if forward => Side::Outdated,
            _ => Side::Untouched,
        };
    }
    let skip = refresh.preferences.skip_matching;
    match (forward, skip, Some(&member.template) == wanted) {
        (true, false, _) | (true, true, true) => Side::Updated,
        (false, true, true) => Side::Untouched,
        (false, false, _) | (_, true, false) => Side::Outdated,
    }
}

#[cfg(test)]
impl World {
    /// Whether the survey, brought up to date, is what reading everybody comes to.
    pub(in crate::world) fn is_surveyed_right(&mut self, name: &str) -> bool {
        let survey = self.survey(name);
        let Some((survey, group)) = survey.zip(self.group(name)) else {
            return true;
        };
        let all = group
            .active_refresh()
            .map(|refresh| self.read_all(survey.lens.clone(), group, refresh));
        all.is_some_and(|all| *survey == all)
    }
}
