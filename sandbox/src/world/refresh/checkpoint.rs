//! Checkpoints: how far a refresh may go before it pauses.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-adding-checkpoints-instance-refresh.html>

use std::time::Duration;

use jiff::Timestamp;

use super::Preferences;
use super::preferences::share;
use super::survey::Survey;

/// Which checkpoint comes next, and since when it is reached.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Checkpoints {
    passed: usize,
    reached: Option<Timestamp>,
}

/// What the checkpoints say now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gate {
    /// Go on without limit.
    Open,
    /// Replace up to so many members.
    UpTo(usize),
    /// Pause until then.
    Paused { percentage: u32, until: Timestamp },
    /// The last checkpoint was below 100 and is passed: the refresh ends here.
    Over,
}

impl Checkpoints {
    pub(super) fn gate(
        &mut self,
        preferences: &Preferences,
        survey: &Survey,
        now: Timestamp,
    ) -> Gate {
        let percentage = survey.percentage();
        while let Some(next) = preferences.checkpoints.get(self.passed).copied() {
            if next == 100 {
                return Gate::Open;
            }
            if percentage < next {
                self.reached = None;
                return Gate::UpTo(share(survey.total(), next));
            }
            let until = *self.reached.get_or_insert(now) + preferences.checkpoint_delay();
            if now < until {
                return Gate::Paused {
                    percentage: next,
                    until,
                };
            }
            self.pass(&preferences.checkpoints, percentage);
        }
        if preferences.checkpoints.is_empty() {
            Gate::Open
        } else {
            Gate::Over
        }
    }

    /// Lower thresholds that were overtaken in the same step are skipped.
    fn pass(&mut self, all: &[u32], percentage: u32) {
        self.reached = None;
        self.passed = all.iter().take_while(|p| **p <= percentage).count();
    }

    pub(super) fn is_paused(&self, now: Timestamp, delay: Duration) -> bool {
        self.reached.is_some_and(|at| now < at + delay)
    }
}
