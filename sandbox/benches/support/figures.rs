//! What one run comes to. A run is a process of its own, so that its memory is its own, and hands its figures over as JSON.

use serde::{Deserialize, Serialize};

/// The figures of one size and story; times are means where it was played more than once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Figures {
    pub(crate) members: u32,
    /// How often it was played.
    pub(crate) rounds: u32,
    /// Until the group has come up, in seconds.
    pub(crate) launching: f64,
    /// The deployment, in seconds.
    pub(crate) deploying: f64,
    /// The processor time of it, in seconds.
    pub(crate) processor: f64,
    /// Of the deployment in AWS's answers, in seconds.
    pub(crate) answering: f64,
    /// Of the deployment in reading the answers, in seconds.
    pub(crate) reading: f64,
    /// How long the deployment took in its own time, in seconds.
    pub(crate) simulated: f64,
    /// What machines, agents and probes did, and what time brought.
    pub(crate) events: u64,
    /// Looks of the deployer.
    pub(crate) looks: u64,
    /// The most failed launches that it saw at once.
    pub(crate) failures: usize,
    /// Operations.
    pub(crate) calls: u64,
    /// Bytes of their answers.
    pub(crate) bytes: u64,
    /// The most memory at any moment, in bytes.
    pub(crate) memory: u64,
}

impl Figures {
    /// Microseconds of processor time for each member.
    pub(crate) fn cost(&self) -> f64 {
        1e6 * self.processor / f64::from(self.members)
    }
}
