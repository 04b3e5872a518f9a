//! Which target group of a weighted action a request goes to: the pure choice.

use crate::routing::Share;

/// The index of the share whose turn it is; `None` when all weights are zero.
///
/// AWS does not say how it spreads. Here the turns follow the golden ratio: after any number of requests in a row each
/// share has its part to within a request or two, in no pattern that a round robin behind could fall into step with.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html>
pub(super) fn choose(shares: &[Share], turn: u64) -> Option<usize> {
    let total: u64 = shares.iter().map(|share| u64::from(share.weight)).sum();
    if total == 0 {
        return None;
    }
    // The fraction of turn x 0.618..., in units of 2^-64, and that much of the total.
    let fraction = turn.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let at = u64::try_from((u128::from(fraction) * u128::from(total)) >> 64).ok()?;
    let mut below = 0;
    shares.iter().position(|share| {
        below += u64::from(share.weight);
        at < below
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shares(weights: &[u16]) -> Vec<Share> {
        let share = |weight: &u16| Share {
            target_group: String::new(),
            weight: *weight,
        };
        weights.iter().map(share).collect()
    }

    #[test]
    fn weights_of_zero_get_nothing() {
        assert_eq!(choose(&shares(&[0, 0]), 7), None);
        assert!((0..1000).all(|turn| choose(&shares(&[0, 3, 0]), turn) == Some(1)));
    }

    proptest! {
        #[test]
        fn every_share_has_its_part_of_any_thousand(
            weights in prop::collection::vec(0..=999_u16, 1..=5),
            from in 0..1_000_000_u64,
        ) {
            let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
            prop_assume!(total > 0.0);
            let shares = shares(&weights);
            let mut counts = vec![0.0; weights.len()];
            for turn in from..from + 1000 {
                counts[choose(&shares, turn).expect("some weight")] += 1.0;
            }
            for (count, weight) in counts.iter().zip(&weights) {
                let expected: f64 = 1000.0 * f64::from(*weight) / total;
                prop_assert!((count - expected).abs() < 6.0, "{counts:?} for {weights:?}");
            }
        }
    }
}
