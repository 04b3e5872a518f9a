//! What a running sandbox says about itself.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What `up` prints: how to reach a running sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The AWS endpoint, e.g. `http://127.0.0.1:40123`.
    pub endpoint: String,
    /// The load balancer, e.g. `http://127.0.0.1:40124`.
    pub balancer: String,
    /// The live page, e.g. `http://127.0.0.1:40123/_sandbox/`.
    pub page: String,
    /// The region.
    pub region: String,
    /// The Auto Scaling group's name.
    pub group: String,
    /// The launch template's name.
    pub launch_template: String,
    /// The target group's ARN.
    pub target_group_arn: String,
    /// The release store's URL.
    pub store: String,
    /// The state folder, absolute.
    pub state: PathBuf,
}
