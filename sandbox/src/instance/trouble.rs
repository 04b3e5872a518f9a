//! What goes wrong with a machine on demand: from its first moment, or as a blow while it runs.

use std::time::Duration;

/// What is wrong with a machine from its first moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Troubles {
    /// How long nothing starts in it.
    pub boot_delay: Duration,
    /// Nothing ever starts in it.
    pub stuck: bool,
    /// How many bytes fit on its disk.
    pub disk: Option<u64>,
    /// How many bytes per second its programs write.
    pub write_rate: Option<u64>,
    /// The server dies whenever it is started.
    pub server_dies: bool,
}

/// What happens to a machine that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blow {
    /// The power goes off: everything in it is killed at once.
    PowerCut,
    /// The agent is killed.
    KillAgent,
    /// The agent stands still, for so long or for ever.
    HangAgent(Option<Duration>),
    /// An agent that hangs goes on, unless it hangs for another reason, too.
    ResumeAgent,
    /// The server is killed so long after its start, or after the blow if that is later.
    KillServer(Duration),
}
