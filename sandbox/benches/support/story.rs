//! The stories that are played, and what each ends with.

use clap::ValueEnum;

/// What happens to the new release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Story {
    /// Everybody is replaced.
    Rolling,
    /// One launch in twenty is abandoned by its agent; halfway, the deployer turns back.
    Rollback,
}

impl Story {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rolling => "rolling",
            Self::Rollback => "rollback",
        }
    }

    /// The share of the new release's launches that its agents abandon.
    pub(crate) fn abandoned(self) -> f64 {
        match self {
            Self::Rolling => 0.0,
            Self::Rollback => 0.05,
        }
    }

    /// With so many percent of the fleet replaced the deployer turns back, if it does.
    pub(crate) fn turns_back_at(self) -> Option<u32> {
        match self {
            Self::Rolling => None,
            Self::Rollback => Some(50),
        }
    }

    /// The status with which the instance refresh ends.
    pub(crate) fn end(self) -> &'static str {
        match self {
            Self::Rolling => "Successful",
            Self::Rollback => "RollbackSuccessful",
        }
    }
}
