//! `[environments.NAME.strategy]`: how fast and how careful a rollout is.

use super::section::Section;
use super::value;
use std::time::Duration;
use toml::de::DeValue;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// Fast enough for a sandbox whose instances start in seconds; AWS itself would throttle it.
const MIN_POLL: Duration = Duration::from_millis(100);

/// The largest distance between the two percentages that AWS accepts.
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>
const MAX_SPREAD: u16 = 100;

/// How a version is rolled out. Every value has a default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strategy {
    /// The share of the desired capacity that must be in service at all times, 0 to 100 percent.
    pub min_healthy_percentage: u8,
    /// How far the group may grow meanwhile, 100 to 200 percent of the desired capacity. With both at 100 instances are
    /// replaced one at a time, the new one launched before the old one leaves.
    pub max_healthy_percentage: u16,
    /// How long a new instance must have been in service before it counts; whole seconds.
    pub instance_warmup: Duration,
    /// How many new instances may fail before the rollout is undone: 1 means that the first failure is enough.
    pub failure_budget: u32,
    /// How long the whole deployment may take before it is undone.
    pub deadline: Duration,
    /// How long, after the instance refresh is successful, every target may take to be healthy.
    pub settle_deadline: Duration,
    /// The time between two looks at the group.
    pub poll: Duration,
    /// How long the lease on the environment lasts when its holder falls silent.
    pub lease: Duration,
}

impl Default for Strategy {
    fn default() -> Self {
        Self {
            min_healthy_percentage: 100,
            max_healthy_percentage: 110,
            instance_warmup: Duration::ZERO,
            failure_budget: 1,
            deadline: HOUR,
            settle_deadline: 10 * MINUTE,
            poll: 10 * SECOND,
            lease: MINUTE,
        }
    }
}

impl Strategy {
    /// Reads the section; what is refused is noted, and its default stands in.
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let fallback = Self::default();
        let (min, max) = percentages(&mut section);
        let mut duration =
            |key, low, high| section.optional(key, |it| value::duration(it, low..=high));
        let strategy = Self {
            min_healthy_percentage: min.unwrap_or(fallback.min_healthy_percentage),
            max_healthy_percentage: max.unwrap_or(fallback.max_healthy_percentage),
            instance_warmup: duration("instance_warmup", Duration::ZERO, HOUR)
                .unwrap_or(fallback.instance_warmup),
            deadline: duration("deadline", MINUTE, 24 * HOUR).unwrap_or(fallback.deadline),
            settle_deadline: duration("settle_deadline", 10 * SECOND, HOUR)
                .unwrap_or(fallback.settle_deadline),
            poll: duration("poll", MIN_POLL, MINUTE).unwrap_or(fallback.poll),
            lease: duration("lease", 5 * SECOND, 10 * MINUTE).unwrap_or(fallback.lease),
            failure_budget: section
                .optional("failure_budget", |it| value::number(it, 1..=u32::MAX))
                .unwrap_or(fallback.failure_budget),
        };
        strategy.check(&section);
        section.finish();
        strategy
    }

    /// What only shows when the values are seen together.
    fn check(&self, section: &Section<'_>) {
        let (min, max) = (
            u16::from(self.min_healthy_percentage),
            self.max_healthy_percentage,
        );
        if max.saturating_sub(min) > MAX_SPREAD {
            section.note(
                "max_healthy_percentage",
                format!("`max_healthy_percentage` {max} is more than {MAX_SPREAD} above `min_healthy_percentage` {min}"),
                "AWS accepts at most 100 between them; 100 and 100 replace one instance at a time",
            );
        }
        if self.instance_warmup.subsec_nanos() != 0 {
            section.note(
                "instance_warmup",
                "`instance_warmup` has a fraction of a second",
                "AWS takes whole seconds",
            );
        }
        if self.lease < 3 * self.poll {
            section.note(
                "lease",
                "`lease` is shorter than three times `poll`",
                "one slow answer must not lose the lease: make it longer, or `poll` shorter",
            );
        }
    }
}

fn percentages(section: &mut Section<'_>) -> (Option<u8>, Option<u16>) {
    let percent = |low, high| move |it: &DeValue<'_>| value::number(it, low..=high);
    let min = section.optional("min_healthy_percentage", percent(0, 100));
    let max = section.optional("max_healthy_percentage", percent(100, 200));
    (
        min.and_then(|number| number.try_into().ok()),
        max.and_then(|number| number.try_into().ok()),
    )
}
