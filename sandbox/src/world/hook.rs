//! Lifecycle hooks: their definition, the actions that wait for completion, heartbeats and timeouts.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html>

use std::time::Duration;

use jiff::Timestamp;

use super::agenda::Timer;
use super::ids::Mint;
use super::{InstanceId, World};

/// However often the heartbeat is renewed, a hook never waits longer than 48 hours or 100 heartbeats.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LifecycleHook.html>
const LONGEST_WAIT: Duration = Duration::from_hours(48);

/// A hook of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookSpec {
    /// Unique within the group.
    pub name: String,
    /// When it runs.
    pub transition: HookTransition,
    /// How long it waits for a completion or a heartbeat.
    pub heartbeat_timeout: Duration,
    /// What a timeout means.
    pub default_result: HookResult,
    /// Passed on to whoever is notified.
    pub notification_metadata: Option<String>,
}

/// When a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookTransition {
    /// Before the instance is registered and in service.
    Launching,
    /// After the instance has drained.
    Terminating,
}

/// How a lifecycle action ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookResult {
    /// Go on.
    Continue,
    /// Launching: terminate and replace. Terminating: skip the remaining hooks.
    Abandon,
}

/// What ended a lifecycle action, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HookEnd {
    /// Somebody completed it, or deleted its hook.
    Completed(HookResult),
    /// The heartbeat ran out: the default result.
    TimedOut(HookResult),
}

impl HookEnd {
    fn result(self) -> HookResult {
        let (Self::Completed(result) | Self::TimedOut(result)) = self;
        result
    }
}

/// One hook waiting on one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookAction {
    /// The hook.
    pub hook: String,
    /// Names this action in `CompleteLifecycleAction`.
    pub token: String,
    /// What a timeout means.
    pub default_result: HookResult,
    /// When the heartbeat runs out.
    pub deadline: Timestamp,
    /// When no heartbeat helps any more.
    pub global_deadline: Timestamp,
    heartbeat_timeout: Duration,
}

impl HookTransition {
    /// The `LifecycleTransition` of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Launching => "autoscaling:EC2_INSTANCE_LAUNCHING",
            Self::Terminating => "autoscaling:EC2_INSTANCE_TERMINATING",
        }
    }
}

impl HookResult {
    /// `CONTINUE` or `ABANDON`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Continue => "CONTINUE",
            Self::Abandon => "ABANDON",
        }
    }
}

impl HookSpec {
    /// The longest that the hook waits, heartbeats or not.
    pub fn global_timeout(&self) -> Duration {
        LONGEST_WAIT.min(self.heartbeat_timeout.saturating_mul(100))
    }

    fn action(&self, now: Timestamp, mint: &mut Mint) -> HookAction {
        HookAction {
            hook: self.name.clone(),
            token: mint.uuid(),
            default_result: self.default_result,
            deadline: now + self.heartbeat_timeout,
            global_deadline: now + self.global_timeout(),
            heartbeat_timeout: self.heartbeat_timeout,
        }
    }
}

impl HookAction {
    /// Restarts the heartbeat.
    pub(super) fn beat(&mut self, now: Timestamp) {
        self.deadline = self.global_deadline.min(now + self.heartbeat_timeout);
    }
}

impl World {
    /// Opens the actions of a transition; they run side by side, and all must end.
    pub(super) fn open_hooks(&mut self, id: &InstanceId, transition: HookTransition) {
        let hooks = self.hooks_of(id, transition);
        let actions: Vec<_> = hooks
            .iter()
            .map(|h| h.action(self.now, &mut self.mint))
            .collect();
        for action in &actions {
            self.agenda
                .remind(action.deadline, Timer::HookDeadline(id.clone()));
        }
        if let Some(member) = self.member_mut(id) {
            member.hooks = actions;
        }
    }

    /// The hooks that the member's group has for the transition.
    pub(super) fn hooks_of(&self, id: &InstanceId, transition: HookTransition) -> Vec<HookSpec> {
        let group = self
            .instances
            .get(id)
            .and_then(|i| self.groups.get(&i.group));
        group
            .into_iter()
            .flat_map(|group| &group.hooks)
            .filter(|hook| hook.transition == transition)
            .cloned()
            .collect()
    }

    /// Ends the actions whose heartbeat or global timeout has passed, each with its default result.
    pub(super) fn expire_hooks(&mut self, id: &InstanceId) {
        let Some(member) = self.member(id) else {
            return;
        };
        let expired: Vec<_> = member
            .hooks
            .iter()
            .filter(|a| a.deadline <= self.now)
            .cloned()
            .collect();
        for action in expired {
            self.end_hook(id, &action.token, HookEnd::TimedOut(action.default_result));
        }
    }

    /// Ends one action. `false` if there is no such action (any more).
    pub(super) fn end_hook(&mut self, id: &InstanceId, token: &str, end: HookEnd) -> bool {
        let Some(member) = self.member_mut(id) else {
            return false;
        };
        let Some(at) = member.hooks.iter().position(|action| action.token == token) else {
            return false;
        };
        member.hooks.remove(at);
        let launching = member.lifecycle.is_coming();
        let done = member.hooks.is_empty();
        match (launching, end.result()) {
            (true, HookResult::Abandon) => self.abandon_launch(id, token, end),
            (true, HookResult::Continue) if done => self.proceed_launch(id),
            (false, HookResult::Abandon) => self.proceed_leaving(id),
            (false, HookResult::Continue) if done => self.proceed_leaving(id),
            (_, HookResult::Continue) => {}
        }
        true
    }
}
