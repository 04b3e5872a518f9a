//! What a state the last periods' values make: a pure function.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html>

use super::{AlarmSpec, AlarmState, MissingData};

/// So many periods more than `EvaluationPeriods` are looked at, in case some have no data. AWS says only that it depends; in
/// all of its examples it is two.
const SPARE_PERIODS: u32 = 2;

/// What the values say.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::world) struct Verdict {
    /// The state; `None`: it stays as it is.
    pub(in crate::world) state: Option<AlarmState>,
    /// The places of the values that were decisive, oldest first.
    pub(in crate::world) evaluated: Vec<usize>,
    /// How many periods had to be filled in.
    pub(in crate::world) filled: u32,
}

/// How many periods are looked at.
pub(in crate::world) fn range(spec: &AlarmSpec) -> u32 {
    spec.evaluation_periods.saturating_add(SPARE_PERIODS)
}

/// The verdict over the values of the last [`range`] periods, oldest first, `None` where there is no data.
pub(in crate::world) fn evaluate(spec: &AlarmSpec, values: &[Option<f64>]) -> Verdict {
    let wanted = spec.evaluation_periods as usize;
    let real = values.iter().enumerate().rev();
    let mut real: Vec<_> = real
        .filter_map(|(at, value)| Some((at, (*value)?)))
        .take(wanted)
        .collect();
    real.reverse();
    let breaching = real
        .iter()
        .filter(|(_, value)| spec.comparison.breaches(*value, spec.threshold))
        .count();
    let tally = Tally {
        real: real.len(),
        breaching,
        filled: wanted - real.len(),
        needed: spec.datapoints() as usize,
        oldest: real.first().map_or(0, |(at, _)| values.len() - at),
    };
    Verdict {
        state: tally.state(spec.missing()),
        evaluated: real.into_iter().map(|(at, _)| at).collect(),
        filled: u32::try_from(tally.filled).unwrap_or(u32::MAX),
    }
}

struct Tally {
    real: usize,
    breaching: usize,
    filled: usize,
    needed: usize,
    /// The age of the oldest value, in periods; the period that has just ended is 1.
    oldest: usize,
}

impl Tally {
    fn state(&self, missing: MissingData) -> Option<AlarmState> {
        if self.breaching >= self.needed {
            return Some(AlarmState::Alarm);
        }
        match missing {
            MissingData::Breaching if self.breaching + self.filled >= self.needed => {
                Some(AlarmState::Alarm)
            }
            MissingData::Breaching | MissingData::NotBreaching => Some(AlarmState::Ok),
            _ if self.breaching < self.real => Some(AlarmState::Ok),
            MissingData::Ignore => None,
            MissingData::Missing => self.without_a_good_value(),
        }
    }

    /// Every value there is breaches, but they are too few: alarming when the oldest is old enough that enough periods have
    /// passed. Before that AWS says what it is not (`ALARM`); that the state stays is this world's reading.
    fn without_a_good_value(&self) -> Option<AlarmState> {
        if self.real == 0 {
            return Some(AlarmState::InsufficientData);
        }
        (self.oldest >= self.needed).then_some(AlarmState::Alarm)
    }
}
