//! The fleet: the one seam between deciding and AWS. SDK types stay below this folder.

mod aws;
mod convert;

use crate::journal::Record;
use crate::rollout::action::Action;
use crate::rollout::observation::FleetView;

pub use aws::{AwsFleet, Hook, ReadError, Survey};

/// What the driver needs of AWS: look, and do one thing.
#[async_trait::async_trait]
pub trait Fleet: Send + Sync {
    /// Looks at everything that matters to a deployment; before it has begun, `record` is none. What could not be read is
    /// unknown in the view.
    async fn observe(&self, record: Option<&Record>) -> FleetView;

    /// Takes one action, except those that are writes to the journal.
    async fn apply(&self, action: &Action, record: &Record) -> Result<Applied, FleetError>;
}

/// What became of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is done, or was done before.
    Done,
    /// AWS refuses it, and asking again would not change that; holds AWS's words.
    Refused(String),
}

/// An action whose fate is not known or that may succeed later: look again before anything else.
#[derive(Debug, thiserror::Error)]
#[error("failed to {action}: {detail}")]
pub struct FleetError {
    /// The action.
    pub action: String,
    /// The error and its causes.
    pub detail: String,
}
