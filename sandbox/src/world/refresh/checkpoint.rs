//! Checkpoints: how far a refresh may go before it pauses.
//! <https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-adding-checkpoints-instance-refresh.html>

use jiff::Timestamp;

use super::Preferences;
use super::preferences::share;
use super::survey::Survey;

/// Which checkpoint comes next, and since when it is reached.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Checkpoints {
    passed: usize,
    reached: Option<Timestamp>,
    /// How many members the refresh was about when it was last looked at.
    total: usize,
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
        let all = &preferences.checkpoints;
        let percentage = survey.percentage();
        self.follow(all, survey.total(), percentage);
        while let Some(next) = all.get(self.passed).copied() {
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
                    percentage: highest(all, percentage).unwrap_or(next),
                    until,
                };
            }
            self.reached = None;
            self.passed = overtaken(all, percentage);
        }
        if all.is_empty() {
            Gate::Open
        } else {
            Gate::Over
        }
    }

    /// When the group has grown, the share of the replaced is smaller: checkpoints that it falls below are reached again, with
    /// their delay. (That a share which falls for another reason, such as an instance that dies, repeats none is an own choice.)
    fn follow(&mut self, all: &[u32], total: usize, percentage: u32) {
        if total > self.total {
            self.passed = self.passed.min(overtaken(all, percentage));
        }
        self.total = total;
    }
}

/// How many thresholds are reached. Lower ones that were overtaken in the same step are skipped.
fn overtaken(all: &[u32], percentage: u32) -> usize {
    all.iter().take_while(|p| **p <= percentage).count()
}

/// The threshold that a pause is for: of those overtaken in one step, the highest.
fn highest(all: &[u32], percentage: u32) -> Option<u32> {
    all.iter().copied().take_while(|p| *p <= percentage).last()
}
