//! The statuses of an instance refresh.

/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/check-status-instance-refresh.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshStatus {
    /// Requested, not started.
    Pending,
    /// Replacing.
    InProgress,
    /// Everything is replaced, the bake time runs.
    Baking,
    /// Done.
    Successful,
    /// Given up, without rollback.
    Failed,
    /// Cancelled, but instances are still on their way in or out.
    Cancelling,
    /// Cancelled.
    Cancelled,
    /// Replacing the replaced by the saved configuration.
    RollbackInProgress,
    /// Rolled back.
    RollbackSuccessful,
    /// Given up during the rollback.
    RollbackFailed,
}

impl RefreshStatus {
    /// Whether it blocks another refresh.
    pub fn is_active(self) -> bool {
        match self {
            Self::Pending
            | Self::InProgress
            | Self::Baking
            | Self::Cancelling
            | Self::RollbackInProgress => true,
            Self::Successful
            | Self::Failed
            | Self::Cancelled
            | Self::RollbackSuccessful
            | Self::RollbackFailed => false,
        }
    }

    /// The `Status` of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Baking => "Baking",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Cancelling => "Cancelling",
            Self::Cancelled => "Cancelled",
            Self::RollbackInProgress => "RollbackInProgress",
            Self::RollbackSuccessful => "RollbackSuccessful",
            Self::RollbackFailed => "RollbackFailed",
        }
    }
}
