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
    /// Whole decades around the values, at least one; `top` and `bottom` are where the ends are drawn.
    pub(super) fn around(values: impl Iterator<Item = f64> + Clone, top: f64, bottom: f64) -> Self {
        let positive = values.filter(|value| *value > 0.0);
        let least = positive.clone().fold(f64::INFINITY, f64::min);
        let most = positive.fold(0.0, f64::max);
        let (low, high) = if most > 0.0 {
            (least.log10().floor(), most.log10().ceil())
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

    /// The decades, lowest first.
    pub(super) fn decades(&self) -> Vec<f64> {
        let mut decades = Vec::new();
        let mut exponent = self.low;
        while exponent <= self.high {
            decades.push(10_f64.powf(exponent));
            exponent += 1.0;
        }
        decades
    }
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

    #[test]
    fn a_scale_covers_whole_decades() {
        let scale = LogScale::around([0.4, 37.0, 0.0].into_iter(), 10.0, 310.0);
        assert_eq!(scale.decades().len(), 4);
        let near = |ms: f64, y: f64| (scale.y(ms) - y).abs() < 1e-6;
        assert!(near(0.1, 310.0) && near(1.0, 210.0) && near(100.0, 10.0));
        assert!(near(1e9, 10.0) && near(0.0, 310.0), "clamped");
    }

    #[test]
    fn a_scale_of_nothing_is_still_one() {
        assert_eq!(
            LogScale::around(std::iter::empty(), 0.0, 1.0)
                .decades()
                .len(),
            2
        );
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(
            time_ticks(47.0, 10.0),
            [0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0, 45.0]
        );
        assert_eq!(time_ticks(0.0, 10.0), [0.0]);
    }
}
