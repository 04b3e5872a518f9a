//! What the balancer is told at any one time: rules, target groups, attributes. Plain data; who changes it, and why, is not
//! its business.

use std::collections::BTreeMap;

use super::target_set::TargetSet;
use crate::routing::{Action, Attributes, Rule};

/// Everything that one listener goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routes {
    /// In the order in which they are asked; the last one is for every request.
    pub rules: Vec<Rule>,
    /// Every target group that a rule names, also those of weight zero.
    pub groups: BTreeMap<String, TargetSet>,
    /// How connections and heads are treated.
    pub attributes: Attributes,
}

impl Routes {
    /// Everything to one target group.
    pub fn to(group: &str, set: TargetSet, attributes: Attributes) -> Self {
        let rule = Rule {
            conditions: Vec::new(),
            action: Action::forward(group),
        };
        Self {
            rules: vec![rule],
            groups: BTreeMap::from([(group.to_owned(), set)]),
            attributes,
        }
    }
}
