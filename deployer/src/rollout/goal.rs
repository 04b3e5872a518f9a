//! What a deployment is to reach, and the ways in which it can end. Nothing here is read from AWS.

use crate::journal::DeploymentId;
use contract::digest::Digest;
use contract::names::Name;
use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// What one run of `deploy` is to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goal {
    /// The deployment: newly made up, or the open one that is resumed.
    pub deployment: DeploymentId,
    /// The lease's number when this run began: a record with a smaller one was made by an earlier holder.
    pub fence: u64,
    /// Who asked: `user@host`.
    pub by: String,
    /// The service.
    pub service: Name,
    /// The environment.
    pub environment: Name,
    /// The Auto Scaling group.
    pub group: String,
    /// The release wanted.
    pub wanted: Wanted,
    /// The finished deployment that this one undoes, when it was begun by `deploy rollback`.
    pub undoes: Option<DeploymentId>,
    /// Towards the wanted release, or away from it.
    pub aim: Aim,
    /// How long things may take and how much may fail.
    pub limits: Limits,
    /// When this run began. Deadlines that an interruption has used up start again from here.
    pub began: Timestamp,
}

/// A release, as tags and records name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The version, for people.
    pub version: Version,
    /// The digest of the manifest's exact bytes, which is what instances trust.
    pub manifest: Digest,
}

/// The direction of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The wanted release everywhere.
    Forward,
    /// The previous release everywhere, because the operator asked for it.
    Back,
}

/// The limits of a deployment, from the environment's strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// So many failed members turn the deployment back; at least 1.
    pub failure_budget: u32,
    /// How long a refresh, or a rollback, may take from its start.
    pub deadline: Duration,
    /// How long members and targets may take to become healthy after the refresh has ended.
    pub settle: Duration,
}

/// How a run of `deploy` ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Outcome {
    /// Every member serves the wanted release.
    Done,
    /// Every member already served the wanted release; nothing was changed.
    AlreadyRunning,
    /// Every member serves the previous release.
    RolledBack {
        /// Why the deployment turned back.
        reason: Reason,
    },
    /// Neither the wanted nor verifiably the previous release serves everywhere: a person must look.
    Failed {
        /// Why the deployment turned back, or could not.
        reason: Reason,
    },
    /// This run lost sight, or the lease; the deployment is still open.
    InDoubt {
        /// What was lost.
        reason: Reason,
    },
}

/// Why a deployment turned back, failed or is in doubt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Reason {
    /// As many members failed as the budget allows; this is the first of them.
    MemberFailed {
        /// The instance id, or the launch that never had one.
        instance: String,
        /// What the instance was doing.
        phase: String,
        /// What went wrong.
        cause: String,
        /// How many failed in all.
        failed: u32,
    },
    /// The refresh ended by itself without success.
    RefreshEnded {
        /// Its status, in AWS's word.
        status: String,
        /// AWS's reason, empty when none was given.
        detail: String,
    },
    /// The refresh or the rollback took longer than the deadline.
    DeadlinePassed {
        /// What was still awaited.
        awaited: String,
    },
    /// The refresh succeeded, yet members or targets did not become healthy in time.
    NotSettled {
        /// What was missing.
        missing: String,
    },
    /// An instance refresh that this deployment did not start stood in its way.
    OtherRefresh {
        /// Its id.
        refresh: String,
    },
    /// The operator asked for it.
    Operator,
    /// AWS refused a step that the deployment cannot do without.
    Refused {
        /// The step.
        action: String,
        /// AWS's words.
        detail: String,
    },
    /// Nothing could be read for too long.
    OutOfSight {
        /// The last error.
        detail: String,
    },
    /// The lease ran out and could not be renewed.
    LeaseLost {
        /// What is known about it.
        detail: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MemberFailed {
                instance,
                phase,
                cause,
                failed,
            } => {
                write!(f, "{instance} failed while {phase}: {cause}")?;
                match failed {
                    0 | 1 => Ok(()),
                    more => write!(f, " ({more} members failed)"),
                }
            }
            Self::RefreshEnded { status, detail } if detail.is_empty() => {
                write!(f, "the instance refresh ended as {status}")
            }
            Self::RefreshEnded { status, detail } => {
                write!(f, "the instance refresh ended as {status}: {detail}")
            }
            Self::DeadlinePassed { awaited } => {
                write!(f, "the deadline passed while waiting for {awaited}")
            }
            Self::NotSettled { missing } => write!(f, "the group did not settle: {missing}"),
            Self::OtherRefresh { refresh } => {
                write!(
                    f,
                    "the instance refresh {refresh}, started by somebody else, is in the way"
                )
            }
            Self::Operator => f.write_str("the operator asked for it"),
            Self::Refused { action, detail } => write!(f, "AWS refused to {action}: {detail}"),
            Self::OutOfSight { detail } => write!(f, "no information from AWS: {detail}"),
            Self::LeaseLost { detail } => write!(f, "the lease was lost: {detail}"),
        }
    }
}
