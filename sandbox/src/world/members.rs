//! Everyone in a group, and what a group asks of all of them at every look: how many live in which zone, who is unhealthy, who waits.
//! Counting ten thousand members for each of ten thousand launches would take minutes, so the answers are kept as a tally
//! beside them. No rule keeps it: whoever is handed out for change is taken out of the tally and counted anew afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

use super::member::Why;
use super::refresh::Generation;
use super::{InstanceId, Member};

/// The members by id. Reads like the map that it is; changes go through its own methods.
#[derive(Debug, Clone, Default)]
pub struct Members {
    all: BTreeMap<InstanceId, Member>,
    /// Of all but the one in hand.
    tally: Tally,
    /// Handed out for change last, and perhaps changed since.
    in_hand: Option<InstanceId>,
    /// Who may have changed since somebody last asked.
    touched: BTreeSet<InstanceId>,
}

/// Which refresh launched a member, if one did, and the number of its launch template version.
pub(super) type Origin = (Option<Generation>, u64);

/// A recount, or what must agree with one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tally {
    /// Live members by zone; no zone without one.
    live: BTreeMap<String, usize>,
    /// Launches under way that replace unhealthy members.
    replacing: usize,
    /// Live members by the refresh that launched them and the version that they run, then by zone.
    origins: BTreeMap<Origin, BTreeMap<String, usize>>,
    /// Unhealthy members that still serve.
    unfit: BTreeSet<InstanceId>,
    /// For whom each lifecycle action waits, by its token.
    awaited: BTreeMap<String, InstanceId>,
}

impl Members {
    /// How many count towards the group's capacity.
    pub fn live(&self) -> usize {
        let counted: usize = self.tally.live.values().sum();
        counted + self.in_hand().filter(|m| m.is_live()).count()
    }

    /// The same by zone; zones without a live member are left out.
    pub fn live_by_zone(&self) -> BTreeMap<&str, usize> {
        let counted = self.tally.live.iter();
        let mut live: BTreeMap<_, _> = counted.map(|(zone, n)| (zone.as_str(), *n)).collect();
        for member in self.in_hand().filter(|m| m.is_live()) {
            *live.entry(member.zone.as_str()).or_default() += 1;
        }
        live
    }

    /// Live members of certain origins by zone.
    pub(super) fn by_origin(&self, wanted: impl Fn(Origin) -> bool) -> BTreeMap<&str, usize> {
        let counted = self.tally.origins.iter().filter(|(o, _)| wanted(**o));
        let mut by_zone: BTreeMap<&str, usize> = BTreeMap::new();
        for (zone, count) in counted.flat_map(|(_, zones)| zones) {
            *by_zone.entry(zone.as_str()).or_default() += count;
        }
        for member in self.in_hand().filter(|m| m.is_live() && wanted(m.origin())) {
            *by_zone.entry(member.zone.as_str()).or_default() += 1;
        }
        by_zone
    }

    /// How many launches are under way that replace unhealthy members.
    pub(super) fn replacing(&self) -> usize {
        self.tally.replacing + self.in_hand().filter(|m| m.is_replacing()).count()
    }

    /// The unhealthy that still serve, by id.
    pub(super) fn unfit(&self) -> BTreeSet<InstanceId> {
        let in_hand = self.in_hand().filter(|m| m.serves_unfit());
        let in_hand = in_hand.map(|m| m.id.clone());
        self.tally.unfit.iter().cloned().chain(in_hand).collect()
    }

    /// The member on which the lifecycle action of that token waits.
    pub(super) fn awaiting(&self, token: &str) -> Option<&Member> {
        let counted = self.tally.awaited.get(token);
        let counted = counted.and_then(|id| self.all.get(id));
        let mut in_hand = self.in_hand();
        counted.or_else(|| in_hand.find(|m| m.hooks.iter().any(|action| action.token == token)))
    }

