//! What the outside must do. The world never waits for an effect: the outside answers with an input when it is done.

use std::collections::BTreeMap;

use super::InstanceId;

/// Something for the outside to do; each is emitted once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Start a machine; answer with `instance_running`, or `instance_ended` if it cannot be.
    Launch(Launch),
    /// Stop the machine's system (SIGTERM and all that follows); answer with `instance_ended`. Only
    /// comes for machines that a `Launch` was emitted for.
    ShutDown {
        /// Which machine.
        instance: InstanceId,
    },
}

/// A machine to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// Its identity.
    pub instance: InstanceId,
    /// Decoded; at most 16 KB.
    pub user_data: Option<Vec<u8>>,
    /// All instance tags, the system's included.
    pub tags: BTreeMap<String, String>,
    /// For example `us-east-1a`.
    pub zone: String,
    /// The AMI.
    pub image_id: String,
    /// For example `t3.micro`.
    pub instance_type: String,
}
