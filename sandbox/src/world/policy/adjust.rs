//! What a policy's numbers come to. Pure.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html>

use super::definition::{Adjustment, AdjustmentType, Step, lower, upper};

/// The capacity that an adjustment of `current` asks for, before the group's bounds.
pub(super) fn adjusted(adjustment: Adjustment, by: i64, current: usize) -> i64 {
    let current = i64::try_from(current).unwrap_or(i64::MAX);
    match adjustment.kind {
        AdjustmentType::ChangeInCapacity => current.saturating_add(by),
        AdjustmentType::ExactCapacity => by,
        AdjustmentType::PercentChangeInCapacity => {
            let least = i64::from(adjustment.min_magnitude.unwrap_or(1)).max(1);
            current.saturating_add(percent(current, by, least))
        }
    }
}

/// Towards zero, but never less than `least` members.
fn percent(current: i64, by: i64, least: i64) -> i64 {
    let members = current.saturating_mul(by) / 100;
    if by == 0 || members.abs() >= least {
        return members;
    }
    by.signum() * least
}

/// The step for a value so far from the threshold. Above it, lower bounds are inclusive; below it, upper ones.
pub(super) fn step(steps: &[Step], distance: f64) -> Option<&Step> {
    steps.iter().find(|step| {
        if distance >= 0.0 {
            (lower(step)..upper(step)).contains(&distance)
        } else {
            distance > lower(step) && distance <= upper(step)
        }
    })
}

/// The capacity at which so many members' average of `value` would be `target`; rounded up, so that scaling in is careful.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a group's capacity, not negative and far below 2^52"
)]
pub(super) fn tracked(members: usize, value: f64, target: f64) -> usize {
    let wanted = (members as f64 * value / target).max(0.0);
    // A ratio such as 3 * 60 / 45 must not come out as a hair above 4.
    (wanted - 1e-9).ceil().max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(kind: AdjustmentType, min_magnitude: Option<u32>) -> Adjustment {
        Adjustment {
            kind,
            min_magnitude,
        }
    }

    #[test]
    fn adjustments_as_awss_page_counts_them() {
        let (by, exact, percent) = (
            change(AdjustmentType::ChangeInCapacity, None),
            change(AdjustmentType::ExactCapacity, None),
            change(AdjustmentType::PercentChangeInCapacity, None),
        );
        let at_least_two = change(AdjustmentType::PercentChangeInCapacity, Some(2));
        let cases = [
            (by, 5, 3, 8),
            (by, -2, 3, 1),
            (exact, 5, 3, 5),
            (percent, 10, 10, 11),
            (percent, 127, 10, 22),
            (percent, 67, 1, 2),
            (percent, -58, 1, 0),
            (percent, -66, 10, 4),
            (at_least_two, 25, 4, 6),
            (at_least_two, -25, 4, 2),
            (percent, 0, 4, 4),
        ];
        for (adjustment, number, current, expected) in cases {
            let found = adjusted(adjustment, number, current);
            assert_eq!(found, expected, "{adjustment:?} {number} of {current}");
        }
    }

    #[test]
    fn a_steps_bounds_are_inclusive_towards_the_threshold() {
        let step_from = |lower, upper, by| Step { lower, upper, by };
        let out = [
            step_from(Some(0.0), Some(10.0), 0),
            step_from(Some(10.0), Some(20.0), 10),
            step_from(Some(20.0), None, 30),
        ];
        let by = |steps: &[Step], distance| step(steps, distance).map(|step| step.by);
        assert_eq!(by(&out, 0.0), Some(0));
        assert_eq!(by(&out, 9.9), Some(0));
        assert_eq!(by(&out, 10.0), Some(10));
        assert_eq!(by(&out, 99.0), Some(30));
        assert_eq!(by(&out, -0.1), None);
        let inwards = [
            step_from(Some(-10.0), Some(0.0), -1),
            step_from(None, Some(-10.0), -2),
        ];
        assert_eq!(by(&inwards, -0.1), Some(-1));
        assert_eq!(by(&inwards, -10.0), Some(-2));
    }

    #[test]
    fn tracking_is_proportional_and_rounds_up() {
        assert_eq!(tracked(4, 75.0, 50.0), 6);
        assert_eq!(tracked(4, 51.0, 50.0), 5);
        assert_eq!(tracked(4, 30.0, 50.0), 3);
        assert_eq!(tracked(3, 60.0, 45.0), 4);
        assert_eq!(tracked(4, 0.0, 50.0), 0);
    }
}
