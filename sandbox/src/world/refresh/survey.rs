//! How a group stands in the eyes of its refresh: for each live member, which side it is on and how far it has come. A pure
//! reading; nothing is decided here.

use jiff::Timestamp;

use super::RefreshStatus;
use super::plan::{Candidate, Seen};
use super::record::Refresh;
use crate::world::{Group, Health, InstanceId, Member, ResolvedVersion, World, victims};

/// The whole group.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) desired: usize,
    pub(super) live: Vec<Standing>,
    /// Members that the refresh launched or sent away, that leave and are not gone yet.
    pub(super) departing: Vec<InstanceId>,
    /// Outdated members that may be replaced, first the one to leave first.
    pub(super) order: Vec<Candidate>,
}

/// One live member.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) id: InstanceId,
    pub(super) side: Side,
    pub(super) phase: Phase,
    /// When the phase ends by itself, if it does.
    pub(super) until: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// To be replaced.
    Outdated,
    /// Launched by this leg of the refresh.
    Updated,
    /// None of the refresh's business.
    Untouched,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
        self.live.iter().filter(|s| s.side == side).count()
    }

    fn done(&self) -> usize {
        self.updated_in(|phase| phase == Phase::Available)
    }

    pub(super) fn updated_in(&self, wanted: impl Fn(Phase) -> bool) -> usize {
        self.live
            .iter()
            .filter(|s| s.side == Side::Updated && wanted(s.phase))
            .count()
    }

    /// Replacements that are there while their predecessors are too.
    fn surplus(&self) -> usize {
        self.live.len().saturating_sub(self.desired)
    }

    /// How many members the refresh replaces all in all.
    pub(super) fn total(&self) -> usize {
        let missing = self.desired.saturating_sub(self.live.len());
        let there = self.count(Side::Updated) + self.count(Side::Outdated);
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
        self.count(Side::Outdated).saturating_sub(self.surplus())
    }

    /// Nothing left to replace, and everyone who was is available.
    pub(super) fn replaced(&self) -> bool {
        self.live.len() >= self.desired
            && self.live.iter().all(|s| match s.side {
                Side::Outdated => false,
                Side::Updated => s.phase == Phase::Available,
                Side::Untouched => true,
            })
    }

    pub(super) fn seen(&self) -> Seen {
        let phases = || self.live.iter().map(|s| s.phase);
        Seen {
            desired: self.desired,
            live: self.live.len(),
            updated: self.count(Side::Updated),
            available: phases().filter(|p| *p == Phase::Available).count(),
            calm: phases().all(|p| matches!(p, Phase::Available | Phase::Ailing)),
            to_replace: self.count(Side::Outdated),
            outdated: self.order.clone(),
        }
    }

    /// The next moment at which somebody's phase ends by itself.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.live.iter().filter_map(|s| s.until).min()
    }
}

impl World {
    /// Reads the group through the eyes of its active refresh.
    pub(super) fn survey(&self, name: &str) -> Option<Survey> {
        let group = self.group(name)?;
        let refresh = group.active_refresh()?;
        let wanted = self
            .templates
            .resolve(refresh.desired.as_ref().unwrap_or(&group.template));
        let live: Vec<_> = group
            .live()
            .map(|member| self.standing(group, refresh, member, wanted.as_ref()))
            .collect();
        let departing = group
            .members
            .values()
            .filter(|m| !m.is_live() && refresh.has_moved(m))
            .map(|m| m.id.clone())
            .collect();
        let order = leaving_order(group, refresh, &live);
        Some(Survey {
            desired: group.desired,
            live,
            departing,
            order,
        })
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
        let warm = since + refresh.preferences.warmup.unwrap_or_else(|| group.warmup());
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

/// Who may be replaced: the unhealthy first, then those that serve. Whoever is not proven yet is waited for, except in a
/// rollback, where nobody waits for what is not wanted any more.
fn leaving_order(group: &Group, refresh: &Refresh, live: &[Standing]) -> Vec<Candidate> {
    let eligible = |s: &&Standing| {
        let ripe = matches!(s.phase, Phase::Available | Phase::Ailing);
        s.side == Side::Outdated && (ripe || refresh.rollback.is_some())
    };
    let (serving, idle): (Vec<_>, Vec<_>) = live
        .iter()
        .filter(eligible)
        .partition(|s| s.phase == Phase::Available);
    let in_order = |side: Vec<&Standing>, available: bool| {
        let members = side.into_iter().filter_map(|s| group.members.get(&s.id));
        let ids = victims::in_order(group, members);
        ids.into_iter().map(move |id| Candidate { id, available })
    };
    in_order(idle, false)
        .chain(in_order(serving, true))
        .collect()
}
