//! What an alarm watches and when that is alarming, as `PutMetricAlarm` says it.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>

use std::collections::BTreeMap;

use crate::wire::error::ApiError;

/// The AWS limit on a name, a namespace, a metric's name.
const LONGEST_NAME: usize = 255;

/// Each list of actions takes so many.
const MOST_ACTIONS: usize = 5;

/// Periods times their number: a day for periods below an hour, else a week.
const LONGEST_WATCH: u32 = 86_400;
const LONGEST_WATCH_BY_THE_HOUR: u32 = 7 * 86_400;
const HOUR: u32 = 3_600;

/// Which metric: data of the same name with other dimensions is another metric.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MetricKey {
    /// For example `AWS/ApplicationELB`.
    pub namespace: String,
    /// For example `UnHealthyHostCount`.
    pub name: String,
    /// Name to value.
    pub dimensions: BTreeMap<String, String>,
}

/// What is made of the values of one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    /// How many values.
    SampleCount,
    /// Their mean.
    Average,
    /// Their sum.
    Sum,
    /// The smallest.
    Minimum,
    /// The largest.
    Maximum,
    /// The value that so many percent do not exceed: an extended statistic.
    Percentile(f64),
}

/// How the statistic is compared with the threshold; the statistic stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `GreaterThanOrEqualToThreshold`
    AtLeast,
    /// `GreaterThanThreshold`
    Above,
    /// `LessThanThreshold`
    Below,
    /// `LessThanOrEqualToThreshold`
    AtMost,
}

/// `TreatMissingData`
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingData {
    /// A period without data speaks for the alarm.
    Breaching,
    /// A period without data speaks against the alarm.
    NotBreaching,
    /// The state stays as it is.
    Ignore,
    /// Without any data the state is `INSUFFICIENT_DATA`.
    #[default]
    Missing,
}

/// ARNs by the state that sets them off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlarmActions {
    /// `OKActions`
    pub ok: Vec<String>,
    /// `AlarmActions`
    pub alarm: Vec<String>,
    /// `InsufficientDataActions`
    pub insufficient_data: Vec<String>,
}

/// An alarm on one metric with a fixed threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmSpec {
    /// Unique in the Region.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// Whether a change of state sets its actions off.
    pub actions_enabled: bool,
    /// What a change of state sets off.
    pub actions: AlarmActions,
    /// What is watched.
    pub metric: MetricKey,
    /// What is made of the values of a period.
    pub statistic: Statistic,
    /// Only data put with this unit counts; `None`: all.
    pub unit: Option<String>,
    /// In seconds: 10, 20, 30 or a multiple of 60.
    pub period: u32,
    /// How many of the last periods are looked at.
    pub evaluation_periods: u32,
    /// How many of them must breach; `None`: all.
    pub datapoints_to_alarm: Option<u32>,
    /// What the statistic is compared with.
    pub threshold: f64,
    /// How.
    pub comparison: Comparison,
    /// What a period without data means; `None` is `missing`, and shown as nothing.
    pub missing: Option<MissingData>,
}

impl Comparison {
    /// Every operator that a fixed threshold can have.
    pub const ALL: [Self; 4] = [Self::AtLeast, Self::Above, Self::Below, Self::AtMost];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::AtLeast => "GreaterThanOrEqualToThreshold",
            Self::Above => "GreaterThanThreshold",
            Self::Below => "LessThanThreshold",
            Self::AtMost => "LessThanOrEqualToThreshold",
        }
    }

    /// Whether a value is alarming.
    pub fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::AtLeast => value >= threshold,
            Self::Above => value > threshold,
            Self::Below => value < threshold,
            Self::AtMost => value <= threshold,
        }
    }
}

impl MissingData {
    /// Every treatment.
    pub const ALL: [Self; 4] = [
        Self::Breaching,
        Self::NotBreaching,
        Self::Ignore,
        Self::Missing,
    ];

    /// Its name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Breaching => "breaching",
            Self::NotBreaching => "notBreaching",
            Self::Ignore => "ignore",
            Self::Missing => "missing",
        }
    }
}

impl AlarmSpec {
    /// How many of the periods must breach.
    pub fn datapoints(&self) -> u32 {
        self.datapoints_to_alarm.unwrap_or(self.evaluation_periods)
    }

    /// What a period without data means.
    pub fn missing(&self) -> MissingData {
        self.missing.unwrap_or_default()
    }

    pub(super) fn check(&self) -> Result<(), ApiError> {
        check_name("AlarmName", &self.name)?;
        check_name("MetricName", &self.metric.name)?;
        check_name("Namespace", &self.metric.namespace)?;
        self.check_periods()?;
        let lists = [
            &self.actions.ok,
            &self.actions.alarm,
            &self.actions.insufficient_data,
        ];
        if lists.iter().any(|list| list.len() > MOST_ACTIONS) {
            let message = format!("An alarm has at most {MOST_ACTIONS} actions for each state.");
            return Err(ApiError::validation(message));
        }
        if !self.threshold.is_finite() {
            return Err(ApiError::validation("Threshold must be a finite number."));
        }
        Ok(())
    }

    fn check_periods(&self) -> Result<(), ApiError> {
        let invalid = |message: &str| Err(ApiError::validation(message));
        let good = matches!(self.period, 10 | 20 | 30) || self.period.is_multiple_of(60);
        if self.period == 0 || !good {
            return invalid("Period must be 10, 20, 30 or a multiple of 60.");
        }
        if self.evaluation_periods == 0 {
            return invalid("EvaluationPeriods must be at least 1.");
        }
        if !(1..=self.evaluation_periods).contains(&self.datapoints()) {
            return invalid("DatapointsToAlarm must be between 1 and EvaluationPeriods.");
        }
        let longest = if self.period < HOUR {
            LONGEST_WATCH
        } else {
            LONGEST_WATCH_BY_THE_HOUR
        };
        if self.period.saturating_mul(self.evaluation_periods) > longest {
            let message = format!(
                "Metrics cannot be checked across more than {longest} seconds \
                 (EvaluationPeriods * Period must be <= {longest})."
            );
            return Err(ApiError::validation(message));
        }
        Ok(())
    }
}

fn check_name(field: &str, value: &str) -> Result<(), ApiError> {
    let plain = !value.chars().any(|c| c.is_ascii_control());
    if plain && (1..=LONGEST_NAME).contains(&value.chars().count()) {
        return Ok(());
    }
    let message = format!(
        "{field} must have 1 to {LONGEST_NAME} characters, none of them a control character."
    );
    Err(ApiError::validation(message))
}