    pub(super) fn insert(&mut self, member: Member) {
        self.put_down();
        self.touched.insert(member.id.clone());
        if let Some(before) = self.all.remove(&member.id) {
            self.tally.remove(&before);
        }
        self.tally.add(&member);
        self.all.insert(member.id.clone(), member);
    }

    /// For change: from now on the member is taken for changed.
    pub(super) fn get_mut(&mut self, id: &InstanceId) -> Option<&mut Member> {
        self.put_down();
        let member = self.all.get_mut(id)?;
        self.tally.remove(member);
        self.in_hand = Some(member.id.clone());
        self.touched.insert(member.id.clone());
        Some(member)
    }

    pub(super) fn remove(&mut self, id: &InstanceId) -> Option<Member> {
        self.put_down();
        let member = self.all.remove(id)?;
        self.tally.remove(&member);
        self.touched.insert(member.id.clone());
        Some(member)
    }

    /// Something about the member that is not kept here has changed, such as its target's state.
    pub(super) fn touch(&mut self, id: &InstanceId) {
        if let Some((id, _)) = self.all.get_key_value(id) {
            self.touched.insert(id.clone());
        }
    }

    /// Who may have changed since the last call, the gone included.
    pub(super) fn take_touched(&mut self) -> BTreeSet<InstanceId> {
        std::mem::take(&mut self.touched)
    }

    /// Whether the tally is what a recount says; for assertions.
    pub(super) fn is_counted_right(&self) -> bool {
        let counted = self.all.values();
        let mut recount = Tally::default();
        for member in counted.filter(|m| Some(&m.id) != self.in_hand.as_ref()) {
            recount.add(member);
        }
        self.tally == recount
    }

    /// Nobody holds the one in hand any more, because everything here is borrowed anew.
    fn put_down(&mut self) {
        let member = self.in_hand.take().and_then(|id| self.all.get(&id));
        if let Some(member) = member {
            self.tally.add(member);
        }
    }

    fn in_hand(&self) -> impl Iterator<Item = &Member> {
        self.in_hand.iter().filter_map(|id| self.all.get(id))
    }
}

impl Deref for Members {
    type Target = BTreeMap<InstanceId, Member>;

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl Tally {
    fn add(&mut self, member: &Member) {
        if member.is_live() {
            count(&mut self.live, &member.zone);
            count(
                self.origins.entry(member.origin()).or_default(),
                &member.zone,
            );
        }
        self.replacing += usize::from(member.is_replacing());
        if member.serves_unfit() {
            self.unfit.insert(member.id.clone());
        }
        for action in &member.hooks {
            self.awaited.insert(action.token.clone(), member.id.clone());
        }
    }

    fn remove(&mut self, member: &Member) {
        if member.is_live() {
            discount(&mut self.live, &member.zone);
            if let Some(zones) = self.origins.get_mut(&member.origin()) {
                discount(zones, &member.zone);
                if zones.is_empty() {
                    self.origins.remove(&member.origin());
                }
            }
        }
        self.replacing -= usize::from(member.is_replacing());
        self.unfit.remove(&member.id);
        for action in &member.hooks {
            self.awaited.remove(&action.token);
        }
    }
}

fn count(zones: &mut BTreeMap<String, usize>, zone: &str) {
    match zones.get_mut(zone) {
        Some(live) => *live += 1,
        None => drop(zones.insert(zone.to_owned(), 1)),
    }
}

fn discount(zones: &mut BTreeMap<String, usize>, zone: &str) {
    if let Some(live) = zones.get_mut(zone) {
        *live -= 1;
        if *live == 0 {
            zones.remove(zone);
        }
    }
}

impl Member {
    fn origin(&self) -> Origin {
        (self.generation, self.template.number)
    }

    fn is_replacing(&self) -> bool {
        self.lifecycle.is_coming() && self.why == Why::Unhealthy
    }

    fn serves_unfit(&self) -> bool {
        self.in_service() && self.unfit().is_some()
    }
}
