//! The rules of a listener: which requests go where.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html>

use std::collections::{BTreeMap, BTreeSet};

use super::{Listener, World};
use crate::routing::{Action, Condition, Rule};
use crate::wire::error::ApiError;

/// A rule with conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerRule {
    /// Its ARN.
    pub arn: String,
    /// The lowest is asked first.
    pub priority: u32,
    /// When and what.
    pub rule: Rule,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl World {
    /// `CreateRule`; answers its ARN.
    ///
    /// # Errors
    /// `ListenerNotFound`, `PriorityInUse`, those of the action
    pub fn add_rule(
        &mut self,
        listener: &str,
        priority: u32,
        rule: Rule,
        tags: BTreeMap<String, String>,
    ) -> Result<String, ApiError> {
        let known = self.known_listener(listener)?;
        if known.rules.iter().any(|r| r.priority == priority) {
            return Err(priority_in_use(priority));
        }
        self.check_action(&known.load_balancer, &rule.action)?;
        let id = self.mint.short();
        let known = self.known_listener_mut(listener)?;
        let arn = known.rule_arn(&id);
        known.rules.push(ListenerRule {
            arn: arn.clone(),
            priority,
            rule,
            tags,
        });
        self.judge_use();
        Ok(arn)
    }

    /// `ModifyRule`: what is not given stays.
    ///
    /// # Errors
    /// `RuleNotFound`, `OperationNotPermitted` for a default rule, those of the action
    pub fn modify_rule(
        &mut self,
        arn: &str,
        conditions: Option<Vec<Condition>>,
        action: Option<Action>,
    ) -> Result<(), ApiError> {
        let listener = self.listener_of_rule(arn, "modified")?;
        if let Some(action) = &action {
            self.check_action(&listener.load_balancer, action)?;
        }
        let mut rules = self.listeners.iter_mut().flat_map(|l| &mut l.rules);
        let Some(known) = rules.find(|r| r.arn == arn) else {
            return Ok(());
        };
        if let Some(conditions) = conditions {
            known.rule.conditions = conditions;
        }
        if let Some(action) = action {
            known.rule.action = action;
        }
        self.judge_use();
        Ok(())
    }

    /// `DeleteRule`
    ///
    /// # Errors
    /// `RuleNotFound`, `OperationNotPermitted` for a default rule
    pub fn delete_rule(&mut self, arn: &str) -> Result<(), ApiError> {
        self.listener_of_rule(arn, "deleted")?;
        for listener in &mut self.listeners {
            listener.rules.retain(|r| r.arn != arn);
        }
        self.judge_use();
        Ok(())
    }

    /// `SetRulePriorities`: all or none.
    ///
    /// # Errors
    /// `RuleNotFound`, `PriorityInUse`, `OperationNotPermitted` for a default rule
    pub fn set_rule_priorities(&mut self, wanted: &[(String, u32)]) -> Result<(), ApiError> {
        let mut listeners = self.listeners.clone();
        for (arn, priority) in wanted {
            self.listener_of_rule(arn, "reprioritized")?;
            let rules = listeners.iter_mut().flat_map(|l| &mut l.rules);
            for rule in rules.filter(|r| r.arn == *arn) {
                rule.priority = *priority;
            }
        }
        for listener in &listeners {
            let mut seen = BTreeSet::new();
            if let Some(twice) = listener.rules.iter().find(|r| !seen.insert(r.priority)) {
                return Err(priority_in_use(twice.priority));
            }
        }
        self.listeners = listeners;
        Ok(())
    }

    /// The rule of that ARN, or AWS's error. A default rule is none of these: it has no tags of its own (own choice).
    pub(crate) fn known_rule_mut(&mut self, arn: &str) -> Result<&mut ListenerRule, ApiError> {
        let mut rules = self.listeners.iter_mut().flat_map(|l| &mut l.rules);
        rules.find(|r| r.arn == arn).ok_or_else(not_found)
    }

    /// The listener that has the rule, which must be one that can be changed.
    fn listener_of_rule(&self, arn: &str, done: &str) -> Result<&Listener, ApiError> {
        if self.listeners.iter().any(|l| l.default_rule == arn) {
            let message = format!("Default rule '{arn}' cannot be {done}");
            return Err(ApiError::new(400, "OperationNotPermitted", message));
        }
        let mut all = self.listeners.iter();
        all.find(|l| l.rules.iter().any(|r| r.arn == arn))
            .ok_or_else(not_found)
    }
}

fn not_found() -> ApiError {
    ApiError::new(400, "RuleNotFound", "One or more rules not found")
}

fn priority_in_use(priority: u32) -> ApiError {
    let message = format!("Priority '{priority}' is currently in use");
    ApiError::new(400, "PriorityInUse", message)
}
