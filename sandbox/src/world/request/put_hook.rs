//! `PutLifecycleHook` and `DeleteLifecycleHook`.

use std::time::Duration;

use jiff::Timestamp;

use crate::wire::error::ApiError;
use crate::world::{HookEnd, HookResult, HookSpec, HookTransition, World};

/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html>
const MOST_HOOKS: usize = 50;

/// A hook to make or to change; what is not said stays as it is, or is AWS's default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutHook {
    /// `LifecycleHookName`
    pub name: String,
    /// `LifecycleTransition`; a new hook needs it.
    pub transition: Option<HookTransition>,
    /// `HeartbeatTimeout`, 30 s to 2 h; an hour by default.
    pub heartbeat_timeout: Option<Duration>,
    /// `DefaultResult`; ABANDON by default.
    pub default_result: Option<HookResult>,
    /// `NotificationMetadata`
    pub notification_metadata: Option<String>,
}

impl World {
    /// `PutLifecycleHook`. Actions that wait already go on as they began (own choice).
    ///
    /// # Errors
    /// `ValidationError` for an unknown group, a name or a timeout that AWS does not take, and a new hook without a transition;
    /// `LimitExceeded` for the 51st.
    pub fn put_hook(
        &mut self,
        now: Timestamp,
        group: &str,
        request: PutHook,
    ) -> Result<(), ApiError> {
        self.catch_up(now);
        let hooks = &self.lasting_group(group)?.hooks;
        let before = hooks.iter().position(|hook| hook.name == request.name);
        check_count(hooks.len() + usize::from(before.is_none()))?;
        let hook = request.over(before.and_then(|at| hooks.get(at)))?;
        let Some(group) = self.groups.get_mut(group) else {
            return Ok(());
        };
        match before.and_then(|at| group.hooks.get_mut(at)) {
            Some(place) => *place = hook,
            None => group.hooks.push(hook),
        }
        Ok(())
    }

    /// `DeleteLifecycleHook`: actions that wait for it are ended, a launch with ABANDON, a termination with CONTINUE.
    ///
    /// # Errors
    /// `ValidationError` for an unknown group or hook.
    pub fn delete_hook(&mut self, now: Timestamp, group: &str, hook: &str) -> Result<(), ApiError> {
        self.catch_up(now);
        let found = self.lasting_group(group)?;
        if !found.hooks.iter().any(|h| h.name == hook) {
            let message =
                format!("No Lifecycle Hook found with name {hook} for AutoScalingGroup {group}.");
            return Err(ApiError::validation(message));
        }
        let waiting: Vec<_> = found
            .members
            .values()
            .flat_map(|member| member.hooks.iter().map(move |action| (member, action)))
            .filter(|(_, action)| action.hook == hook)
            .map(|(member, action)| {
                let launching = member.lifecycle.is_coming();
                (member.id.clone(), action.token.clone(), end(launching))
            })
            .collect();
        if let Some(group) = self.groups.get_mut(group) {
            group.hooks.retain(|h| h.name != hook);
        }
        for (id, token, result) in waiting {
            self.end_hook(&id, &token, HookEnd::Completed(result));
        }
        self.settle();
        Ok(())
    }
}

/// How an action ends whose hook is deleted.
fn end(launching: bool) -> HookResult {
    if launching {
        HookResult::Abandon
    } else {
        HookResult::Continue
    }
}

impl PutHook {
    /// # Errors
    /// As [`World::put_hook`].
    pub fn over(self, before: Option<&HookSpec>) -> Result<HookSpec, ApiError> {
        check_name(&self.name)?;
        check_metadata(self.notification_metadata.as_deref())?;
        let transition = self.transition.or_else(|| before.map(|b| b.transition));
        let transition = transition.ok_or_else(|| {
            ApiError::validation("A lifecycle transition must be given for a new lifecycle hook.")
        })?;
        let timeout = before.map_or(Duration::from_hours(1), |b| b.heartbeat_timeout);
        let result = before.map_or(HookResult::Abandon, |b| b.default_result);
        let metadata = before.and_then(|b| b.notification_metadata.clone());
        if let Some(seconds) = self.heartbeat_timeout.map(|timeout| timeout.as_secs())
            && !(30..=7200).contains(&seconds)
        {
            return Err(ApiError::validation(format!(
                "HeartbeatTimeout must be between 30 and 7200 seconds, not {seconds}."
            )));
        }
        Ok(HookSpec {
            name: self.name,
            transition,
            heartbeat_timeout: self.heartbeat_timeout.unwrap_or(timeout),
            default_result: self.default_result.unwrap_or(result),
            notification_metadata: self.notification_metadata.or(metadata),
        })
    }
}

pub(super) fn check_count(hooks: usize) -> Result<(), ApiError> {
    if hooks <= MOST_HOOKS {
        return Ok(());
    }
    let message = format!("A group has at most {MOST_HOOKS} lifecycle hooks.");
    Err(ApiError::new(400, "LimitExceeded", message))
}

/// 1 to 4,000 characters: printable ASCII, tabs and line breaks.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html>
fn check_metadata(metadata: Option<&str>) -> Result<(), ApiError> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~');
    let fits = |text: &str| (1..=4000).contains(&text.len()) && text.chars().all(allowed);
    if metadata.is_none_or(fits) {
        return Ok(());
    }
    Err(ApiError::validation(
        "1 validation error detected: Value at 'notificationMetadata' failed to satisfy constraint: \
         Member must have 1 to 4000 characters and satisfy regular expression pattern: \
         [\\u0009\\u000A\\u000D\\u0020-\\u007e]+",
    ))
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutLifecycleHook.html>
fn check_name(name: &str) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_/".contains(c);
    if (1..=255).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(ApiError::validation(format!(
        "1 validation error detected: Value '{name}' at 'lifecycleHookName' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [A-Za-z0-9\\-_\\/]+"
    )))
}
