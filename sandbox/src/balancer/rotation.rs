//! Who gets traffic: the pure choice over target states.

use super::target_set::TargetState;
use crate::routing::MinimumHealthy;

/// The outcome of the choice, as indexes into the set.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Eligible {
    /// Those that share the traffic evenly; empty means 503.
    pub(super) indexes: Vec<usize>,
    /// Too few targets are healthy: these are all that are registered, healthy or not.
    pub(super) fail_open: bool,
}

/// The healthy targets; when there are too few, all registered ones that are not draining.
///
/// Whether an ALB fails open to `initial` targets too is not documented; including them is the harsher reading.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-group-health>
pub(super) fn eligible(states: &[TargetState], minimum: MinimumHealthy) -> Eligible {
    let healthy = indexes(states, |state| matches!(state, TargetState::Healthy));
    let registered = indexes(states, |state| {
        !matches!(state, TargetState::Draining { .. })
    });
    if minimum.met(healthy.len(), registered.len()) {
        return Eligible {
            indexes: healthy,
            fail_open: false,
        };
    }
    Eligible {
        fail_open: !registered.is_empty(),
        indexes: registered,
    }
}

fn indexes(states: &[TargetState], wanted: impl Fn(&TargetState) -> bool) -> Vec<usize> {
    (0..states.len())
        .filter(|index| wanted(&states[*index]))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn draining() -> TargetState {
        TargetState::Draining {
            until: Instant::now(),
        }
    }

    #[test]
    fn healthy_targets_share_the_traffic() {
        let states = [
            TargetState::Unhealthy,
            TargetState::Healthy,
            TargetState::Initial,
            draining(),
            TargetState::Healthy,
        ];
        let chosen = eligible(&states, MinimumHealthy::default());
        assert_eq!(chosen.indexes, [1, 4]);
        assert!(!chosen.fail_open);
    }

    #[test]
    fn without_a_healthy_target_all_but_the_draining_get_traffic() {
        let states = [TargetState::Unhealthy, draining(), TargetState::Initial];
        let chosen = eligible(&states, MinimumHealthy::default());
        assert_eq!(chosen.indexes, [0, 2]);
        assert!(chosen.fail_open);
    }

    #[test]
    fn too_few_healthy_targets_are_as_good_as_none() {
        let minimum = MinimumHealthy {
            count: 2,
            percentage: None,
        };
        let states = [TargetState::Healthy, TargetState::Unhealthy, draining()];
        let chosen = eligible(&states, minimum);
        assert_eq!(chosen.indexes, [0, 1]);
        assert!(chosen.fail_open);
    }

    #[test]
    fn draining_targets_alone_are_as_good_as_none() {
        let chosen = eligible(&[draining()], MinimumHealthy::default());
        assert_eq!(chosen.indexes, [0_usize; 0]);
        assert!(!chosen.fail_open);
    }
}
