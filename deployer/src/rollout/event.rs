//! The one stream of facts about a deployment. Progress bar, plain lines, JSON lines and the history in the store are all
//! consumers of it; none of them learns anything elsewhere.

use crate::journal::DeploymentId;
use crate::rollout::action::Action;
use crate::rollout::goal::{Outcome, Reason};
use contract::digest::Digest;
use contract::names::Name;
use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};
use std::time::Duration;

pub use crate::rollout::waiting::WaitingOn;

/// The format of [`DeployEvent`] as JSON.
pub const SCHEMA: u16 = 1;

/// One fact about a deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployEvent {
    /// The format, [`SCHEMA`].
    pub schema: u16,
    /// The deployment.
    pub deployment: DeploymentId,
    /// Counts up within a deployment, also across resumed runs.
    pub seq: u64,
    /// When it was noticed.
    pub at: Timestamp,
    /// Milliseconds since this run began.
    pub elapsed_ms: u64,
    /// Part of a plan (`--dry-run`): it has not happened.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub planned: bool,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// Numbers and dates the events of one run.
#[derive(Clone, Debug)]
pub struct EventSource {
    /// The deployment.
    pub deployment: DeploymentId,
    /// When the run began.
    pub began: Timestamp,
    /// The next event's number.
    pub next_seq: u64,
    /// Whether the events are those of a plan.
    pub planned: bool,
}

impl EventSource {
    /// The events of a run that begins now.
    pub fn new(deployment: DeploymentId, began: Timestamp) -> Self {
        Self {
            deployment,
            began,
            next_seq: 1,
            planned: false,
        }
    }

    /// The next event. Its number is used up, whatever becomes of the event.
    pub fn event(&mut self, at: Timestamp, kind: EventKind) -> DeployEvent {
        let seq = self.next_seq;
        self.next_seq += 1;
        let elapsed = self.elapsed(at).as_millis();
        DeployEvent {
            schema: SCHEMA,
            deployment: self.deployment.clone(),
            seq,
            at,
            elapsed_ms: u64::try_from(elapsed).unwrap_or(u64::MAX),
            planned: self.planned,
            kind,
        }
    }

    /// How long the run has taken; nothing while the clock stands before its beginning.
    pub fn elapsed(&self, at: Timestamp) -> Duration {
        Duration::try_from(at.duration_since(self.began)).unwrap_or_default()
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum EventKind {
    /// Where the run will work, said before anything is read or changed there.
    Addressed {
        /// The account that the environment belongs to.
        account: String,
        /// The AWS region.
        region: String,
        /// The endpoint, when it is not AWS's own.
        endpoint: Option<String>,
    },
    /// A run begins, or goes on with an open deployment.
    Started {
        /// The service.
        service: Name,
        /// The environment.
        environment: Name,
        /// The version wanted.
        version: Version,
        /// The digest of its manifest.
        manifest: Digest,
        /// The version before, where the template carried one.
        from_version: Option<Version>,
        /// The AWS account.
        account: String,
        /// The AWS region.
        region: String,
        /// The endpoint, when it is not AWS's own.
        endpoint: Option<String>,
        /// The Auto Scaling group.
        group: String,
        /// Whether an open deployment is resumed.
        resumed: bool,
    },
    /// An action is about to be taken.
    ActionStarted {
        /// The action.
        action: Action,
    },
    /// An action was taken, or had been taken before.
    ActionDone {
        /// The action.
        action: Action,
    },
    /// AWS refused an action for good; the deployment goes on another way.
    ActionRefused {
        /// The action.
        action: Action,
        /// AWS's words.
        detail: String,
    },
    /// What the deployment waits for has changed.
    Waiting {
        /// What, and until when.
        on: WaitingOn,
    },
    /// The counts have changed.
    Progress {
        /// Members in service on the version that the deployment is heading for.
        updated: u32,
        /// Members that the group is to have.
        total: u32,
        /// Members whose targets are all healthy, of either version.
        healthy_targets: u32,
        /// AWS's own percentage, which lags behind and counts warmup.
        percent: u32,
        /// Members launching or leaving.
        in_flight: u32,
    },
    /// A member has come, gone or changed its state.
    MemberChanged {
        /// The instance id.
        instance: String,
        /// The release it runs, where known.
        version: Option<Version>,
        /// Its lifecycle state in AWS's word; `Terminated` once it is out of the group.
        state: String,
        /// Its target's state in AWS's word; none when it is not registered.
        target: Option<String>,
    },
    /// A member of the wanted release failed.
    MemberFailed {
        /// The instance id, or the launch that never had one.
        instance: String,
        /// What it was doing.
        phase: String,
        /// What went wrong.
        cause: String,
        /// The server's last lines, oldest first, safe to print.
        log: Vec<String>,
    },
    /// The deployment goes back from here on.
    RollbackStarted {
        /// Why.
        reason: Reason,
    },
    /// The run has ended.
    Finished {
        /// How.
        outcome: Outcome,
        /// Seconds that this run took.
        seconds: u64,
    },
    /// Written by a later version of the tool.
    #[serde(other)]
    Unknown,
}

impl EventKind {
    /// Whether the event is kept in the store. The rest is for the watching eye.
    pub fn lasting(&self) -> bool {
        match self {
            Self::Started { .. }
            | Self::ActionStarted { .. }
            | Self::ActionDone { .. }
            | Self::ActionRefused { .. }
            | Self::MemberFailed { .. }
            | Self::RollbackStarted { .. }
            | Self::Finished { .. } => true,
            Self::Addressed { .. }
            | Self::Waiting { .. }
            | Self::Progress { .. }
            | Self::MemberChanged { .. }
            | Self::Unknown => false,
        }
    }
}
