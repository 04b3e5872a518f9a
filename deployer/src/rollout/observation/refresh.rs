//! Instance refreshes.

use jiff::Timestamp;
use std::fmt;

/// An instance refresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub status: RefreshStatus,
    /// AWS's explanation, empty when none was given.
    pub detail: String,
    /// The template version in its desired configuration, when it is a number.
    pub version: Option<u64>,
    /// AWS's percentage.
    pub percent: u32,
    /// When it was started.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
}

/// The status of an instance refresh
/// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/check-status-instance-refresh.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshStatus {
    /// Accepted, not begun.
    Pending,
    /// Replacing members.
    InProgress,
    /// All replaced, watching.
    Baking,
    /// Being cancelled.
    Cancelling,
    /// Replacing members by the saved configuration again.
    RollbackInProgress,
    /// Ended: all replaced.
    Successful,
    /// Ended: given up.
    Failed,
    /// Ended: cancelled; members stay as they are.
    Cancelled,
    /// Ended: rolled back.
    RollbackSuccessful,
    /// Ended: the rollback was given up.
    RollbackFailed,
    /// A status that this version does not know: taken for active, so that nothing is done on top of it.
    Unknown,
}

impl RefreshStatus {
    /// Whether the refresh blocks another one. An unknown status counts as active, so that nothing is done on top of it.
    pub fn is_active(self) -> bool {
        !matches!(
            self,
            Self::Successful
                | Self::Failed
                | Self::Cancelled
                | Self::RollbackSuccessful
                | Self::RollbackFailed
        )
    }

    /// Whether somebody has cancelled it or had it rolled back.
    pub fn was_called_off(self) -> bool {
        matches!(
            self,
            Self::Cancelling
                | Self::Cancelled
                | Self::RollbackInProgress
                | Self::RollbackSuccessful
                | Self::RollbackFailed
        )
    }
}

impl fmt::Display for RefreshStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
