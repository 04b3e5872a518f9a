//! An instance as its group sees it: lifecycle state, health, what it was launched from and why. The paths through the
//! states are in `launching` and `leaving`.

use jiff::Timestamp;

use super::refresh::Generation;
use super::{HookAction, InstanceId, ResolvedVersion, World};

/// One member of a group.
#[derive(Debug, Clone)]
pub struct Member {
    /// The instance.
    pub id: InstanceId,
    /// Its availability zone.
    pub zone: String,
    /// For example `t3.micro`.
    pub instance_type: String,
    /// Where it stands.
    pub lifecycle: Lifecycle,
    /// Since when.
    pub since: Timestamp,
    /// The group's verdict.
    pub health: Health,
    /// The launch template version that it runs.
    pub template: ResolvedVersion,
    /// When it was launched.
    pub launched_at: Timestamp,
    /// When it became `InService`: the start of grace period and warmup.
    pub in_service_since: Option<Timestamp>,
    /// Lifecycle actions that are waiting for their completion.
    pub hooks: Vec<HookAction>,
    /// `ProtectedFromScaleIn`; has an effect while it is `InService`.
    pub protected: bool,
    /// Why it was launched.
    pub(super) why: Why,
    /// Why it leaves, once it does.
    pub(super) departure: Option<Departure>,
    /// The instance refresh that launched it, if one did.
    pub(super) generation: Option<Generation>,
    /// The scaling activity under way: its place in the group's list.
    pub(super) activity: usize,
}

/// `HealthStatus`, with the cause that the activities name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// No check has said otherwise.
    Healthy,
    /// To be replaced.
    Unhealthy(Unfit),
}

/// Which check found it unhealthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// EC2: it is not running any more.
    Ec2,
    /// A target group.
    Elb,
    /// `SetInstanceHealth`.
    User,
}

/// Why a member was launched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Capacity,
    Rebalance,
    Unhealthy,
    Refresh,
}

/// Why a member leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Departure {
    ScaleIn,
    Refresh,
    Unhealthy(Unfit),
    LaunchAbandoned,
    /// With the desired capacity before and after, if it is lowered by that.
    UserRequest {
        lowered: Option<(usize, usize)>,
    },
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html>, as far as modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifecycle {
    /// Launched.
    Pending,
    /// A launch hook waits.
    PendingWait,
    /// The launch hooks are done, registration with the target groups is under way.
    PendingProceed,
    /// Serving.
    InService,
    /// Deregistering and draining on the way to `Standby`.
    EnteringStandby,
    /// Set aside: in the group, but it serves nobody and counts for nothing.
    Standby,
    /// Deregistering and draining.
    Terminating,
    /// Drained; a terminate hook waits.
    TerminatingWait,
    /// The terminate hooks are done, the machine shuts down.
    TerminatingProceed,
    /// Gone from the group.
    Terminated,
    /// Deregistering and draining, to leave the group and go on running.
    Detaching,
    /// Out of the group, and running.
    Detached,
}

/// What moves a member on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The machine runs; a launch hook is to be waited for.
    StartedToHooks,
    /// The machine runs; there is no launch hook.
    StartedToProceed,
    /// Every hook of the transition is done.
    HooksDone,
    /// Registered with every target group.
    Registered,
    /// Somebody sets it aside.
    EnterStandby,
    /// Drained on the way to `Standby`.
    StandbyReached,
    /// It is to serve again.
    ExitStandby,
    /// It is to leave the group and go on running.
    Detach,
    /// Drained on the way out of the group.
    DetachingDone,
    /// It must go.
    Leave,
    /// Drained; a terminate hook is to be waited for.
    DrainedToHooks,
    /// Drained; there is no terminate hook, or nobody left to run it.
    DrainedToProceed,
    /// The machine is gone.
    Ended,
}

