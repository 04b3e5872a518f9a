//! Where the live members stand, in an order in which every question of a refresh is answered without asking all of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::survey::{Phase, Side, Standing};
use crate::world::InstanceId;

/// One standing for each live member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Standings {
    all: BTreeMap<InstanceId, Standing>,
    /// The same by side and phase; no empty ones.
    groups: BTreeMap<(Side, Phase), BTreeSet<InstanceId>>,
    /// Whose phase ends by itself, and when.
    ends: BTreeSet<(Timestamp, InstanceId)>,
}

impl Standings {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// How many stand on such a side and in such a phase.
    pub(super) fn count(&self, wanted: impl Fn(Side, Phase) -> bool) -> usize {
        self.matching(wanted).map(BTreeSet::len).sum()
    }

    /// The first of these, by id.
    pub(super) fn first(&self, wanted: impl Fn(Side, Phase) -> bool) -> Option<&Standing> {
        let first = self.matching(wanted).filter_map(BTreeSet::first).min()?;
        self.all.get(first)
    }

    /// The next moment at which somebody's phase ends by itself.
    pub(super) fn next_end(&self) -> Option<Timestamp> {
        self.ends.first().map(|(at, _)| *at)
    }

    /// Those whose phase has ended by `now`.
    pub(super) fn ended(&self, now: Timestamp) -> impl Iterator<Item = &InstanceId> {
        let ended = self.ends.iter().take_while(move |(at, _)| *at <= now);
        ended.map(|(_, id)| id)
    }

    pub(super) fn insert(&mut self, standing: Standing) {
        self.remove(&standing.id);
        let id = standing.id.clone();
        let key = (standing.side, standing.phase);
        self.groups.entry(key).or_default().insert(id.clone());
        if let Some(at) = standing.until {
            self.ends.insert((at, id.clone()));
        }
        self.all.insert(id, standing);
    }

    pub(super) fn remove(&mut self, id: &InstanceId) {
        let Some(standing) = self.all.remove(id) else {
            return;
        };
        let key = (standing.side, standing.phase);
        if let Some(group) = self.groups.get_mut(&key) {
            group.remove(id);
            if group.is_empty() {
                self.groups.remove(&key);
            }
        }
        if let Some(at) = standing.until {
            self.ends.remove(&(at, standing.id));
        }
    }

    fn matching(
        &self,
        wanted: impl Fn(Side, Phase) -> bool,
    ) -> impl Iterator<Item = &BTreeSet<InstanceId>> {
        let groups = self.groups.iter();
        groups
            .filter(move |((side, phase), _)| wanted(*side, *phase))
            .map(|(_, ids)| ids)
    }
}
