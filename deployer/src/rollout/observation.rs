//! What was seen of a deployment at one moment: the journal's entry and AWS's view of the group. Plain data, no SDK types.
//!
//! A read that failed is [`Seen::Unknown`]: no information, never a sign of health or of failure.

use crate::journal::Entry;
use crate::rollout::action::Action;
use crate::rollout::event::EventKind;
use contract::digest::Digest;
use contract::status::StatusDocument;
use jiff::Timestamp;
use semver::Version;
use std::collections::BTreeMap;
use std::fmt;

/// A fact, or why it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// Read just now.
    Known(T),
    /// Not read, or the read failed.
    Unknown {
        /// The error, fit for a sentence.
        why: String,
    },
}

/// What was seen at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The moment; decisions know no other clock.
    pub at: Timestamp,
    /// The journal's entry of this deployment; none before it has begun.
    pub entry: Option<Entry>,
    /// What AWS and the instances' agents say.
    pub fleet: FleetView,
    /// Actions that this run has applied.
    pub applied: Vec<Action>,
    /// Actions that AWS refused for good in this run, with its words.
    pub refused: Vec<(Action, String)>,
    /// Members that failed earlier, still known though they are gone from AWS's view.
    pub failed_before: Vec<MemberFailure>,
    /// Set while something essential cannot be read, or the last action failed on the way.
    pub blind: Option<Blindness>,
}

/// Trouble on the way to AWS or the store: no information about the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blindness {
    /// Since when without a break.
    pub since: Timestamp,
    /// The last error.
    pub detail: String,
}

/// What AWS and the instances' agents say at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetView {
    /// The group and its members.
    pub group: Seen<Group>,
    /// The versions of the group's launch template that matter here.
    pub templates: Seen<Templates>,
    /// Instance refreshes, newest first.
    pub refreshes: Seen<Vec<Refresh>>,
    /// The state of each registered instance, the worst over all target groups.
    pub targets: Seen<BTreeMap<String, Target>>,
    /// Launches and terminations since the deployment began, newest first.
    pub activities: Seen<Vec<Activity>>,
    /// The status documents of the instances launched since the deployment began.
    pub documents: Seen<BTreeMap<String, StatusDocument>>,
    /// The environment's version parameter; read only once a refresh has ended.
    pub parameter: Seen<Option<String>>,
}

/// An Auto Scaling group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The smallest size.
    pub min: u32,
    /// The largest size.
    pub max: u32,
    /// The desired size.
    pub desired: u32,
    /// The launch template that the group has saved; changed by AWS only when a refresh succeeds.
    pub template: Option<TemplateRef>,
    /// Whether the load balancer's health checks count for the group.
    pub elb_health: bool,
    /// The attached target groups, by ARN.
    pub target_groups: Vec<String>,
    /// Suspended processes, in AWS's words.
    pub suspended: Vec<String>,
    /// The members.
    pub members: Vec<Member>,
}

/// A launch template and the version text by which a group refers to it: a number, `$Latest` or `$Default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRef {
    /// The template's id, `lt-…`.
    pub id: String,
    /// The version as the group has it.
    pub version: String,
}

/// One instance of the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The instance id.
    pub instance: String,
    /// The availability zone.
    pub zone: String,
    /// The lifecycle state.
    pub lifecycle: Lifecycle,
    /// Whether the group holds it for healthy.
    pub healthy: bool,
    /// The launch template version that it was launched from.
    pub template_version: Option<u64>,
}

/// A lifecycle state, with AWS's own word for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// What it means to a deployment.
    pub stage: Stage,
    /// AWS's word, such as `Pending:Wait`.
    pub word: String,
}

/// What a lifecycle state means to a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Being launched.
    Coming,
    /// In service: the group counts it and its target gets traffic.
    InService,
    /// Being terminated or detached.
    Leaving,
    /// Set aside by a person or waiting in the warm pool: no traffic.
    Aside,
}

/// The launch template versions that matter to a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Templates {
    /// The version that the group has saved, or had when the deployment began.
    pub base: Template,
    /// The version made for this deployment.
    pub ours: Option<Template>,
    /// The template's default version.
    pub default_version: u64,
}

