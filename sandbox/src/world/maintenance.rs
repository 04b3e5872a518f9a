//! Replacing unhealthy members by the group's maintenance policy: whether the new one comes first or the old one goes first
//! follows from how far the group may fall below and rise above its desired capacity.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-maintenance-policy.html>

use jiff::Timestamp;

use super::agenda::Timer;
use super::{Group, InstanceId, MaintenancePolicy, Member, Unfit, World};

/// What is seen of the group.
#[derive(Debug, Clone, Copy)]
struct Seen {
    desired: usize,
    /// In service, healthy and warm.
    available: usize,
    /// In service and unhealthy.
    unfit: usize,
}

/// How many may go now, and by how many the group may exceed its desired capacity meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Allowed {
    leave: usize,
    surge: usize,
}

/// An unhealthy member still counts until its replacement is available: it may well be serving. Where the bounds leave no way
/// at all, so that nobody may be missing and nobody may be too many, one is launched first, as in an instance refresh.
fn allowed(policy: MaintenancePolicy, seen: Seen) -> Allowed {
    let share = |percent: u32| (seen.desired * percent as usize).div_ceil(100);
    let floor = share(policy.min_healthy);
    let leave = (seen.available + seen.unfit)
        .saturating_sub(floor)
        .min(seen.unfit);
    let room = share(policy.max_healthy).saturating_sub(seen.desired);
    let nobody_may_be_missing = floor >= seen.desired;
    let room = room.max(usize::from(nobody_may_be_missing));
    Allowed {
        leave,
        surge: room.min(seen.unfit - leave),
    }
}

impl World {
    /// Returns by how much the group may exceed its desired capacity. A machine that is gone is not waited for.
    pub(super) fn replace_by_policy(&mut self, name: &str, policy: MaintenancePolicy) -> usize {
        let Some(group) = self.groups.get(name) else {
            return 0;
        };
        let (gone, unfit): (Vec<InstanceId>, Vec<InstanceId>) = group
            .members
            .unfit()
            .into_iter()
            .partition(|id| group.is_gone(id));
        if gone.is_empty() && unfit.is_empty() {
            return 0;
        }
        let fit = group
            .live()
            .filter(|m| m.in_service() && m.unfit().is_none());
        let (warm, warming): (Vec<_>, Vec<_>) = fit
            .filter_map(|m| group.warm_at(m))
            .partition(|at| *at <= self.now);
        let seen = Seen {
            desired: group.desired,
            available: warm.len(),
            unfit: unfit.len(),
        };
        let allowed = allowed(policy, seen);
        if let Some(at) = warming.into_iter().min() {
            self.agenda.remind(at, Timer::Look(name.to_owned()));
        }
        for id in gone.iter().chain(unfit.iter().take(allowed.leave)) {
            self.replace(id);
        }
        allowed.surge
    }
}

impl Group {
    fn is_gone(&self, id: &InstanceId) -> bool {
        let member = self.members.get(id);
        member.is_some_and(|m| m.unfit() == Some(Unfit::Ec2))
    }

    /// Health replacement knows no warmup but the group's default.
    fn warm_at(&self, member: &Member) -> Option<Timestamp> {
        Some(member.in_service_since? + self.default_warmup.unwrap_or_default())
    }

    /// Whether what is launched beyond the desired capacity is for unhealthy members that are still there.
    pub(super) fn replaces_by_launching_first(&self) -> bool {
        self.maintenance.is_some()
            && self.members.live() >= self.desired
            && !self.members.unfit().is_empty()
    }

    /// Whether somebody's replacement has come before he went.
    pub(super) fn is_replaced_already(&self) -> bool {
        self.maintenance.is_some() && self.members.live() > self.desired
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(min: u32, max: u32, desired: usize, available: usize, unfit: usize) -> (usize, usize) {
        let policy = MaintenancePolicy {
            min_healthy: min,
            max_healthy: max,
        };
        let seen = Seen {
            desired,
            available,
            unfit,
        };
        let Allowed { leave, surge } = allowed(policy, seen);
        (leave, surge)
    }

    #[test]
    fn launching_first_terminating_first_and_both() {
        assert_eq!(batch(100, 110, 10, 9, 1), (0, 1), "launch before terminate");
        assert_eq!(
            batch(100, 110, 10, 10, 1),
            (1, 0),
            "its replacement is there"
        );
        assert_eq!(batch(90, 100, 10, 9, 1), (1, 0), "terminate and launch");
        assert_eq!(batch(90, 120, 10, 7, 3), (1, 2), "custom: both ways");
    }

    #[test]
    fn where_the_bounds_leave_no_way_one_is_launched_first() {
        assert_eq!(batch(100, 100, 4, 3, 1), (0, 1));
        assert_eq!(batch(90, 100, 4, 3, 1), (0, 1));
        assert_eq!(batch(100, 100, 4, 0, 4), (0, 1), "all are sick");
        assert_eq!(batch(100, 100, 4, 1, 4), (1, 1), "and go one by one");
    }
}
