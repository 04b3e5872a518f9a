//! How a target group spreads its requests over its targets.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html>

/// `load_balancing.algorithm.type`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Algorithm {
    /// One after the other.
    #[default]
    RoundRobin,
    /// Whoever has the fewest requests in progress.
    LeastOutstandingRequests,
    /// Any.
    WeightedRandom,
}

/// `target_group_health.unhealthy_state_routing.minimum_healthy_targets`: with fewer healthy targets the group fails open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinimumHealthy {
    /// `.count`
    pub count: u32,
    /// `.percentage`
    pub percentage: Option<u32>,
}

impl Default for MinimumHealthy {
    fn default() -> Self {
        Self {
            count: 1,
            percentage: None,
        }
    }
}

impl MinimumHealthy {
    /// Whether `healthy` of `registered` targets are enough; both bounds must hold.
    pub fn met(self, healthy: usize, registered: usize) -> bool {
        let enough = self.percentage.is_none_or(|percentage| {
            healthy as u128 * 100 >= registered as u128 * u128::from(percentage)
        });
        healthy as u128 >= u128::from(self.count) && enough
    }
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 3] = [
        Self::RoundRobin,
        Self::LeastOutstandingRequests,
        Self::WeightedRandom,
    ];

    /// The attribute's value.
    pub fn name(self) -> &'static str {
        match self {
            Self::RoundRobin => "round_robin",
            Self::LeastOutstandingRequests => "least_outstanding_requests",
            Self::WeightedRandom => "weighted_random",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bounds_must_hold() {
        let half = MinimumHealthy {
            count: 1,
            percentage: Some(50),
        };
        assert!(half.met(2, 4));
        assert!(!half.met(1, 4));
        assert!(!MinimumHealthy::default().met(0, 4));
        assert!(MinimumHealthy::default().met(1, 400));
    }
}
