//! What a deployment waits for, as a value: bar, log and timeout message read the same one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a deployment waits for, and until when. Every wait has an end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum WaitingOn {
    /// Another run holds the lease; it is dead when the lease runs out.
    Lease {
        /// The holder.
        owner: String,
        /// When its lease runs out.
        until: Timestamp,
    },
    /// The instance refresh towards the wanted version.
    Refresh {
        /// Its id.
        refresh: String,
        /// Its status, in AWS's word.
        status: String,
        /// AWS's own explanation, empty when none was given.
        detail: String,
        /// When the deployment turns back.
        until: Timestamp,
    },
    /// The way back: a rollback, a cancellation, or a refresh to the previous version.
    Rollback {
        /// The refresh's id.
        refresh: String,
        /// Its status, in AWS's word.
        status: String,
        /// AWS's own explanation, empty when none was given.
        detail: String,
        /// When the deployment counts as failed.
        until: Timestamp,
    },
    /// A refresh that this deployment did not start.
    OtherRefresh {
        /// Its id.
        refresh: String,
        /// When the deployment turns back.
        until: Timestamp,
    },
    /// Members in service and targets healthy, after the refresh has ended.
    Settling {
        /// What is missing.
        missing: String,
        /// When the deployment turns back, or counts as failed.
        until: Timestamp,
    },
    /// Information: AWS or the store could not be read, which says nothing about the group.
    Sight {
        /// Since when.
        since: Timestamp,
        /// The last error.
        detail: String,
        /// When the run ends in doubt.
        until: Timestamp,
    },
}

impl WaitingOn {
    /// When the wait ends, whatever happens.
    pub fn until(&self) -> Timestamp {
        match self {
            Self::Lease { until, .. }
            | Self::Refresh { until, .. }
            | Self::Rollback { until, .. }
            | Self::OtherRefresh { until, .. }
            | Self::Settling { until, .. }
            | Self::Sight { until, .. } => *until,
        }
    }
}

impl fmt::Display for WaitingOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lease { owner, .. } => write!(f, "the lease of {owner}"),
            Self::Refresh {
                refresh, status, ..
            } => {
                write!(f, "the instance refresh {refresh} ({status})")
            }
            Self::Rollback {
                refresh, status, ..
            } => {
                write!(f, "the way back, instance refresh {refresh} ({status})")
            }
            Self::OtherRefresh { refresh, .. } => {
                write!(f, "the instance refresh {refresh} of somebody else")
            }
            Self::Settling { missing, .. } => write!(f, "the group to settle: {missing}"),
            Self::Sight { since, detail, .. } => {
                write!(f, "information, none since {since}: {detail}")
            }
        }
    }
}
