//! Why an alarm changed its state, in CloudWatch's words. Pure. AWS shows these sentences but does not promise them.

use jiff::Timestamp;
use serde_json::json;

use super::evaluate::Verdict;
use super::{AlarmReason, AlarmSpec, AlarmState, Comparison, MissingData, Statistic};

/// One period.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    pub(super) start: Timestamp,
    pub(super) count: f64,
    pub(super) value: Option<f64>,
}

/// The newest value.
pub(super) fn newest(seen: &[Seen]) -> Option<f64> {
    seen.iter().rev().find_map(|seen| seen.value)
}

/// The newest value that a reason's data names: what a scaling policy goes by.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html>
pub(super) fn named(reason: &AlarmReason) -> Option<f64> {
    let data: serde_json::Value = serde_json::from_str(reason.data.as_deref()?).ok()?;
    data["recentDatapoints"].as_array()?.last()?.as_f64()
}

pub(super) fn reason(
    spec: &AlarmSpec,
    now: Timestamp,
    (from, to): (AlarmState, AlarmState),
    seen: &[Seen],
    verdict: &Verdict,
) -> AlarmReason {
    let decisive: Vec<&Seen> = verdict.evaluated.iter().map(|at| &seen[*at]).collect();
    let text = if decisive.is_empty() {
        without_data(spec, to)
    } else {
        crossed(spec, (from, to), &decisive)
    };
    AlarmReason {
        text,
        data: Some(data(spec, now, &decisive)),
    }
}

fn without_data(spec: &AlarmSpec, to: AlarmState) -> String {
    let periods = spec.evaluation_periods;
    let treated = match spec.missing() {
        MissingData::Breaching => "Breaching",
        _ => "NonBreaching",
    };
    match to {
        AlarmState::InsufficientData => {
            format!("Insufficient Data: {} unknown.", were(periods))
        }
        _ => format!(
            "Threshold Crossed: no datapoints were received for {} and {} missing {} treated as \
             [{treated}].",
            counted(periods, "period"),
            periods,
            if periods == 1 {
                "datapoint was"
            } else {
                "datapoints were"
            },
        ),
    }
}

fn crossed(spec: &AlarmSpec, (from, to): (AlarmState, AlarmState), decisive: &[&Seen]) -> String {
    let values = decisive.iter().rev().filter_map(|seen| {
        let at = seen.start.strftime("%d/%m/%y %H:%M:%S");
        Some(format!("{:?} ({at})", seen.value?))
    });
    let values: Vec<_> = values.collect();
    let alarming = |seen: &&&Seen| {
        let value = seen.value.unwrap_or(f64::NAN);
        spec.comparison.breaches(value, spec.threshold) == (to == AlarmState::Alarm)
    };
    let count = decisive.iter().filter(alarming).count();
    let verb = if count == 1 { "was" } else { "were" };
    let not = if to == AlarmState::Alarm { "" } else { " not" };
    let needed = counted(spec.datapoints(), "datapoint");
    format!(
        "Threshold Crossed: {count} out of the last {} [{}] {verb}{not} {} the threshold ({:?}) \
         (minimum {needed} for {} -> {} transition).",
        counted(
            u32::try_from(decisive.len()).unwrap_or(u32::MAX),
            "datapoint"
        ),
        values.join(", "),
        relation(spec.comparison),
        spec.threshold,
        from.name(),
        to.name(),
    )
}

fn data(spec: &AlarmSpec, now: Timestamp, decisive: &[&Seen]) -> String {
    let time = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string();
    let values: Vec<_> = decisive.iter().filter_map(|seen| seen.value).collect();
    let evaluated = decisive.iter().rev().map(|seen| {
        json!({ "timestamp": time(seen.start), "sampleCount": seen.count, "value": seen.value })
    });
    let mut data = json!({
        "version": "1.0",
        "queryDate": time(now),
        "period": spec.period,
        "recentDatapoints": values,
        "threshold": spec.threshold,
        "evaluatedDatapoints": evaluated.collect::<Vec<_>>(),
    });
    if let Some(first) = decisive.first() {
        data["startDate"] = time(first.start).into();
    }
    data["statistic"] = match spec.statistic {
        Statistic::SampleCount => "SampleCount".into(),
        Statistic::Average => "Average".into(),
        Statistic::Sum => "Sum".into(),
        Statistic::Minimum => "Minimum".into(),
        Statistic::Maximum => "Maximum".into(),
        Statistic::Percentile(percent) => format!("p{percent}").into(),
    };
    data.to_string()
}

fn relation(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::AtLeast => "greater than or equal to",
        Comparison::Above => "greater than",
        Comparison::Below => "less than",
        Comparison::AtMost => "less than or equal to",
    }
}

fn counted(count: u32, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

fn were(count: u32) -> String {
    let verb = if count == 1 { "was" } else { "were" };
    format!("{} {verb}", counted(count, "datapoint"))
}
