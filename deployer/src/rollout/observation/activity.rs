//! Launches and terminations, and the failures that they tell of.

use crate::rollout::event::EventKind;
use jiff::Timestamp;

/// What AWS's cause of a termination for bad health contains: the balancer's or EC2's check, EC2's status checks, and what a
/// person or a checker of their own said through `SetInstanceHealth`
/// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/ts-as-healthchecks.html>).
const BAD_HEALTH: [&str; 3] = ["health check", "health-check", "status checks failure"];

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

impl Activity {
    /// Whether AWS says that it was begun because a member was unhealthy.
    pub fn is_for_health(&self) -> bool {
        BAD_HEALTH.iter().any(|words| self.cause.contains(words))
    }
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
