//! Health checks: who is unhealthy, and how many are replaced at a time.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/health-checks-overview.html>

use jiff::Timestamp;

use super::agenda::Timer;
use super::member::Departure;
use super::{Group, Health, InstanceId, Member, Process, TargetState, Unfit, World};

impl World {
    /// Notes that a target group finds the member unhealthy: the group acts on its next periodic check after the grace
    /// period, if the verdict still stands then.
    pub(super) fn suspect(&mut self, id: &InstanceId) {
        let Some(group) = self
            .instances
            .get(id)
            .and_then(|i| self.groups.get(&i.group))
        else {
            return;
        };
        let Some(member) = group.members.get(id) else {
            return;
        };
        let Some(since) = member.in_service_since else {
            return;
        };
        if !group.health_checks.elb || !self.is_failing(group, id) {
            return;
        }
        let at = self.now.max(since + group.health_check_grace);
        let at = next_check(group.created, at, self.timings.health_check_period);
        self.agenda
            .remind(at, Timer::HealthCheck(group.name.clone()));
    }

    fn is_failing(&self, group: &Group, id: &InstanceId) -> bool {
        group.judges().any(|arn| {
            let target = self.target_groups.get(arn).and_then(|t| t.targets.get(id));
            target.is_some_and(|t| t.state == TargetState::Unhealthy)
        })
    }

    /// Whether every target group of the group says so whose word counts.
    pub(super) fn healthy_everywhere(&self, group: &Group, id: &InstanceId) -> bool {
        group.judges().all(|arn| {
            let target = self.target_groups.get(arn).and_then(|t| t.targets.get(id));
            target.is_some_and(|t| t.state == TargetState::Healthy)
        })
    }

    /// EC2's own check of a member that serves: a machine that is gone is unhealthy at once, and replaced at once.
    pub(super) fn check_machine(&mut self, id: &InstanceId) {
        let serves = self.member(id).is_some_and(Member::in_service);
        if !serves || self.is_alive(id) || self.is_suspended_for(id, Process::HealthCheck) {
            return;
        }
        self.set_health(id, Health::Unhealthy(Unfit::Ec2));
        let halted = [Process::ReplaceUnhealthy, Process::Terminate];
        if halted.iter().all(|p| !self.is_suspended_for(id, *p)) {
            self.replace(id);
        }
    }

    /// The periodic check: one target group's word is enough.
    pub(super) fn check_targets(&mut self, name: &str) {
        let Some(group) = self.groups.get(name) else {
            return;
        };
        if group.is_suspended(Process::HealthCheck) {
            return;
        }
        let past_grace = |m: &Member| {
            m.in_service_since
                .is_some_and(|since| since + group.health_check_grace <= self.now)
        };
        let unfit: Vec<_> = group
            .members
            .values()
            .filter(|m| m.in_service() && m.health == Health::Healthy && past_grace(m))
            .filter(|m| self.is_failing(group, &m.id))
            .map(|m| m.id.clone())
            .collect();
        for id in unfit {
            self.set_health(&id, Health::Unhealthy(Unfit::Elb));
        }
    }

    pub(super) fn set_health(&mut self, id: &InstanceId, health: Health) {
        if let Some(member) = self.member_mut(id) {
            member.health = health;
            self.stir(id);
        }
    }

    /// Lets unhealthy members go: by the group's maintenance policy, else a tenth of the desired capacity at a time and at least
    /// one, each replaced at once. Returns by how much the group may exceed its desired capacity for it.
    pub(super) fn replace_unhealthy(&mut self, name: &str) -> usize {
        let Some(group) = self.groups.get(name) else {
            return 0;
        };
        if group.is_suspended(Process::ReplaceUnhealthy) || group.is_suspended(Process::Terminate) {
            return 0;
        }
        if let Some(policy) = group.maintenance {
            return self.replace_by_policy(name, policy);
        }
        let under_way = group.awaited_replacements() + group.members.replacing();
        let at_a_time = (group.desired / 10).max(1);
        let unfit = group.members.unfit().into_iter();
        let ids: Vec<_> = unfit.take(at_a_time.saturating_sub(under_way)).collect();
        for id in ids {
            self.replace(&id);
        }
        0
    }

    /// Lets an unhealthy member go, and owes the group another.
    pub(super) fn replace(&mut self, id: &InstanceId) {
        if let Some(cause) = self.member(id).and_then(Member::unfit) {
            self.owe_replacement(id);
            self.leave(id, Departure::Unhealthy(cause));
        }
    }

    /// The next launch of the group is for this member.
    fn owe_replacement(&mut self, id: &InstanceId) {
        let Some(name) = self.instances.get(id).map(|i| i.group.clone()) else {
            return;
        };
        if let Some(group) = self.groups.get_mut(&name)
            && !group.is_replaced_already()
        {
            group.owed.unhealthy += 1;
        }
    }
}

impl Group {
    /// Replacements that are still to be launched, unless nothing is launched anyway: then nobody waits for them.
    fn awaited_replacements(&self) -> usize {
        if self.is_suspended(Process::Launch) {
            return 0;
        }
        self.owed.unhealthy
    }
}

impl Member {
    /// Which check found it unhealthy.
    pub fn unfit(&self) -> Option<Unfit> {
        match self.health {
            Health::Healthy => None,
            Health::Unhealthy(cause) => Some(cause),
        }
    }
}

/// The first of the group's periodic checks strictly after `at`.
fn next_check(created: Timestamp, at: Timestamp, period: std::time::Duration) -> Timestamp {
    let period = period.as_nanos().max(1);
    let elapsed = at.duration_since(created).as_nanos().max(0).unsigned_abs();
    let periods = elapsed / period + 1;
    let until = u64::try_from(periods.saturating_mul(period)).unwrap_or(u64::MAX);
    created + std::time::Duration::from_nanos(until)
}
