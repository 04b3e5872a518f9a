//! Who gets traffic: the pure choice over target states.

use super::target_set::TargetState;

/// The outcome of the choice, as indexes into the set.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Eligible {
    /// Those that share the traffic evenly; empty means 503.
    pub(super) indexes: Vec<usize>,
    /// No target is healthy: these are all that are registered, healthy or not.
    pub(super) fail_open: bool,
}

/// The healthy targets; when there is none, all registered ones that are not draining.
///
/// Whether an ALB fails open to `initial` targets too is not documented; including them is the harsher reading.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-group-health>
pub(super) fn eligible(states: &[TargetState]) -> Eligible {
    let healthy = indexes(states, |state| matches!(state, TargetState::Healthy));
    if !healthy.is_empty() {
        return Eligible {
            indexes: healthy,
            fail_open: false,
        };
    }
    let registered = indexes(states, |state| {
        !matches!(state, TargetState::Draining { .. })
    });
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
        let chosen = eligible(&states);
        assert_eq!(chosen.indexes, [1, 4]);
        assert!(!chosen.fail_open);
    }

    #[test]
    fn without_a_healthy_target_all_but_the_draining_get_traffic() {
        let chosen = eligible(&[TargetState::Unhealthy, draining(), TargetState::Initial]);
        assert_eq!(chosen.indexes, [0, 2]);
        assert!(chosen.fail_open);
    }

    #[test]
    fn draining_targets_alone_are_as_good_as_none() {
        let chosen = eligible(&[draining()]);
        assert_eq!(chosen.indexes, [0_usize; 0]);
        assert!(!chosen.fail_open);
    }
}
