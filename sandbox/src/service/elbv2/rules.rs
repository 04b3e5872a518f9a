//! Rules of listeners.

use serde::{Deserialize, Serialize};

use super::actions::{self, Action};
use super::conditions::{self, Condition};
use super::list;
use super::tags::{self, Tag};
use crate::routing::Rule;
use crate::service::codec::Nothing;
use crate::wire::error::ApiError;
use crate::world::{Listener, ListenerRule, World};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    listener_arn: Option<String>,
    #[serde(default)]
    rule_arns: Vec<String>,
    marker: Option<String>,
    page_size: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Create {
    listener_arn: String,
    conditions: Vec<Condition>,
    priority: u32,
    actions: Vec<Action>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Modify {
    rule_arn: String,
    conditions: Option<Vec<Condition>>,
    actions: Option<Vec<Action>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Delete {
    rule_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct SetPriorities {
    rule_priorities: Vec<RulePriority>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct RulePriority {
    rule_arn: String,
    priority: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Rules {
    rules: Vec<RuleView>,
    next_marker: Option<String>,
}

/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Rule.html>
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct RuleView {
    rule_arn: String,
    priority: String,
    conditions: Vec<Condition>,
    actions: Vec<Action>,
    is_default: bool,
}

/// Those of a listener, or those that are named; by priority, the default rule last.
pub(super) fn describe(world: &World, request: &Describe) -> Result<Rules, ApiError> {
    let found: Vec<RuleView> = match (&request.listener_arn, request.rule_arns.as_slice()) {
        (Some(arn), []) => of_listener(world.known_listener(arn)?),
        (None, named @ [_, ..]) => named
            .iter()
            .map(|arn| named_rule(world, arn))
            .collect::<Result<_, _>>()?,
        _ => {
            return Err(ApiError::validation(
                "You must specify either listener rule ARNs or a listener ARN",
            ));
        }
    };
    let page = list::page(
        found.into_iter(),
        request.marker.as_deref(),
        request.page_size,
    )?;
    Ok(Rules {
        rules: page.items,
        next_marker: page.next,
    })
}

pub(super) fn create(world: &mut World, request: Create) -> Result<Rules, ApiError> {
    world.known_listener(&request.listener_arn)?;
    check_priority(request.priority)?;
    let rule = Rule {
        conditions: conditions::parsed(request.conditions)?,
        action: actions::parsed(request.actions)?,
    };
    let tags = tags::checked(request.tags)?;
    let arn = world.add_rule(&request.listener_arn, request.priority, rule, tags)?;
    these(world, [arn.as_str()])
}

pub(super) fn modify(world: &mut World, request: Modify) -> Result<Rules, ApiError> {
    if request.conditions.is_none() && request.actions.is_none() {
        return Err(ApiError::validation(
            "Either conditions or actions must be specified",
        ));
    }
    let conditions = request.conditions.map(conditions::parsed).transpose()?;
    let action = request.actions.map(actions::parsed).transpose()?;
    world.modify_rule(&request.rule_arn, conditions, action)?;
    these(world, [request.rule_arn.as_str()])
}

pub(super) fn delete(world: &mut World, request: &Delete) -> Result<Nothing, ApiError> {
    world.delete_rule(&request.rule_arn)?;
    Ok(Nothing {})
}

pub(super) fn set_priorities(world: &mut World, request: SetPriorities) -> Result<Rules, ApiError> {
    let pairs = request.rule_priorities.into_iter();
    let wanted: Vec<_> = pairs.map(|p| (p.rule_arn, p.priority)).collect();
    for (_, priority) in &wanted {
        check_priority(*priority)?;
    }
    world.set_rule_priorities(&wanted)?;
    these(world, wanted.iter().map(|(arn, _)| arn.as_str()))
}

fn check_priority(priority: u32) -> Result<(), ApiError> {
    if (1..=50_000).contains(&priority) {
        return Ok(());
    }
    Err(ApiError::validation("Priority must be between 1 and 50000"))
}

fn these<'a>(world: &World, arns: impl IntoIterator<Item = &'a str>) -> Result<Rules, ApiError> {
    let rules = arns.into_iter().map(|arn| named_rule(world, arn));
    Ok(Rules {
        rules: rules.collect::<Result<_, _>>()?,
        next_marker: None,
    })
}

fn named_rule(world: &World, arn: &str) -> Result<RuleView, ApiError> {
    let mut all = world.listeners().iter().flat_map(of_listener);
    all.find(|view| view.rule_arn == arn)
        .ok_or_else(|| ApiError::new(400, "RuleNotFound", "One or more rules not found"))
}

fn of_listener(listener: &Listener) -> Vec<RuleView> {
    let mut sorted: Vec<&ListenerRule> = listener.rules.iter().collect();
    sorted.sort_by_key(|rule| rule.priority);
    let default = RuleView {
        rule_arn: listener.default_rule.clone(),
        priority: "default".to_owned(),
        conditions: Vec::new(),
        actions: actions::views(&listener.default_action),
        is_default: true,
    };
    let others = sorted.into_iter().map(RuleView::new);
    others.chain([default]).collect()
}

impl RuleView {
    fn new(known: &ListenerRule) -> Self {
        let conditions = known.rule.conditions.iter().map(Condition::of);
        Self {
            rule_arn: known.arn.clone(),
            priority: known.priority.to_string(),
            conditions: conditions.collect(),
            actions: actions::views(&known.rule.action),
            is_default: false,
        }
    }
}
