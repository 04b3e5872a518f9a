//! EC2 takes a Spot instance back: a notice in the metadata, and the end some time later, whatever the group thinks of it.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html>

use jiff::Timestamp;
use std::time::Duration;

use super::agenda::Timer;
use super::{InstanceId, InstanceState, World};

/// What an instance that is taken back is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpotNotice {
    /// When it was told: also the time of the rebalance recommendation, which comes with it.
    pub noticed: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
}

impl World {
    /// Input: EC2 takes the instance back, after `notice` or AWS's two minutes. `false` for one that does not run, or that
    /// has its notice already.
    pub fn reclaim(&mut self, now: Timestamp, id: &InstanceId, notice: Option<Duration>) -> bool {
        self.catch_up(now);
        let notice = notice.unwrap_or(self.timings.spot_notice);
        let spot = SpotNotice {
            noticed: self.now,
            ends: self.now + notice,
        };
        let Some(instance) = self.instances.get_mut(id) else {
            return false;
        };
        if instance.state != InstanceState::Running || instance.spot.is_some() {
            return false;
        }
        instance.spot = Some(spot);
        self.agenda.remind(spot.ends, Timer::Reclaim(id.clone()));
        true
    }

    /// The notice is over: the machine goes as by `TerminateInstances`, without draining or hooks.
    pub(super) fn reclaimed(&mut self, id: &InstanceId) {
        let alive = |state| matches!(state, InstanceState::Pending | InstanceState::Running);
        if self
            .instance(id)
            .is_some_and(|instance| alive(instance.state))
        {
            self.stop(id);
            self.lost(id);
        }
    }
}
