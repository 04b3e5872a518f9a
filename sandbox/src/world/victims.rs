//! Who leaves first when there is a choice: zone balance before everything, then the termination policies in order.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html>

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Group, InstanceId, Member, TerminationPolicy};

/// What decides between members of one zone: the least leaves first. It must not depend on the moment, because a queue is kept
/// over time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    policies: Vec<[i128; 2]>,
    launched_at: Timestamp,
    id: InstanceId,
}

/// In nanoseconds.
const HOUR: i128 = 3_600_000_000_000;

/// Members that may leave, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Queue {
    places: BTreeMap<InstanceId, (String, Rank)>,
    zones: BTreeMap<String, BTreeSet<Rank>>,
}

/// The candidates in the order in which they should leave.
pub(super) fn in_order<'a>(
    group: &Group,
    candidates: impl Iterator<Item = &'a Member>,
    now: Timestamp,
) -> Vec<InstanceId> {
    let mut queue = Queue::default();
    for member in candidates {
        queue.insert_as_of(group, member, Some(now));
    }
    queue.first(group, usize::MAX)
}

impl Queue {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn insert(&mut self, group: &Group, member: &Member) {
        self.insert_as_of(group, member, None);
    }

    fn insert_as_of(&mut self, group: &Group, member: &Member, now: Option<Timestamp>) {
        self.remove(&member.id);
        let (id, zone, rank) = (&member.id, &member.zone, Rank::new(group, member, now));
        self.places.insert(id.clone(), (zone.clone(), rank.clone()));
        self.zones.entry(zone.clone()).or_default().insert(rank);
    }

    pub(super) fn remove(&mut self, id: &InstanceId) {
        let Some((zone, rank)) = self.places.remove(id) else {
            return;
        };
        if let Some(ranks) = self.zones.get_mut(&zone) {
            ranks.remove(&rank);
            if ranks.is_empty() {
                self.zones.remove(&zone);
            }
        }
    }

    /// The first so many: one after the other from a zone that the group has given up, else the zone that is then the fullest; among equally full ones, the one that
    /// the policies put first.
    pub(super) fn first(&self, group: &Group, count: usize) -> Vec<InstanceId> {
        let mut population = group.members.live_by_zone();
        let zones = self.zones.iter();
        let mut heads: Vec<_> = zones
            .map(|(zone, ranks)| (zone.as_str(), ranks.iter().peekable()))
            .collect();
        let mut order = Vec::new();
        while order.len() < count {
            let fullest = heads.iter_mut().filter_map(|(zone, ranks)| {
                let head = *ranks.peek()?;
                let live = population.get(zone).copied().unwrap_or_default();
                let given_up = !group.place.zones.iter().any(|used| used == zone);
                Some((std::cmp::Reverse((given_up, live)), head, *zone, ranks))
            });
            let Some((_, head, zone, ranks)) =
                fullest.min_by_key(|(live, head, ..)| (*live, *head))
            else {
                break;
            };
            ranks.next();
            population
                .entry(zone)
                .and_modify(|n| *n = n.saturating_sub(1));
            order.push(head.id.clone());
        }
        order
    }
}

impl Rank {
    fn new(group: &Group, member: &Member, now: Option<Timestamp>) -> Self {
        let policies = group.termination_policies.iter();
        Self {
            policies: policies
                .map(|p| by_policy(*p, group, member, now))
                .collect(),
            launched_at: member.launched_at,
            id: member.id.clone(),
        }
    }
}

/// The least leaves first. Who is closest to the next hour changes with the moment: in a queue that is kept, all are alike in
/// that.
fn by_policy(
    policy: TerminationPolicy,
    group: &Group,
    member: &Member,
    now: Option<Timestamp>,
) -> [i128; 2] {
    let launched_at = member.launched_at.as_nanosecond();
    match policy {
        TerminationPolicy::Default | TerminationPolicy::OldestLaunchTemplate => {
            let of_this_template = member.template.id == group.template.id;
            [of_this_template.into(), member.template.number.into()]
        }
        TerminationPolicy::OldestInstance => [launched_at, 0],
        TerminationPolicy::NewestInstance => [-launched_at, 0],
        TerminationPolicy::ClosestToNextInstanceHour => {
            let left = now.map(|now| (launched_at - now.as_nanosecond()).rem_euclid(HOUR));
            [left.unwrap_or_default(), 0]
        }
        TerminationPolicy::AllocationStrategy | TerminationPolicy::OldestLaunchConfiguration => {
            [0, 0]
        }
    }
}
