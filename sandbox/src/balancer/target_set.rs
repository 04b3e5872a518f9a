//! What the balancer is told about one target group: plain data, no behaviour.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::routing::{Algorithm, MinimumHealthy};

/// The targets of one target group and how to check them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSet {
    /// Every registered target, the draining ones included; an id occurs once.
    pub targets: Vec<Target>,
    /// How every target is probed.
    pub health_check: HealthCheck,
    /// Who of those that get requests gets the next one.
    pub algorithm: Algorithm,
    /// With fewer healthy targets all get requests.
    pub minimum_healthy: MinimumHealthy,
}

/// One registered target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The instance id, as the health prober reports it.
    pub id: String,
    /// Where it listens, for requests and probes alike.
    pub address: SocketAddr,
    /// Whether it gets traffic.
    pub state: TargetState,
    /// Set while it is in slow start, and maybe longer.
    pub slow_start: Option<SlowStart>,
}

/// A target's part of the requests grows from nothing to a whole share, evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlowStart {
    /// When it became healthy.
    pub since: Instant,
    /// For how long it grows.
    pub duration: Duration,
}

impl SlowStart {
    /// The part of a whole share at this moment, 0 to 1.
    pub(super) fn part(self, now: Instant) -> f64 {
        let grown = now.saturating_duration_since(self.since);
        if grown >= self.duration {
            return 1.0;
        }
        grown.as_secs_f64() / self.duration.as_secs_f64()
    }
}

/// The states of `DescribeTargetHealth` in which an ALB still knows the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetState {
    /// Registered, no verdict of the health check yet.
    Initial,
    /// Gets traffic.
    Healthy,
    /// Gets traffic only when no target is healthy.
    Unhealthy,
    /// Deregistered: no new requests; what is in flight may finish.
    Draining {
        /// The end of the deregistration delay: what is still in flight then is cut.
        until: Instant,
    },
}

/// The health check of a target group; thresholds and the matcher are the judge's, not the prober's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// Path and query, with the leading slash.
    pub path: String,
    /// From one probe's start to the next one's, whatever the answer took.
    pub interval: Duration,
    /// How long a probe waits for the complete answer, connecting included.
    pub timeout: Duration,
}
