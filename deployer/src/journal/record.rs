//! The record of one deployment: what was there before, what is wanted, and how it ended. Each file is written once.

use crate::journal::DeploymentId;
use crate::rollout::goal::{Goal, Outcome, Reason, Wanted};
use crate::rollout::observation::Observation;
use contract::digest::Digest;
use contract::names::Name;
use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};

/// The format of the files of a deployment.
pub const SCHEMA: u32 = 1;

/// `record.json`: written before anything else is changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The format, [`SCHEMA`].
    pub schema: u32,
    /// The deployment.
    pub id: DeploymentId,
    /// The number of the lease under which it began; a smaller one belongs to an earlier holder.
    pub fence: u64,
    /// The service.
    pub service: Name,
    /// The environment.
    pub environment: Name,
    /// The Auto Scaling group.
    pub group: String,
    /// The release wanted.
    pub goal: Wanted,
    /// The finished deployment that this one undoes, when it was begun by `deploy rollback`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<DeploymentId>,
    /// What was there before.
    pub previous: Previous,
    /// The group's sizes before.
    pub baseline: Baseline,
    /// When it began.
    pub created: Timestamp,
    /// Who asked: `user@host`.
    pub by: String,
}

/// What the group ran before a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// The launch template's id.
    pub template_id: String,
    /// The version that the group had saved.
    pub template_version: u64,
    /// The template's default version.
    pub default_version: u64,
    /// The baton version in that template version's tags; none when the group was never deployed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// The manifest digest in those tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Digest>,
}

/// A group's sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The smallest size.
    pub min: u32,
    /// The largest size.
    pub max: u32,
    /// The desired size.
    pub desired: u32,
}

/// `abort.json`: from here on the deployment goes back, in this run and in every resumed one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnedBack {
    /// The format, [`SCHEMA`].
    pub schema: u32,
    /// Why.
    pub reason: Reason,
    /// When.
    pub at: Timestamp,
}

/// `outcome.json`: the deployment is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// The format, [`SCHEMA`].
    pub schema: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// When.
    pub at: Timestamp,
}

/// All that the journal knows of one deployment, besides its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What was there before, and what is wanted.
    pub record: Record,
    /// Set once it goes back.
    pub turned_back: Option<TurnedBack>,
    /// Set once it is closed.
    pub closed: Option<Closed>,
}

impl Entry {
    /// Whether it has no outcome yet.
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }

    /// Whether it is a rollback of its own, begun by `deploy rollback` after the deployment that it undoes had ended.
    pub fn is_rollback(&self) -> bool {
        self.record.undoes.is_some()
    }

    /// What served before the last release forward, once this deployment is closed. A deployment that was to undo another
    /// one was on its way there already: going back twice is going to the same place. None when the group had never been
    /// deployed to.
    pub fn way_back(&self) -> Option<Wanted> {
        self.closed.as_ref()?;
        if self.is_rollback() {
            return Some(self.record.goal.clone());
        }
        let previous = &self.record.previous;
        Some(Wanted {
            version: previous.version.clone()?,
            manifest: previous.manifest?,
        })
    }
}

impl Record {
    /// The record of a deployment that begins with what is seen; none while that is not known.
    pub fn begin(goal: &Goal, seen: &Observation) -> Option<Self> {
        let group = seen.fleet.group.known()?;
        let templates = seen.fleet.templates.known()?;
        Some(Self {
            schema: SCHEMA,
            id: goal.deployment.clone(),
            fence: goal.fence,
            service: goal.service.clone(),
            environment: goal.environment.clone(),
            group: goal.group.clone(),
            goal: goal.wanted.clone(),
            undoes: goal.undoes.clone(),
            previous: Previous {
                template_id: templates.base.id.clone(),
                template_version: templates.base.number,
                default_version: templates.default_version,
                version: templates.base.version.clone(),
                manifest: templates.base.manifest,
            },
            baseline: Baseline {
                min: group.min,
                max: group.max,
                desired: group.desired,
            },
            created: seen.at,
            by: goal.by.clone(),
        })
    }
}

impl TurnedBack {
    /// The turn, to be written.
    pub fn new(reason: &Reason, at: Timestamp) -> Self {
        Self {
            schema: SCHEMA,
            reason: reason.clone(),
            at,
        }
    }
}

impl Closed {
    /// The outcome, to be written.
    pub fn new(outcome: &Outcome, at: Timestamp) -> Self {
        Self {
            schema: SCHEMA,
            outcome: outcome.clone(),
            at,
        }
    }
}
