//! What the agent sees when it decides: a plain value, made by the edge, without clocks or handles.

use contract::status::Phase;

/// Everything that [`crate::duty::duty`] looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// SIGTERM or SIGINT has come: the operating system or its service manager wants the agent to end.
    pub(crate) shutdown: bool,
    /// Where the group moves this instance.
    pub(crate) target: Target,
    /// Reading tags and manifest.
    pub(crate) resolve: Job,
    /// Bringing the files to this disk, verified.
    pub(crate) install: Job,
    /// The server.
    pub(crate) server: Server,
    /// Whether `current` points to the release that runs.
    pub(crate) linked: bool,
    /// The launch hook.
    pub(crate) launch: Hook,
    /// The terminate hook.
    pub(crate) termination: Hook,
    /// The phase last handed to the reporter.
    pub(crate) announced: Option<Phase>,
    /// Whether the reporter has written that phase, or has tried long enough.
    pub(crate) reported: bool,
    /// Whether a hook must hear again that the agent still works.
    pub(crate) heartbeat_due: bool,
}

/// The target lifecycle state of the instance metadata. It says where the instance goes, not where it is
/// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Never set, or never read.
    Unknown,
    /// Into service.
    InService,
    /// Out of the group, to the end.
    Terminated,
    /// `Standby`, `Detached`, `Warmed:…`: the instance lives on and so does its server.
    Elsewhere,
}

/// A piece of work that takes its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Not begun, or cancelled.
    NotBegun,
    /// Under way.
    Running,
    /// Finished.
    Done,
    /// Failed.
    Failed {
        /// Whether trying again can help.
        transient: bool,
        /// Tries so far.
        attempts: u32,
        /// Whether the pause before the next try is over.
        rested: bool,
    },
}

/// The server process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// Not started yet.
    Absent,
    /// Started; not yet ready and healthy.
    Starting,
    /// Ready, and its health check answers.
    Healthy,
    /// Ended by itself, or never became healthy.
    Died {
        /// Deaths in a row that came soon after the start.
        quick_deaths: u32,
        /// Whether the pause before the next start is over.
        rested: bool,
    },
    /// Told to end; still answering what it must.
    Stopping,
    /// Ended as told; nothing listens any more.
    Stopped,
}

/// A lifecycle hook of this instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hook {
    /// Not completed.
    Open {
        /// Whether the pause after an unsuccessful try is over.
        due: bool,
    },
    /// Completed, or nothing has waited for an answer for a long time.
    Closed,
}
