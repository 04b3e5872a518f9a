//! An EC2 instance: the machine, whatever group it belongs to. Membership and its states live in `member`.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use jiff::Timestamp;

use super::agenda::Timer;
use super::{InstanceId, LaunchTemplateData, ResolvedVersion, SpotNotice, World};

/// One machine.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Its identity.
    pub id: InstanceId,
    /// EC2's view of it.
    pub state: InstanceState,
    /// When it was launched.
    pub launched_at: Timestamp,
    /// The availability zone.
    pub zone: String,
    /// The AMI.
    pub image_id: String,
    /// For example `t3.micro`.
    pub instance_type: String,
    /// The private address, from the moment that it runs.
    pub address: Option<Ipv4Addr>,
    /// The user's tags and the system's.
    pub tags: BTreeMap<String, String>,
    /// What it was launched from.
    pub data: Arc<LaunchTemplateData>,
    /// The group that it is in; empty outside every group.
    pub group: String,
    /// The launch template version that it was launched from.
    pub template: ResolvedVersion,
    /// Whether the outside was told to start it.
    pub(super) booted: bool,
    /// When the shutdown began.
    pub(super) stopping_since: Option<Timestamp>,
    /// Whether the outside has reported its end.
    pub(super) ended: bool,
    /// That EC2 takes it back.
    pub(super) spot: Option<SpotNotice>,
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InstanceState {
    /// Starting.
    Pending,
    /// Up.
    Running,
    /// Told to stop.
    ShuttingDown,
    /// Gone.
    Terminated,
}

impl InstanceState {
    /// The `Code` of the API.
    pub fn code(self) -> u16 {
        match self {
            Self::Pending => 0,
            Self::Running => 16,
            Self::ShuttingDown => 32,
            Self::Terminated => 48,
        }
    }

    /// The `Name` of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::ShuttingDown => "shutting-down",
            Self::Terminated => "terminated",
        }
    }
}

impl Instance {
    /// Whether EC2's own health check passes: anything but pending or running is unhealthy at once.
    /// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/health-checks-overview.html>
    pub(super) fn is_alive(&self) -> bool {
        matches!(self.state, InstanceState::Pending | InstanceState::Running)
    }
}

impl World {
    /// The instance, if EC2 (still) knows it.
    pub fn instance(&self, id: &InstanceId) -> Option<&Instance> {
        self.instances.get(id)
    }

    /// Every instance that EC2 (still) knows, by id.
    pub fn instances(&self) -> impl Iterator<Item = &Instance> {
        self.instances.values()
    }

    /// A terminated instance is no longer shown, unless a group still counts on it: in `Standby` nobody has noticed yet.
    pub(super) fn forget(&mut self, id: &InstanceId) {
        if self.member(id).is_some() {
            let later = self.now + self.timings.terminated_visible;
            return self.agenda.remind(later, Timer::Forget(id.clone()));
        }
        if self
            .instances
            .get(id)
            .is_some_and(|i| i.state == InstanceState::Terminated)
        {
            self.instances.remove(id);
        }
    }
}
