//! The timings of the balancer. Sizes that no one sets stand where they are enforced.

use std::time::Duration;

/// The attributes of a load balancer that matter here, and the one figure AWS does not publish.
///
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// `idle_timeout.timeout_seconds`: a connection without a byte for this long is closed, on either side; a target that
    /// has not answered for this long is given up (504).
    pub idle_timeout: Duration,
    /// How long connecting to a target may take (504).
    pub connect_timeout: Duration,
    /// From a change of the target set to its effect on traffic. Until then a deregistered target still gets requests
    /// and a new one gets none; changes of health take as long.
    pub propagation: Duration,
}

impl Default for Settings {
    /// AWS's own timings.
    fn default() -> Self {
        Self {
            idle_timeout: Duration::from_mins(1),
            connect_timeout: Duration::from_secs(10),
            // AWS gives no figure; nodes learn asynchronously, in practice within seconds.
            propagation: Duration::from_secs(3),
        }
    }
}