impl Lifecycle {
    /// The state after `step`; `None` if the step does not apply here (it is late: somebody else was faster).
    pub(super) fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Pending, Step::StartedToHooks) => Some(Self::PendingWait),
            (Self::Pending, Step::StartedToProceed) | (Self::PendingWait, Step::HooksDone) => {
                Some(Self::PendingProceed)
            }
            (Self::Pending | Self::PendingProceed, Step::Registered) => Some(Self::InService),
            (Self::InService, Step::EnterStandby) => Some(Self::EnteringStandby),
            (Self::EnteringStandby, Step::StandbyReached) => Some(Self::Standby),
            (Self::Standby, Step::ExitStandby) => Some(Self::Pending),
            (Self::InService | Self::Standby, Step::Detach) => Some(Self::Detaching),
            (Self::Detaching, Step::DetachingDone) => Some(Self::Detached),
            (state, Step::Leave) if !state.is_leaving() => Some(Self::Terminating),
            (Self::Terminating, Step::DrainedToHooks) => Some(Self::TerminatingWait),
            (Self::Terminating, Step::DrainedToProceed)
            | (Self::TerminatingWait, Step::HooksDone) => Some(Self::TerminatingProceed),
            (Self::TerminatingProceed, Step::Ended) => Some(Self::Terminated),
            _ => None,
        }
    }

    /// The `LifecycleState` of the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::PendingWait => "Pending:Wait",
            Self::PendingProceed => "Pending:Proceed",
            Self::InService => "InService",
            Self::EnteringStandby => "EnteringStandby",
            Self::Standby => "Standby",
            Self::Terminating => "Terminating",
            Self::TerminatingWait => "Terminating:Wait",
            Self::TerminatingProceed => "Terminating:Proceed",
            Self::Terminated => "Terminated",
            Self::Detaching => "Detaching",
            Self::Detached => "Detached",
        }
    }

    /// The state being moved to, in the words of the instance metadata.
    pub(super) fn target(self) -> &'static str {
        match self {
            Self::EnteringStandby | Self::Standby => "Standby",
            Self::Detaching | Self::Detached => "Detached",
            state if state.is_leaving() => "Terminated",
            _ => "InService",
        }
    }

    /// Whether it is on its way in.
    pub fn is_coming(self) -> bool {
        matches!(
            self,
            Self::Pending | Self::PendingWait | Self::PendingProceed
        )
    }

    /// Whether it is on its way in or out.
    pub fn is_moving(self) -> bool {
        self.is_coming() || self.is_leaving()
    }

    /// Whether it is set aside, or about to be.
    pub fn is_standby(self) -> bool {
        matches!(self, Self::EnteringStandby | Self::Standby)
    }

    /// Whether it is on its way out.
    pub fn is_leaving(self) -> bool {
        self >= Self::Terminating
    }
}

impl Member {
    /// Whether it counts towards the group's capacity: on its way in, or in service.
    pub fn is_live(&self) -> bool {
        self.lifecycle.is_coming() || self.in_service()
    }

    /// Whether it serves.
    pub fn in_service(&self) -> bool {
        self.lifecycle == Lifecycle::InService
    }
}

impl World {
    pub(super) fn member(&self, id: &InstanceId) -> Option<&Member> {
        let group = &self.instances.get(id)?.group;
        self.groups.get(group)?.members.get(id)
    }

    pub(super) fn member_mut(&mut self, id: &InstanceId) -> Option<&mut Member> {
        let group = &self.instances.get(id)?.group;
        self.groups.get_mut(group)?.members.get_mut(id)
    }

    /// Moves a member on and tells the group to look; `false` if the step came too late to apply.
    pub(super) fn step(&mut self, id: &InstanceId, step: Step) -> bool {
        let now = self.now;
        let Some(member) = self.member_mut(id) else {
            return false;
        };
        let Some(next) = member.lifecycle.after(step) else {
            return false;
        };
        member.lifecycle = next;
        member.since = now;
        self.note(id, super::ChangeKind::Lifecycle(next));
        self.stir(id);
        true
    }
}
