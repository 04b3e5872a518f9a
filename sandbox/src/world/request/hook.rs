//! `CompleteLifecycleAction` and `RecordLifecycleActionHeartbeat`.

use jiff::Timestamp;

use crate::wire::error::ApiError;
use crate::world::agenda::Timer;
use crate::world::{HookAction, HookEnd, HookResult, InstanceId, Member, World};

/// Which lifecycle action is meant: the hook's on an instance, named by the action's token or by the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookReference {
    /// `AutoScalingGroupName`
    pub group: String,
    /// `LifecycleHookName`
    pub hook: String,
    /// `LifecycleActionToken`; wins over the instance.
    pub token: Option<String>,
    /// `InstanceId`
    pub instance: Option<InstanceId>,
}

impl World {
    /// `CompleteLifecycleAction`.
    ///
    /// # Errors
    /// `ValidationError` for an unknown group, and if no such action waits: too early, too late, or never.
    pub fn complete_hook(
        &mut self,
        now: Timestamp,
        reference: &HookReference,
        result: HookResult,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        let (instance, token) = self.open_action(reference)?;
        self.end_hook(&instance, &token, HookEnd::Completed(result));
        Ok(())
    }

    /// `RecordLifecycleActionHeartbeat`: the hook waits for another heartbeat timeout, up to its global timeout.
    ///
    /// # Errors
    /// As [`World::complete_hook`].
    pub fn heartbeat(&mut self, now: Timestamp, reference: &HookReference) -> Result<(), ApiError> {
        self.catch_up(now);
        let (instance, token) = self.open_action(reference)?;
        let now = self.now;
        let hooks = self.member_mut(&instance).map(|member| &mut member.hooks);
        let action = hooks.and_then(|hooks| hooks.iter_mut().find(|a| a.token == token));
        if let Some(action) = action {
            action.beat(now);
            let deadline = action.deadline;
            self.agenda.remind(deadline, Timer::HookDeadline(instance));
        }
        Ok(())
    }

    fn open_action(&self, reference: &HookReference) -> Result<(InstanceId, String), ApiError> {
        let group = self.known_group(&reference.group)?;
        let found = match (&reference.token, &reference.instance) {
            (Some(token), _) => group
                .members
                .awaiting(token)
                .and_then(|member| member.waiting(&reference.hook, |a| a.token == *token)),
            (None, Some(id)) => {
                let member = group.members.get(id);
                member.and_then(|member| member.waiting(&reference.hook, |_| true))
            }
            (None, None) => None,
        };
        found.ok_or_else(|| no_action(reference))
    }
}

impl Member {
    fn waiting(
        &self,
        hook: &str,
        wanted: impl Fn(&HookAction) -> bool,
    ) -> Option<(InstanceId, String)> {
        let mut actions = self.hooks.iter();
        let action = actions.find(|action| action.hook == hook && wanted(action))?;
        Some((self.id.clone(), action.token.clone()))
    }
}

fn no_action(reference: &HookReference) -> ApiError {
    ApiError::validation(match (&reference.token, &reference.instance) {
        (Some(token), _) => format!("No active Lifecycle Action found with token {token}"),
        (None, Some(id)) => format!("No active Lifecycle Action found with instance ID {id}"),
        (None, None) => {
            "Either an instance ID or a lifecycle action token must be specified.".to_owned()
        }
    })
}
