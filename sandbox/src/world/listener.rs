//! Listeners: where a load balancer listens, and what an action may be. Their rules are in `listener_rule`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html>

use std::collections::{BTreeMap, BTreeSet};

use super::{ListenerRule, World};
use crate::routing::{Action, Rule};
use crate::wire::error::ApiError;

/// An action forwards to at most so many target groups.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>
const MOST_TARGET_GROUPS: usize = 5;
/// The heaviest weight of a target group.
const HEAVIEST: u16 = 999;

/// One listener: HTTP on one port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Its ARN.
    pub arn: String,
    /// Its load balancer's ARN.
    pub load_balancer: String,
    /// Where it listens.
    pub port: u16,
    /// What is done with requests that no rule is for.
    pub default_action: Action,
    /// The ARN of the rule that this is.
    pub default_rule: String,
    /// The others, in no order.
    pub rules: Vec<ListenerRule>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Listener {
    /// The rules in the order in which they are asked, the default one last.
    pub fn in_order(&self) -> Vec<Rule> {
        let mut sorted: Vec<&ListenerRule> = self.rules.iter().collect();
        sorted.sort_by_key(|rule| rule.priority);
        let default = Rule {
            conditions: Vec::new(),
            action: self.default_action.clone(),
        };
        let rules = sorted.into_iter().map(|rule| rule.rule.clone());
        rules.chain([default]).collect()
    }

    /// Every target group that it may send a request to, once each.
    pub fn target_groups(&self) -> BTreeSet<&str> {
        let rules = self.rules.iter().map(|rule| &rule.rule.action);
        let actions = rules.chain([&self.default_action]);
        actions.flat_map(Action::target_groups).collect()
    }

    pub(super) fn rule_arn(&self, id: &str) -> String {
        format!(
            "{}/{id}",
            self.arn.replacen(":listener/", ":listener-rule/", 1)
        )
    }
}

impl World {
    /// `CreateListener`: the same call again answers the same listener.
    ///
    /// # Errors
    /// `LoadBalancerNotFound`, `DuplicateListener`, those of the action
    pub fn add_listener(
        &mut self,
        load_balancer: &str,
        port: u16,
        default_action: Action,
        tags: BTreeMap<String, String>,
    ) -> Result<String, ApiError> {
        self.known_load_balancer(load_balancer)?;
        self.check_action(load_balancer, &default_action)?;
        let mut there = self.listeners_of(load_balancer);
        if let Some(known) = there.find(|l| l.port == port) {
            if known.default_action == default_action && known.tags == tags {
                return Ok(known.arn.clone());
            }
            return Err(duplicate(load_balancer));
        }
        drop(there);
        let arn = load_balancer.replacen(":loadbalancer/", ":listener/", 1);
        let mut listener = Listener {
            arn: format!("{arn}/{}", self.mint.short()),
            load_balancer: load_balancer.to_owned(),
            port,
            default_action,
            default_rule: String::new(),
            rules: Vec::new(),
            tags,
        };
        listener.default_rule = listener.rule_arn(&self.mint.short());
        let arn = listener.arn.clone();
        self.listeners.push(listener);
        self.judge_use();
        Ok(arn)
    }

    /// `ModifyListener`: what is not given stays.
    ///
    /// # Errors
    /// `ListenerNotFound`, `DuplicateListener`, those of the action
    pub fn modify_listener(
        &mut self,
        arn: &str,
        port: Option<u16>,
        default_action: Option<Action>,
    ) -> Result<(), ApiError> {
        let load_balancer = self.known_listener(arn)?.load_balancer.clone();
        if let Some(action) = &default_action {
            self.check_action(&load_balancer, action)?;
        }
        let mut others = self.listeners_of(&load_balancer).filter(|l| l.arn != arn);
        if others.any(|other| Some(other.port) == port) {
            return Err(duplicate(&load_balancer));
        }
        drop(others);
        let listener = self.known_listener_mut(arn)?;
        listener.port = port.unwrap_or(listener.port);
        if let Some(action) = default_action {
            listener.default_action = action;
        }
        self.judge_use();
        Ok(())
    }

