//! The evaluation of alarms: AWS's own tables, and what else follows from its words.

use std::collections::BTreeMap;

use super::evaluate::evaluate;
use super::{AlarmActions, AlarmSpec, AlarmState, Comparison, MetricKey, MissingData, Statistic};

/// An alarm on values above 5, over the last three periods of a minute.
pub(in crate::world) fn spec(needed: u32, missing: MissingData) -> AlarmSpec {
    AlarmSpec {
        name: "alarm".into(),
        description: None,
        actions_enabled: true,
        actions: AlarmActions::default(),
        metric: MetricKey {
            namespace: "Example".into(),
            name: "Errors".into(),
            dimensions: BTreeMap::new(),
        },
        statistic: Statistic::Sum,
        unit: None,
        period: 60,
        evaluation_periods: 3,
        datapoints_to_alarm: Some(needed),
        threshold: 5.0,
        comparison: Comparison::Above,
        missing: Some(missing),
    }
}

/// AWS's notation: `0` does not breach, `X` does, `-` is missing; the newest stands last.
fn values(notation: &str) -> Vec<Option<f64>> {
    let value = |letter: &str| match letter {
        "0" => Some(0.0),
        "X" => Some(9.0),
        _ => None,
    };
    notation.split(' ').map(value).collect()
}

const OK: Option<AlarmState> = Some(AlarmState::Ok);
const ALARM: Option<AlarmState> = Some(AlarmState::Alarm);
const INSUFFICIENT: Option<AlarmState> = Some(AlarmState::InsufficientData);
const KEEP: Option<AlarmState> = None;

/// Values, how many are filled in, and the states for missing, ignore, breaching, notBreaching.
type Row = (&'static str, u32, [Option<AlarmState>; 4]);

fn holds(needed: u32, table: &[Row]) {
    let treatments = [
        MissingData::Missing,
        MissingData::Ignore,
        MissingData::Breaching,
        MissingData::NotBreaching,
    ];
    for (notation, filled, states) in table {
        for (missing, expected) in treatments.into_iter().zip(states) {
            let verdict = evaluate(&spec(needed, missing), &values(notation));
            assert_eq!(verdict.state, *expected, "{notation} {missing:?}");
            assert_eq!(verdict.filled, *filled, "{notation}");
        }
    }
}

#[test]
fn three_out_of_three_as_in_awss_table() {
    holds(
        3,
        &[
            ("0 - X - X", 0, [OK, OK, OK, OK]),
            ("0 - - - -", 2, [OK, OK, OK, OK]),
            ("- - - - -", 3, [INSUFFICIENT, KEEP, ALARM, OK]),
            ("0 X X - X", 0, [ALARM, ALARM, ALARM, ALARM]),
            ("- - X - -", 2, [ALARM, KEEP, ALARM, OK]),
        ],
    );
}

#[test]
fn two_out_of_three_as_in_awss_table() {
    holds(
        2,
        &[
            ("0 - X - X", 0, [ALARM, ALARM, ALARM, ALARM]),
            ("0 0 X 0 X", 0, [ALARM, ALARM, ALARM, ALARM]),
            ("0 - X - -", 1, [OK, OK, ALARM, OK]),
            ("- - - - 0", 2, [OK, OK, ALARM, OK]),
            ("- - - X -", 2, [ALARM, KEEP, ALARM, OK]),
        ],
    );
}

#[test]
fn a_breach_after_silence_is_not_yet_an_alarm() {
    holds(
        3,
        &[
            ("- - - - X", 2, [KEEP, KEEP, ALARM, OK]),
            ("- - - X -", 2, [KEEP, KEEP, ALARM, OK]),
            ("- - - X 0", 1, [OK, OK, OK, OK]),
            ("- - X - 0", 1, [OK, OK, OK, OK]),
        ],
    );
}

#[test]
fn only_the_most_recent_values_count() {
    holds(
        3,
        &[
            ("X X X X X", 0, [ALARM; 4]),
            ("0 0 X X X", 0, [ALARM; 4]),
            ("X X X X 0", 0, [OK; 4]),
            ("X X 0 X X", 0, [OK; 4]),
        ],
    );
}

#[test]
fn every_comparison_looks_at_its_own_side() {
    let cases = [
        (Comparison::AtLeast, [false, true, true]),
        (Comparison::Above, [false, false, true]),
        (Comparison::Below, [true, false, false]),
        (Comparison::AtMost, [true, true, false]),
    ];
    for (comparison, breaches) in cases {
        for (value, expected) in [4.0, 5.0, 6.0].into_iter().zip(breaches) {
            let alarm = AlarmSpec {
                comparison,
                evaluation_periods: 1,
                ..spec(1, MissingData::Missing)
            };
            let verdict = evaluate(&alarm, &[None, None, Some(value)]);
            let state = if expected { ALARM } else { OK };
            assert_eq!(verdict.state, state, "{value} {comparison:?}");
        }
    }
}
