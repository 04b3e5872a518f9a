//! The kinds of fault by name. What each takes and means stands in `kinds`.

use super::Key;
use super::kinds::{Row, row};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Calls are refused as AWS throttles them.
    Throttle,
    /// Calls are answered with a 5xx.
    ServerError,
    /// Calls are performed and not answered.
    LostReply,
    /// Reads are answered from the past.
    StaleReads,
    /// Instances take longer to start.
    SlowBoot,
    /// Instances run, and nothing in them ever starts.
    StuckBoot,
    /// EC2 has no capacity.
    LaunchFailure,
    /// An instance loses power.
    KillInstance,
    /// A zone loses power.
    LoseZone,
    /// The agent is killed.
    KillAgent,
    /// The agent stops to run without ending.
    HangAgent,
    /// The server dies whenever it is started.
    CrashAtStart,
    /// The server dies after a while.
    CrashAfter,
    /// The server dies at a request.
    CrashAtRequest,
    /// Health checks fail and succeed in turns.
    FlapHealth,
    /// The completion of a lifecycle hook is lost.
    LoseHook,
    /// EC2 takes a Spot instance back.
    SpotNotice,
    /// The disk is slow.
    SlowDisk,
    /// The disk is full.
    FullDisk,
    /// Blobs arrive damaged.
    CorruptBlob,
    /// The store sends slowly.
    SlowStore,
    /// `deploy` is killed.
    KillDeployer,
    /// An alarm goes off.
    RaiseAlarm,
}

impl Kind {
    /// Every kind, in the order of the help.
    pub const ALL: [Self; 23] = [
        Self::Throttle,
        Self::ServerError,
        Self::LostReply,
        Self::StaleReads,
        Self::SlowBoot,
        Self::StuckBoot,
        Self::LaunchFailure,
        Self::KillInstance,
        Self::LoseZone,
        Self::KillAgent,
        Self::HangAgent,
        Self::CrashAtStart,
        Self::CrashAfter,
        Self::CrashAtRequest,
        Self::FlapHealth,
        Self::LoseHook,
        Self::SpotNotice,
        Self::SlowDisk,
        Self::FullDisk,
        Self::CorruptBlob,
        Self::SlowStore,
        Self::KillDeployer,
        Self::RaiseAlarm,
    ];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What it does, in one line.
    pub fn about(self) -> &'static str {
        self.row().about
    }

    /// The keys that it takes.
    pub fn keys(self) -> &'static [Key] {
        self.row().keys
    }

    /// How often it strikes if nobody says; `None` is without end.
    pub(super) fn times(self) -> Option<u64> {
        self.row().times
    }

    /// Whether it only ever concerns instances that are launched after it has begun.
    pub(super) fn only_new(self) -> bool {
        matches!(
            self,
            Self::SlowBoot | Self::StuckBoot | Self::CrashAtStart | Self::SlowDisk | Self::FullDisk
        )
    }

    /// The kind of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn row(self) -> Row {
        row(self)
    }
}
