//! Health checks: who is unhealthy, and how many are replaced at a time.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/health-checks-overview.html>

use jiff::Timestamp;

use super::agenda::Timer;
use super::member::{Departure, Why};
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

    /// The periodic check: one target group's word is enough. Whoever fails within the grace period is looked at again after
    /// it: the period may have become longer since this check was set.
    pub(super) fn check_targets(&mut self, name: &str) {
        let Some(group) = self.groups.get(name) else {
            return;
        };
        if group.is_suspended(Process::HealthCheck) || !group.health_checks.elb {
            return;
        }
        let past_grace = |m: &&Member| {
            m.in_service_since
                .is_some_and(|since| since + group.health_check_grace <= self.now)
        };
        let (unfit, spared): (Vec<&Member>, Vec<&Member>) = group
            .members
            .values()
            .filter(|m| m.in_service() && m.health == Health::Healthy)
            .filter(|m| self.is_failing(group, &m.id))
            .partition(past_grace);
        let ids = |members: Vec<&Member>| -> Vec<InstanceId> {
            members.into_iter().map(|m| m.id.clone()).collect()
        };
        let (unfit, spared) = (ids(unfit), ids(spared));
        for id in unfit {
            self.set_health(&id, Health::Unhealthy(Unfit::Elb));
        }
        for id in spared {
            self.suspect(&id);
        }
    }

    /// Every check looks at everybody anew, because it has begun to count or counts from another moment: whoever is dead is
    /// found now, a sick target on the next periodic check.
    pub(super) fn check_everybody(&mut self, name: &str) {
        let group = self.groups.get(name).into_iter();
        let ids: Vec<_> = group
            .flat_map(|group| group.live().map(|member| member.id.clone()))
            .collect();
        for id in ids {
            self.check_again(&id);
        }
    }

    /// The checks look at one member anew.
    pub(super) fn check_again(&mut self, id: &InstanceId) {
        self.check_machine(id);
        self.suspect(id);
    }

    pub(super) fn set_health(&mut self, id: &InstanceId, health: Health) {
        if let Some(member) = self.member_mut(id) {
            member.health = health;
            self.stir(id);
        }
    }

    /// Lets unhealthy members go: by the group's maintenance policy, else a tenth of the desired capacity at a time and at least
    /// one, each replaced at once. The next follow when the replacements have passed their first health check and are warm.
    /// Returns by how much the group may exceed its desired capacity for it.
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
        let unfit = group.members.unfit();
        if unfit.is_empty() {
            return 0;
        }
        let settling = self.settling(group);
        let under_way = group.awaited_replacements() + group.members.replacing() + settling.len();
        let at_a_time = group.replaced_at_a_time();
        if let Some(at) = settling.into_iter().min() {
            self.agenda.remind(at, Timer::Look(name.to_owned()));
        }
        let free = at_a_time.saturating_sub(under_way);
        for id in unfit.into_iter().take(free) {
            self.replace(&id);
        }
        0
    }

    /// Replacements of unhealthy members that serve, but not for so long yet that others may go: when they will have.
    fn settling(&self, group: &Group) -> Vec<Timestamp> {
        let wait = self.timings.health_evaluation + group.default_warmup.unwrap_or_default();
        let replacements = group
            .live()
            .filter(|m| m.why == Why::Unhealthy && m.unfit().is_none());
        let until = replacements.filter_map(|m| Some(m.in_service_since? + wait));
        until.filter(|until| *until > self.now).collect()
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
    /// A tenth of the desired capacity, at least one. Where the load balancer finds everybody unhealthy AWS takes fewer, to be sure
    /// that replacing helps at all; it does not say how many: here one (own choice).
    fn replaced_at_a_time(&self) -> usize {
        let mut serving = self.members.values().filter(|m| m.in_service());
        if serving.all(|m| m.unfit() == Some(Unfit::Elb)) {
            return 1;
        }
        (self.desired / 10).max(1)
    }

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
