//! One instance refresh: what was asked, how far it is, which way it goes.

use std::time::Duration;

use jiff::Timestamp;

use super::checkpoint::Checkpoints;
use super::progress::Progress;
use super::{Preferences, RefreshStatus};
use crate::world::member::Departure;
use crate::world::{Group, Member, TemplateRef};

/// One refresh, active or past.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// `InstanceRefreshId`
    pub id: String,
    /// Its status.
    pub status: RefreshStatus,
    /// Why it stands where it stands.
    pub reason: Option<String>,
    /// When it was requested.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// `PercentageComplete`
    pub percentage: u32,
    /// `InstancesToUpdate`
    pub to_update: usize,
    /// The launch template of `DesiredConfiguration`, if one was given.
    pub desired: Option<TemplateRef>,
    /// The preferences, as requested.
    pub preferences: Preferences,
    /// Set once a rollback has started.
    pub rollback: Option<RollbackDetails>,
    /// Its place in the group's history.
    pub(super) number: usize,
    pub(super) progress: Progress,
    pub(super) checkpoints: Checkpoints,
    /// When the last instance was replaced.
    pub(super) baking_since: Option<Timestamp>,
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RollbackDetails.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollbackDetails {
    /// `RollbackReason`
    pub reason: String,
    /// `RollbackStartTime`
    pub started: Timestamp,
    /// `PercentageCompleteOnRollback`
    pub percentage: u32,
    /// `InstancesToUpdateOnRollback`
    pub to_update: usize,
}

/// Which refresh launched a member, and on which leg of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::world) struct Generation {
    pub(super) refresh: usize,
    pub(super) backward: bool,
}

impl Refresh {
    /// What members launched now belong to; `None` while the refresh itself launches nothing.
    pub(in crate::world) fn generation(&self) -> Option<Generation> {
        match self.status {
            RefreshStatus::InProgress | RefreshStatus::Baking => Some(self.leg(false)),
            RefreshStatus::RollbackInProgress => Some(self.leg(true)),
            _ => None,
        }
    }

    /// The configuration that the refresh makes the group launch; `None` for the group's own.
    pub(in crate::world) fn launches<'a>(
        &'a self,
        own: &'a TemplateRef,
    ) -> Option<&'a TemplateRef> {
        match self.status {
            RefreshStatus::InProgress | RefreshStatus::Baking => self.desired.as_ref(),
            RefreshStatus::RollbackInProgress => Some(own),
            _ => None,
        }
    }

    /// Whether the refresh has launched the member, on either leg, or sent it away.
    pub(super) fn has_moved(&self, member: &Member) -> bool {
        member.departure == Some(Departure::Refresh)
            || member
                .generation
                .is_some_and(|leg| leg.refresh == self.number)
    }

    /// How long a new member counts as warming up.
    pub(super) fn warmup(&self, group: &Group) -> Duration {
        self.preferences.warmup.unwrap_or_else(|| group.warmup())
    }

    pub(super) fn leg(&self, backward: bool) -> Generation {
        Generation {
            refresh: self.number,
            backward,
        }
    }

    pub(super) fn end(&mut self, now: Timestamp, status: RefreshStatus, reason: Option<String>) {
        self.status = status;
        self.reason = reason;
        self.ended = Some(now);
    }
}
