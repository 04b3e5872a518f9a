//! Everything that a deployment can do: a closed list, each idempotent and derivable from the record.

use crate::rollout::goal::{Outcome, Reason};
use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing to do. Repeating it after a lost answer changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Action {
    /// Write the record: what was there before, and what is wanted. Create-only.
    Begin,
    /// Create the launch template version that carries the wanted release's tags. Its client token and its description are
    /// derived from the deployment id.
    CreateTemplateVersion,
    /// Start an instance refresh towards this numeric template version.
    StartRefresh {
        /// The wanted version, or the previous one on the way back.
        version: u64,
    },
    /// Write down, create-only, that the deployment goes back from now on.
    TurnBack {
        /// Why.
        reason: Reason,
    },
    /// Have AWS roll the active refresh back.
    RollbackRefresh,
    /// Cancel the active refresh, where AWS refuses to roll it back.
    CancelRefresh,
    /// Make this version the template's default.
    MoveDefaultVersion {
        /// The new default.
        version: u64,
    },
    /// Write the environment's version parameter, for people and other tools.
    WriteParameter {
        /// The baton version that serves now.
        value: String,
    },
    /// Write the outcome, create-only; the deployment is closed.
    Close {
        /// How it ended.
        outcome: Outcome,
    },
}

impl Action {
    /// Whether the action is a write to the journal; the others are calls to AWS.
    pub fn is_journal(&self) -> bool {
        matches!(
            self,
            Self::Begin | Self::TurnBack { .. } | Self::Close { .. }
        )
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begin => f.write_str("write the record"),
            Self::CreateTemplateVersion => f.write_str("create a launch template version"),
            Self::StartRefresh { version } => {
                write!(f, "start an instance refresh to template version {version}")
            }
            Self::TurnBack { .. } => f.write_str("turn back"),
            Self::RollbackRefresh => f.write_str("roll the instance refresh back"),
            Self::CancelRefresh => f.write_str("cancel the instance refresh"),
            Self::MoveDefaultVersion { version } => {
                write!(f, "make template version {version} the default")
            }
            Self::WriteParameter { value } => write!(f, "write the version parameter ({value})"),
            Self::Close { .. } => f.write_str("close the record"),
        }
    }
}
