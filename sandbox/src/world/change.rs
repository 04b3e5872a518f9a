//! The log of everything an instance went through: the lifelines of a rehearsal's report.

use jiff::Timestamp;

use super::{InstanceId, Lifecycle, TargetState, World};

/// One state entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub instance: InstanceId,
    /// What it became.
    pub kind: ChangeKind,
}

/// The state that was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The group's view.
    Lifecycle(Lifecycle),
    /// A target group's view; `Unused` when the target is gone from it.
    Target(TargetState),
}

impl World {
    /// Every change since the start or the last [`World::take_changes`], oldest first.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The same, handed over: the log is empty afterwards.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    pub(super) fn note(&mut self, instance: &InstanceId, kind: ChangeKind) {
        let instance = instance.clone();
        self.changes.push(Change {
            at: self.now,
            instance,
            kind,
        });
    }
}
