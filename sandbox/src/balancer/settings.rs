//! What no attribute of a load balancer sets. Sizes stand where they are enforced.

use std::time::Duration;

/// The timings of the balancer that AWS decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// How long connecting to a target may take (504).
    /// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html>
    pub connect_timeout: Duration,
    /// From a change of rules, weights or targets to its effect on traffic. Until then a deregistered target still gets
    /// requests and a new one gets none; changes of health take as long.
    pub propagation: Duration,
}

impl Default for Settings {
    /// AWS's own timings.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            // AWS gives no figure; nodes learn asynchronously, in practice within seconds.
            propagation: Duration::from_secs(3),
        }
    }
}
