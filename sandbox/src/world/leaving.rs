//! The way out: `Terminating` with deregistration and draining, terminate hooks in `Terminating:Wait`,
//! `Terminating:Proceed` with the shutdown, gone. Who goes is decided in `capacity`, `health` and `refresh`.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html>

use jiff::Timestamp;

use super::activity::ActivityStatus;
use super::agenda::Timer;
use super::member::{Departure, Step};
use super::{
    Effect, Health, HookEnd, HookResult, HookTransition, InstanceId, InstanceState, Lifecycle,
    TargetState, Unfit, World,
};

impl World {
    /// Starts a member's way out. A launch that is interrupted loses its open hooks.
    pub(super) fn leave(&mut self, id: &InstanceId, departure: Departure) {
        if !self.start_leaving(id, departure) {
            return;
        }
        if self.is_draining(id) && self.is_alive(id) {
            self.activity_status(id, ActivityStatus::WaitingForElbConnectionDraining);
        } else {
            self.drained(id);
        }
    }

    /// `false` for one that is leaving already.
    fn start_leaving(&mut self, id: &InstanceId, departure: Departure) -> bool {
        let member = self.member(id);
        if member.is_none_or(|member| member.lifecycle.is_leaving()) {
            return false;
        }
        self.close_launch_activity(id);
        self.open_leave_activity(id, departure);
        if let Some(member) = self.member_mut(id) {
            member.hooks.clear();
            member.departure = Some(departure);
        }
        self.step(id, Step::Leave);
        for arn in self.target_groups_of(id) {
            self.deregister_target(&arn, id);
        }
        true
    }

    /// A deregistration delay is over; the target is forgotten, and the member goes on when it was the last one.
    pub(super) fn end_drain(&mut self, target_group: &str, id: &InstanceId) {
        if !self.drain_is_over(target_group, id) {
            return;
        }
        self.remove_target(target_group, id);
        self.finish_detaching(target_group);
        if self.is_draining(id) {
            return;
        }
        match self.member(id).map(|m| m.lifecycle) {
            Some(Lifecycle::Detaching) => self.detached(id),
            Some(Lifecycle::EnteringStandby) => self.reach_standby(id),
            Some(Lifecycle::Terminating) => self.drained(id),
            _ => {}
        }
    }

    /// A target that was registered again in the meantime drains no more. One whose target group is gone has nothing to wait
    /// for.
    fn drain_is_over(&self, target_group: &str, id: &InstanceId) -> bool {
        let target_group = self.target_groups.get(target_group);
        let target = target_group.and_then(|t| t.targets.get(id));
        target.is_none_or(|t| t.draining_until.is_some_and(|until| until <= self.now))
    }

    pub(super) fn is_draining(&self, id: &InstanceId) -> bool {
        self.target_groups.values().any(|target_group| {
            target_group
                .targets
                .get(id)
                .is_some_and(|t| t.state == TargetState::Draining)
        })
    }

    pub(super) fn is_alive(&self, id: &InstanceId) -> bool {
        self.instances
            .get(id)
            .is_some_and(super::Instance::is_alive)
    }

    /// Nothing reaches the member any more: its terminate hooks run. A machine that is already going has nobody to run
    /// them (own choice: they are skipped).
    fn drained(&mut self, id: &InstanceId) {
        let hooks = self.hooks_of(id, HookTransition::Terminating);
        if hooks.is_empty() || !self.is_alive(id) {
            if self.step(id, Step::DrainedToProceed) {
                self.shut_down(id);
            }
        } else if self.step(id, Step::DrainedToHooks) {
            self.open_hooks(id, HookTransition::Terminating);
            self.activity_status(id, ActivityStatus::MidLifecycleAction);
        }
    }

    /// The terminate hooks are done, or one said ABANDON, which skips the others.
    pub(super) fn proceed_leaving(&mut self, id: &InstanceId) {
        if let Some(member) = self.member_mut(id) {
            member.hooks.clear();
        }
        if self.step(id, Step::HooksDone) {
            self.activity_status(id, ActivityStatus::InProgress);
            self.shut_down(id);
        }
    }

