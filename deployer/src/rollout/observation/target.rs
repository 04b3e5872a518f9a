//! What the load balancer says of an instance.

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
