//! Outdated members that are not simply replaced: those in `Standby`, and those protected from scale-in.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>

use std::collections::BTreeSet;

use super::{Preferences, ScaleInProtected, StandbyInstances};
use crate::world::{InstanceId, Lifecycle, Member};

/// What a refresh does with a member that is outdated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Replace it, or terminate it if it is in `Standby`.
    Replace,
    /// Leave it alone: it is none of the refresh's business.
    Leave,
    /// Wait until somebody frees it.
    Await,
}

/// Those who were met.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Aside {
    /// In `Standby`, to be terminated.
    pub(super) terminable: BTreeSet<InstanceId>,
    /// In `Standby` or on the way there, waited for.
    pub(super) absent: BTreeSet<InstanceId>,
    /// In service and protected, waited for.
    pub(super) protected: BTreeSet<InstanceId>,
}

impl Preferences {
    /// Protection has an effect on members in service only; on standby the mode for standby decides.
    pub(super) fn treatment(&self, member: &Member) -> Treatment {
        if member.lifecycle.is_standby() {
            return match self.standby {
                StandbyInstances::Terminate => Treatment::Replace,
                StandbyInstances::Ignore => Treatment::Leave,
                StandbyInstances::Wait => Treatment::Await,
            };
        }
        if !(member.protected && member.in_service()) {
            return Treatment::Replace;
        }
        match self.scale_in_protected {
            ScaleInProtected::Refresh => Treatment::Replace,
            ScaleInProtected::Ignore => Treatment::Leave,
            ScaleInProtected::Wait => Treatment::Await,
        }
    }
}

impl Aside {
    /// How many members in `Standby` the refresh still has to do with.
    pub(super) fn standby(&self) -> usize {
        self.terminable.len() + self.absent.len()
    }

    /// How many are waited for.
    pub(super) fn awaited(&self) -> usize {
        self.absent.len() + self.protected.len()
    }

    /// Takes an outdated member in. Whoever drains on the way to `Standby` is terminated when it is there.
    pub(super) fn enter(&mut self, member: &Member, treatment: Treatment) {
        let there = member.lifecycle == Lifecycle::Standby;
        let place = match (treatment, member.lifecycle.is_standby()) {
            (Treatment::Replace, true) if there => &mut self.terminable,
            (Treatment::Replace | Treatment::Await, true) => &mut self.absent,
            (Treatment::Await, false) => &mut self.protected,
            (Treatment::Replace, false) | (Treatment::Leave, _) => return,
        };
        place.insert(member.id.clone());
    }

    pub(super) fn forget(&mut self, id: &InstanceId) {
        self.terminable.remove(id);
        self.absent.remove(id);
        self.protected.remove(id);
    }
}