    /// EC2 shuts the machine down, or takes note that it is gone already.
    fn shut_down(&mut self, id: &InstanceId) {
        let Some(instance) = self.instances.get(id) else {
            return;
        };
        match instance.state {
            InstanceState::Pending | InstanceState::Running => self.stop(id),
            InstanceState::ShuttingDown => {}
            InstanceState::Terminated => self.gone(id),
        }
    }

    /// EC2 `TerminateInstances`: no group is asked. A machine that was never started has nothing to shut down.
    pub(super) fn stop(&mut self, id: &InstanceId) {
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        instance.state = InstanceState::ShuttingDown;
        instance.stopping_since = Some(self.now);
        if instance.booted {
            self.outbox.push(Effect::ShutDown {
                instance: id.clone(),
            });
        } else {
            let at = self.now + self.timings.termination;
            self.agenda.remind(at, Timer::TurnedOff(id.clone()));
        }
    }

    /// Input: the machine is gone, because it was shut down or because it died. Calls after the first change nothing.
    pub fn instance_ended(&mut self, now: Timestamp, id: &InstanceId) {
        self.catch_up(now);
        let earliest = self.timings.termination;
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        if std::mem::replace(&mut instance.ended, true) {
            return;
        }
        if let Some(since) = instance.stopping_since {
            self.agenda
                .remind(self.now.max(since + earliest), Timer::TurnedOff(id.clone()));
        } else {
            self.turned_off(id);
            self.lost(id);
        }
    }

    /// EC2 shows the instance as terminated; a member that only waited for this leaves the group.
    pub(super) fn turned_off(&mut self, id: &InstanceId) {
        let Some(instance) = self.instances.get_mut(id) else {
            return;
        };
        instance.state = InstanceState::Terminated;
        let until = self.now + self.timings.terminated_visible;
        self.agenda.remind(until, Timer::Forget(id.clone()));
        self.drop_targets(id);
        self.gone(id);
    }

    /// The machine went without being asked: a launch has failed, a leaving member has nothing left to wait for, and one that
    /// serves is found by EC2's own health check. Nobody checks one in `Standby`.
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-enter-exit-standby.html>
    pub(super) fn lost(&mut self, id: &InstanceId) {
        let Some(member) = self.member_mut(id) else {
            return;
        };
        if member.lifecycle.is_leaving() {
            self.hurry(id);
        } else if member.lifecycle.is_coming() {
            member.health = Health::Unhealthy(Unfit::Ec2);
            self.fail_launch(
                id,
                "Instance became unhealthy while waiting for instance to be in InService state.",
            );
            self.leave(id, Departure::Unhealthy(Unfit::Ec2));
        } else {
            self.check_machine(id);
        }
    }

    fn hurry(&mut self, id: &InstanceId) {
        self.drained(id);
        let waiting = self
            .member(id)
            .and_then(|m| m.hooks.first())
            .map(|a| a.token.clone());
        if let Some(token) = waiting {
            self.end_hook(id, &token, HookEnd::Completed(HookResult::Abandon));
        }
    }

    /// The member leaves the group, if its way out has come that far.
    fn gone(&mut self, id: &InstanceId) {
        if !self.step(id, Step::Ended) {
            return;
        }
        self.end_activity(id);
        let Some(name) = self.instances.get(id).map(|i| i.group.clone()) else {
            return;
        };
        if let Some(group) = self.groups.get_mut(&name) {
            group.members.remove(id);
        }
        self.bury(&name);
    }

    /// The way out of a group that is deleted by force: nobody waits for a drain or a hook.
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html>
    pub(super) fn evict(&mut self, id: &InstanceId) {
        self.start_leaving(id, Departure::UserRequest { lowered: None });
        if let Some(member) = self.member_mut(id) {
            member.hooks.clear();
        }
        if self.step(id, Step::DrainedToProceed) || self.step(id, Step::HooksDone) {
            self.activity_status(id, ActivityStatus::InProgress);
            self.shut_down(id);
        }
    }
}