    /// `DeleteListener`
    ///
    /// # Errors
    /// `ListenerNotFound`
    pub fn delete_listener(&mut self, arn: &str) -> Result<(), ApiError> {
        self.known_listener(arn)?;
        self.listeners.retain(|l| l.arn != arn);
        self.judge_use();
        Ok(())
    }

    /// Input: the listener cannot listen.
    pub fn listener_failed(&mut self, arn: &str, reason: String) {
        let Ok(listener) = self.known_listener(arn) else {
            return;
        };
        let load_balancer = listener.load_balancer.clone();
        if let Ok(balancer) = self.known_load_balancer_mut(&load_balancer) {
            balancer.failure = Some(reason);
        }
    }

    /// Every listener, in the order of creation.
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners
    }

    /// The listeners of one load balancer.
    pub fn listeners_of(&self, load_balancer: &str) -> impl Iterator<Item = &Listener> {
        let of = move |l: &&Listener| l.load_balancer == load_balancer;
        self.listeners.iter().filter(of)
    }

    /// The listener of that ARN, or AWS's error.
    pub(crate) fn known_listener(&self, arn: &str) -> Result<&Listener, ApiError> {
        let mut all = self.listeners.iter();
        all.find(|l| l.arn == arn).ok_or_else(no_listener)
    }

    /// The same, to change it.
    pub(crate) fn known_listener_mut(&mut self, arn: &str) -> Result<&mut Listener, ApiError> {
        let mut all = self.listeners.iter_mut();
        all.find(|l| l.arn == arn).ok_or_else(no_listener)
    }

    /// The load balancers whose listeners forward to the target group: one at most.
    pub fn balancers_of(&self, target_group: &str) -> BTreeSet<&str> {
        let named = |l: &&Listener| l.target_groups().contains(target_group);
        let listeners = self.listeners.iter().filter(named);
        listeners.map(|l| l.load_balancer.as_str()).collect()
    }

    /// A target group belongs to one load balancer.
    pub(super) fn check_action(
        &self,
        load_balancer: &str,
        action: &Action,
    ) -> Result<(), ApiError> {
        for arn in action.target_groups() {
            self.known_target_group(arn)?;
            if self.balancers_of(arn).iter().any(|b| *b != load_balancer) {
                let message = format!(
                    "The following target groups cannot be associated with more than one load balancer: {arn}"
                );
                return Err(ApiError::new(400, "TargetGroupAssociationLimit", message));
            }
        }
        check_shares(action)
    }
}

fn check_shares(action: &Action) -> Result<(), ApiError> {
    let Action::Forward(shares) = action else {
        return Ok(());
    };
    let unique: BTreeSet<&str> = action.target_groups().collect();
    if shares.is_empty() || unique.len() < shares.len() {
        return Err(ApiError::validation(
            "A forward action must name at least one target group, and each one once",
        ));
    }
    if shares.len() > MOST_TARGET_GROUPS {
        let message =
            format!("An action can forward to at most {MOST_TARGET_GROUPS} target groups");
        return Err(ApiError::new(400, "InvalidLoadBalancerAction", message));
    }
    if shares.iter().any(|share| share.weight > HEAVIEST) {
        return Err(ApiError::validation(format!(
            "Weight must be between 0 and {HEAVIEST}"
        )));
    }
    Ok(())
}

fn no_listener() -> ApiError {
    ApiError::new(400, "ListenerNotFound", "One or more listeners not found")
}

fn duplicate(load_balancer: &str) -> ApiError {
    let message =
        format!("A listener already exists on this port for this load balancer '{load_balancer}'");
    ApiError::new(400, "DuplicateListener", message)
}
