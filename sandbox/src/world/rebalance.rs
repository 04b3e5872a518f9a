//! Availability Zone rebalancing: when a zone has members to spare that another lacks, one is launched there, and when it serves
//! one goes here.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-availability-zone-balanced.html>

use std::collections::BTreeMap;

use super::{Group, InstanceId, Member, Process, World};

impl World {
    /// By how much the group may exceed its desired capacity for the balance of its zones: by a tenth of its maximum, at least
    /// by one. Own choices: it begins when the group is at rest otherwise, at once, and never during an
    /// instance refresh or while a zone has no capacity.
    pub(super) fn rebalance(&mut self, name: &str) -> usize {
        let Some(group) = self.groups.get(name) else {
            return 0;
        };
        let missing = group.missing_in_zones();
        if missing == 0 && group.rebalancing.is_empty() {
            return 0;
        }
        let waits = |id: &InstanceId| {
            let member = group.members.get(id).filter(|m| m.is_live());
            member.is_some_and(|m| !self.serves(group, m))
        };
        let launched = group.rebalancing.iter();
        let arriving: Vec<InstanceId> = launched.filter(|id| waits(id)).cloned().collect();
        let may_begin = group.active_refresh().is_none()
            && !group.is_suspended(Process::AzRebalance)
            && !group.is_suspended(Process::Launch)
            && !group.place.zones.iter().any(|z| group.avoids(z, self.now))
            && group.is_calm(&arriving);
        let over = group.members.live().saturating_sub(group.desired);
        let (held, limit) = (arriving.len().min(over), (group.max / 10).max(1));
        let somebody_goes_first = over > held;
        let begun = if may_begin && !somebody_goes_first {
            missing
        } else {
            0
        };
        if let Some(group) = self.groups.get_mut(name) {
            group.rebalancing = arriving.into_iter().collect();
        }
        held + begun.min(limit.saturating_sub(held))
    }
}

impl Group {
    /// How many members could move to zones that have too few; those protected from scale-in stay where they are.
    fn missing_in_zones(&self) -> usize {
        let live = self.members.live_by_zone();
        let fair = fair(&self.place.zones, &live, self.desired);
        let short = |(zone, fair): (&&str, &usize)| {
            fair.saturating_sub(live.get(zone).copied().unwrap_or_default())
        };
        let missing: usize = fair.iter().map(short).sum();
        if missing == 0 {
            return 0;
        }
        let mut movable: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.live().filter(|member| !member.protected) {
            *movable.entry(member.zone.as_str()).or_default() += 1;
        }
        let spare = live.iter().map(|(zone, count)| {
            let fair = fair.get(zone).copied().unwrap_or_default();
            let movable = movable.get(zone).copied().unwrap_or_default();
            count.saturating_sub(fair).min(movable)
        });
        missing.min(spare.sum())
    }

    /// Nobody is on the way, but those who come for the balance, and nobody is unhealthy.
    fn is_calm(&self, arriving: &[InstanceId]) -> bool {
        let rests = |member: &Member| {
            let still = !member.lifecycle.is_moving() && member.unfit().is_none();
            still || arriving.contains(&member.id)
        };
        self.members.live() >= self.desired && self.members.values().all(rests)
    }

    /// The zones that have more than their share, for the activity's cause.
    pub(super) fn full_zones(&self) -> String {
        let live = self.members.live_by_zone();
        let fair = fair(&self.place.zones, &live, self.desired);
        let full = live
            .iter()
            .filter(|(zone, count)| **count > fair.get(*zone).copied().unwrap_or_default());
        let names: Vec<_> = full.map(|(zone, _)| *zone).collect();
        names.join(" ")
    }
}

/// The even distribution that takes the fewest moves: what does not divide goes to the zones that are the fullest.
fn fair<'a>(
    zones: &'a [String],
    live: &BTreeMap<&str, usize>,
    desired: usize,
) -> BTreeMap<&'a str, usize> {
    let mut order: Vec<&str> = zones.iter().map(String::as_str).collect();
    order.sort_by_key(|zone| std::cmp::Reverse(live.get(zone).copied().unwrap_or_default()));
    let share = desired.checked_div(order.len()).unwrap_or_default();
    let rest = desired.checked_rem(order.len()).unwrap_or_default();
    let with_rest = |(at, zone)| (zone, share + usize::from(at < rest));
    order.into_iter().enumerate().map(with_rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(live: &[(&str, usize)], desired: usize) -> Vec<usize> {
        let zones = ["a", "b", "c"].map(str::to_owned);
        let live = live.iter().copied().collect();
        fair(&zones, &live, desired).into_values().collect()
    }

    #[test]
    fn the_rest_stays_where_most_are() {
        assert_eq!(shares(&[("a", 2), ("b", 2)], 4), [2, 1, 1]);
        assert_eq!(shares(&[("c", 4)], 4), [1, 1, 2]);
        assert_eq!(shares(&[], 0), [0, 0, 0]);
        assert_eq!(fair(&[], &BTreeMap::new(), 3), BTreeMap::new());
    }
}
