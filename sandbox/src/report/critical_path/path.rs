//! The sum.

use std::time::Duration;

use serde::Serialize;

use super::Bounds;
use crate::world::Timings;

/// What AWS and the account decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The group and its percentages.
    pub bounds: Bounds,
    /// How long AWS's own steps take.
    pub timings: Timings,
    /// `InstanceWarmup` of the refresh.
    pub warmup: Duration,
    /// The target group's deregistration delay.
    pub drain: Duration,
}

/// What the release and its machine take, each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outside {
    /// From the start of the machine to the launch hook.
    pub boot: Duration,
    /// From the launch hook to its completion.
    pub launch_hook: Duration,
    /// From `InService` to a healthy target.
    pub healthy: Duration,
    /// From the terminate hook to its completion.
    pub terminate_hook: Duration,
    /// From the order to shut down until the machine is gone.
    pub shutdown: Duration,
}

/// The critical path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CriticalPath {
    /// The sum of its terms.
    pub seconds: f64,
    /// In order.
    pub terms: Vec<Term>,
}

/// One term of the sum.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Term {
    /// What it is for.
    pub name: String,
    /// How long it takes each time.
    pub seconds: f64,
    /// How often it stands on the path.
    pub times: usize,
}

impl CriticalPath {
    /// Adds up.
    pub fn new(rules: &Rules, outside: &Outside) -> Self {
        let rounds = rules.bounds.rounds();
        let round = round(rules, outside);
        let departure = departure(rules, outside);
        let (whole, leaving) = (sum(&round), sum(&departure));
        let last = u32::try_from(rounds.until_last_departure).unwrap_or(u32::MAX);
        let all = u32::try_from(rounds.all).unwrap_or(u32::MAX);
        let (times, end) = if whole * last + leaving >= whole * all {
            (rounds.until_last_departure, departure)
        } else {
            (rounds.all, Vec::new())
        };
        let start = ("the refresh begins", rules.timings.refresh_start);
        let term = |times: usize| {
            move |(name, time): (&str, Duration)| Term {
                name: name.to_owned(),
                seconds: time.as_secs_f64(),
                times,
            }
        };
        let begin = [start].into_iter().map(term(1));
        let rounds = round.into_iter().map(term(times));
        let terms: Vec<Term> = begin
            .chain(rounds)
            .chain(end.into_iter().map(term(1)))
            .collect();
        Self {
            seconds: terms.iter().map(Term::total).sum(),
            terms: terms.into_iter().filter(|t| t.total() > 0.0).collect(),
        }
    }
}

impl Term {
    /// What it contributes to the sum.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a refresh has far fewer rounds than 2^52"
    )]
    pub fn total(&self) -> f64 {
        self.seconds * self.times as f64
    }
}

/// From a launch until the member counts. Health and warmup both run from `InService`: the longer one counts.
fn round(rules: &Rules, outside: &Outside) -> Vec<(&'static str, Duration)> {
    let timings = &rules.timings;
    let trust = [
        ("health evaluation", timings.health_evaluation),
        ("warmup", rules.warmup),
        ("target healthy", outside.healthy),
    ];
    let longest = trust.into_iter().rev().max_by_key(|(_, time)| *time);
    [
        ("instance pending", timings.instance_pending),
        ("boot", outside.boot),
        ("launch hook", outside.launch_hook),
        ("registration", timings.registration),
    ]
    .into_iter()
    .chain(longest)
    .collect()
}

/// From the order to leave until the member is gone.
fn departure(rules: &Rules, outside: &Outside) -> Vec<(&'static str, Duration)> {
    let shutdown = rules.timings.termination.max(outside.shutdown);
    vec![
        ("drain", rules.drain),
        ("terminate hook", outside.terminate_hook),
        ("shutdown", shutdown),
    ]
}

fn sum(terms: &[(&str, Duration)]) -> Duration {
    terms.iter().map(|(_, time)| *time).sum()
}
