//! What a group does when it is looked at: replace the unhealthy, move the refresh on, then launch or shrink until the live
//! members are as many as wanted. Only states are compared here; nothing remembers what was done last time.

use super::member::{Departure, Why};
use super::{Group, InstanceId, Member, Process, RefreshStatus, TemplateRef, World, victims};

impl World {
    pub(super) fn look(&mut self, name: &str) {
        if self.groups.get(name).is_none_or(|group| group.deleting) {
            return;
        }
        self.admit_target_groups(name);
        let surge = self.replace_unhealthy(name).max(self.refresh_step(name));
        let surge = surge.max(self.rebalance(name));
        let Some(group) = self.groups.get(name) else {
            return;
        };
        debug_assert!(group.members.is_counted_right());
        let (live, wanted) = (group.members.live(), group.desired + surge);
        if live < wanted {
            self.grow(name, wanted - live);
        } else {
            self.shrink(name, live - wanted);
        }
        self.refresh_follow_up(name);
    }

    fn grow(&mut self, name: &str, by: usize) {
        for _ in 0..by {
            let Some(group) = self.groups.get_mut(name) else {
                return;
            };
            let waits = group.launch_not_before.is_some_and(|at| at > self.now);
            if waits || group.is_suspended(Process::Launch) {
                return;
            }
            let why = group.next_launch();
            self.launch(name, why);
        }
    }

    fn shrink(&mut self, name: &str, by: usize) {
        let Some(group) = self.groups.get_mut(name) else {
            return;
        };
        group.owed = super::group::Owed::default();
        if by == 0 || group.holds_surplus() {
            return;
        }
        let ids = self.surplus(name, by);
        if ids.len() < by {
            self.tell_protected(name);
        }
        for id in ids {
            self.leave(&id, Departure::ScaleIn);
        }
    }

    /// Own choice: whoever does not serve leaves before anybody who does, so that what a failed refresh has left behind does
    /// not push out those that work. AWS documents the order among the others only.
    fn surplus(&self, name: &str, by: usize) -> Vec<InstanceId> {
        let Some(group) = self.groups.get(name) else {
            return Vec::new();
        };
        let (serving, idle): (Vec<&Member>, Vec<&Member>) = group
            .live()
            .filter(|member| group.may_shrink_by(member))
            .partition(|member| self.serves(group, member));
        let idle = victims::in_order(group, idle.into_iter(), self.now);
        let serving = victims::in_order(group, serving.into_iter(), self.now);
        idle.into_iter().chain(serving).take(by).collect()
    }

    pub(super) fn serves(&self, group: &Group, member: &Member) -> bool {
        let fit = member.in_service() && member.unfit().is_none();
        fit && (!group.health_checks.elb || self.healthy_everywhere(group, &member.id))
    }
}

impl Group {
    /// Protection counts for members in service only, and so does the suspension of `Terminate`.
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-protection.html>
    fn may_shrink_by(&self, member: &Member) -> bool {
        !member.in_service() || !(member.protected || self.is_suspended(Process::Terminate))
    }

    /// What new members are launched from now: the configuration of the refresh under way, else the group's own.
    pub(super) fn launch_template(&self) -> &TemplateRef {
        self.active_refresh()
            .and_then(|r| r.launches(&self.template))
            .unwrap_or(&self.template)
    }

    /// What the next launch is for.
    fn next_launch(&mut self) -> Why {
        if self.owed.unhealthy > 0 {
            self.owed.unhealthy -= 1;
            return Why::Unhealthy;
        }
        if self.replaces_by_launching_first() {
            return Why::Unhealthy;
        }
        let owed = self.owed.refresh > 0;
        self.owed.refresh = self.owed.refresh.saturating_sub(1);
        let surging = self.active_refresh().is_some() && self.members.live() >= self.desired;
        if owed || surging {
            Why::Refresh
        } else if self.members.live() >= self.desired {
            Why::Rebalance
        } else {
            Why::Capacity
        }
    }

    /// While a refresh is being cancelled, what is on its way in may arrive first.
    fn holds_surplus(&self) -> bool {
        self.active_refresh()
            .is_some_and(|r| r.status == RefreshStatus::Cancelling)
    }
}
