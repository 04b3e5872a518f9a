//! One look: what is known, what is not, and since when there is trouble.

use super::{Activity, Group, MemberFailure, Refresh, Target, Templates};
use crate::journal::Entry;
use crate::rollout::action::Action;
use contract::status::StatusDocument;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;

/// A fact, or why it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// Read just now.
    Known(T),
    /// Not read, or the read failed.
    Unknown {
        /// The error, fit for a sentence.
        why: String,
    },
}

/// What was seen at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The moment; decisions know no other clock.
    pub at: Timestamp,
    /// The journal's entry of this deployment; none before it has begun.
    pub entry: Option<Entry>,
    /// What AWS and the instances' agents say.
    pub fleet: FleetView,
    /// Actions that this run has applied.
    pub applied: Vec<Action>,
    /// Actions that AWS refused for good in this run, with its words.
    pub refused: Vec<(Action, String)>,
    /// Members that failed earlier, still known though they are gone from AWS's view.
    pub failed_before: Vec<MemberFailure>,
    /// Set while something essential cannot be read, or the last action failed on the way.
    pub blind: Option<Blindness>,
}

/// Trouble on the way to AWS or the store: no information about the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blindness {
    /// Since when without a break.
    pub since: Timestamp,
    /// The last error.
    pub detail: String,
}

/// What AWS and the instances' agents say at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetView {
    /// The group and its members.
    pub group: Seen<Group>,
    /// The versions of the group's launch template that matter here.
    pub templates: Seen<Templates>,
    /// Instance refreshes, newest first.
    pub refreshes: Seen<Vec<Refresh>>,
    /// The state of each registered instance, the worst over all target groups.
    pub targets: Seen<BTreeMap<String, Target>>,
    /// Launches and terminations since the deployment began, newest first.
    pub activities: Seen<Vec<Activity>>,
    /// The status documents of the instances launched since the deployment began.
    pub documents: Seen<BTreeMap<String, StatusDocument>>,
    /// The environment's version parameter; read only once a refresh has ended.
    pub parameter: Seen<Option<String>>,
}

impl Observation {
    /// AWS's words, when it refused this action in this run.
    pub fn refusal(&self, action: &Action) -> Option<&str> {
        let mut refused = self.refused.iter();
        refused
            .find(|(refused, _)| refused == action)
            .map(|(_, detail)| detail.as_str())
    }
}

impl<T> Seen<T> {
    /// The fact, where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(fact) => Some(fact),
            Self::Unknown { .. } => None,
        }
    }

    /// The fact, or why it is not known.
    pub fn get(&self) -> Result<&T, &str> {
        match self {
            Self::Known(fact) => Ok(fact),
            Self::Unknown { why } => Err(why),
        }
    }
}

impl<T, E: fmt::Display> From<Result<T, E>> for Seen<T> {
    fn from(read: Result<T, E>) -> Self {
        match read {
            Ok(fact) => Self::Known(fact),
            Err(error) => Self::Unknown {
                why: error.to_string(),
            },
        }
    }
}

impl FleetView {
    /// The error of the first read that a deployment cannot do without and that failed.
    pub fn blindness(&self) -> Option<String> {
        let reads = [
            self.group.get().err(),
            self.templates.get().err(),
            self.refreshes.get().err(),
            self.targets.get().err(),
        ];
        reads.into_iter().flatten().next().map(str::to_owned)
    }
}