/// One version of a launch template, as far as tags tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The template's id.
    pub id: String,
    /// The version's number.
    pub number: u64,
    /// The baton version in its instance tags.
    pub version: Option<Version>,
    /// The manifest digest in its instance tags.
    pub manifest: Option<Digest>,
}

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

/// A target's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What it means to a deployment.
    pub health: TargetHealth,
    /// AWS's word, such as `unhealthy`.
    pub word: String,
    /// AWS's explanation, empty when none was given.
    pub detail: String,
}

/// What a target's state means to a deployment. In order from worst to best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetHealth {
    /// Health checks fail.
    Unhealthy,
    /// Not registered, or not checked: no sign either way.
    Unused,
    /// Leaving the load balancer.
    Draining,
    /// Registered, not yet judged.
    Initial,
    /// Health checks succeed.
    Healthy,
}

/// One launch or termination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub kind: ActivityKind,
    /// The instance, once there is one.
    pub instance: Option<String>,
    /// How it stands.
    pub state: ActivityState,
    /// AWS's explanation of a failure, empty when none was given.
    pub detail: String,
    /// AWS's account of why the activity was begun.
    pub cause: String,
    /// When it was begun.
    pub started: Timestamp,
}

/// What AWS's cause of a termination for bad health contains: the balancer's or EC2's check, EC2's status checks, and what a
/// person or a checker of their own said through `SetInstanceHealth`
/// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-healthchecks.html>).
const BAD_HEALTH: [&str; 3] = ["health check", "health-check", "status checks failure"];

impl Activity {
    /// Whether AWS says that it was begun because a member was unhealthy.
    pub fn is_for_health(&self) -> bool {
        BAD_HEALTH.iter().any(|words| self.cause.contains(words))
    }
}

/// What an activity is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityKind {
    /// A launch.
    Launch,
    /// A termination.
    Terminate,
    /// Anything else.
    Other,
}

/// How an activity stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityState {
    /// Still going on.
    Running,
    /// Ended well.
    Succeeded,
    /// Failed, or cancelled: a launch whose hook was abandoned ends so.
    Failed,
}

/// A member of the wanted release that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberFailure {
    /// The instance id, or the activity id of a launch that never had one.
    pub instance: String,
    /// What it was doing.
    pub phase: String,
    /// What went wrong.
    pub cause: String,
    /// The server's last lines.
    pub log: Vec<String>,
}

impl Observation {
    /// AWS's words, when it refused this action in this run.
    pub fn refusal(&self, action: &Action) -> Option<&str> {
        let mut refused = self.refused.iter();
        refused
            .find(|(refused, _)| refused == action)
            .map(|(_, detail)| detail.as_str())
    }
}

impl<T> Seen<T> {
    /// The fact, where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(fact) => Some(fact),
            Self::Unknown { .. } => None,
        }
    }

    /// The fact, or why it is not known.
    pub fn get(&self) -> Result<&T, &str> {
        match self {
            Self::Known(fact) => Ok(fact),
            Self::Unknown { why } => Err(why),
        }
    }
}

impl<T, E: fmt::Display> From<Result<T, E>> for Seen<T> {
    fn from(read: Result<T, E>) -> Self {
        match read {
            Ok(fact) => Self::Known(fact),
            Err(error) => Self::Unknown {
                why: error.to_string(),
            },
        }
    }
}

impl FleetView {
    /// The error of the first read that a deployment cannot do without and that failed.
    pub fn blindness(&self) -> Option<String> {
        let reads = [
            self.group.get().err(),
            self.templates.get().err(),
            self.refreshes.get().err(),
            self.targets.get().err(),
        ];
        reads.into_iter().flatten().next().map(str::to_owned)
    }
}

impl From<MemberFailure> for EventKind {
    fn from(failure: MemberFailure) -> Self {
        Self::MemberFailed {
            instance: failure.instance,
            phase: failure.phase,
            cause: failure.cause,
            log: failure.log,
        }
    }
}

impl TemplateRef {
    /// The version, when the group is pinned to a number.
    pub fn number(&self) -> Option<u64> {
        self.version.parse().ok()
    }
}

impl Group {
    /// Members that are launched, serving or on their way there or out: all but those set aside.
    pub fn active_members(&self) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .filter(|member| member.lifecycle.stage != Stage::Aside)
    }
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
}

impl RefreshStatus {
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
