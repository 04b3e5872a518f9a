//! Scales and ticks: where a value goes on paper.

/// A logarithmic scale of milliseconds, low values at the bottom.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogScale {
    low: f64,
    high: f64,
    top: f64,
    bottom: f64,
}

impl LogScale {
    /// Round values around the given ones; `top` and `bottom` are where the ends are drawn.
    pub(super) fn around(values: impl Iterator<Item = f64> + Clone, top: f64, bottom: f64) -> Self {
        let positive = values.filter(|value| *value > 0.0);
        let least = positive.clone().fold(f64::INFINITY, f64::min);
        let most = positive.fold(0.0, f64::max);
        let (low, high) = if most > 0.0 {
            // A little air below, so that the lowest curve does not lie on the axis.
            (round_below(least * 0.8), -round_below(1.0 / most))
        } else {
            (0.0, 1.0)
        };
        Self {
            low,
            high: high.max(low + 1.0),
            top,
            bottom,
        }
    }

    /// Where the value is drawn; beyond the ends it stays at the end.
    pub(super) fn y(&self, ms: f64) -> f64 {
        let share = (ms.max(1e-9).log10() - self.low) / (self.high - self.low);
        self.bottom - share.clamp(0.0, 1.0) * (self.bottom - self.top)
    }

    /// Round values to label, lowest first: 1, 2, 5, 10 and so on, or only the decades of a wide range.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let steps: &[f64] = if self.high - self.low > FINE_UP_TO {
            &[1.0]
        } else {
            &STEPS
        };
        let mut ticks = Vec::new();
        let mut exponent = self.low.floor();
        while exponent <= self.high {
            ticks.extend(steps.iter().map(|step| step * 10_f64.powf(exponent)));
            exponent += 1.0;
        }
        let inside = |tick: &f64| {
            let place = tick.log10();
            place > self.low - 1e-9 && place < self.high + 1e-9
        };
        ticks.retain(inside);
        ticks
    }
}

/// What a decade is divided into.
const STEPS: [f64; 3] = [1.0, 2.0, 5.0];
/// With more decades than this, the steps between would crowd the axis.
const FINE_UP_TO: f64 = 2.5;

/// The logarithm of the next round value below.
fn round_below(value: f64) -> f64 {
    let decade = value.log10().floor();
    let share = value / 10_f64.powf(decade);
    let step = STEPS.into_iter().rev().find(|step| *step <= share);
    decade + step.unwrap_or(1.0).log10()
}

/// Round times from 0 to `seconds`, about `wanted` of them.
pub(super) fn time_ticks(seconds: f64, wanted: f64) -> Vec<f64> {
    const STEPS: [f64; 13] = [
        0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0,
    ];
    let step = STEPS.into_iter().find(|step| seconds / step <= wanted);
    let step = step.unwrap_or(seconds / wanted);
    let mut ticks = vec![0.0];
    while let Some(next) = ticks
        .last()
        .map(|last| last + step)
        .filter(|next| *next <= seconds)
    {
        ticks.push(next);
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(ticks: &[f64]) -> Vec<String> {
        ticks.iter().map(|tick| format!("{tick:.3}")).collect()
    }

    #[test]
    fn a_scale_ends_at_round_values() {
        let scale = LogScale::around([1.1, 37.0, 0.0].into_iter(), 10.0, 210.0);
        let near = |ms: f64, y: f64| (scale.y(ms) - y).abs() < 1e-6;
        assert!(near(0.5, 210.0) && near(5.0, 110.0) && near(50.0, 10.0));
        assert!(near(1e9, 10.0) && near(0.0, 210.0), "clamped");
        let expected = [
            "0.500", "1.000", "2.000", "5.000", "10.000", "20.000", "50.000",
        ];
        assert_eq!(rounded(&scale.ticks()), expected);
    }

    #[test]
    fn a_wide_scale_is_labelled_by_decades() {
        let scale = LogScale::around([0.3, 4_000.0].into_iter(), 0.0, 1.0);
        assert_eq!(
            rounded(&scale.ticks()),
            ["1.000", "10.000", "100.000", "1000.000"]
        );
    }

    #[test]
    fn a_scale_of_nothing_is_still_one() {
        let scale = LogScale::around(std::iter::empty(), 0.0, 1.0);
        assert_eq!(
            rounded(&scale.ticks()),
            ["1.000", "2.000", "5.000", "10.000"]
        );
    }

    #[test]
    fn time_ticks_are_round() {
        assert_eq!(time_ticks(22.0, 10.0), [0.0, 5.0, 10.0, 15.0, 20.0]);
        assert_eq!(time_ticks(0.0, 10.0), [0.0]);
    }
}
