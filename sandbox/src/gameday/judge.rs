//! What was seen, against what was expected. Pure.

use super::scenario::{End, Losses, Scenario};
use serde::Serialize;

/// What became of one scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seen {
    /// The last `deploy`'s exit status; `None` when a signal ended it, or when it hung.
    pub exit_code: Option<i32>,
    /// The meaning of that status.
    pub outcome: String,
    /// How often `deploy` had to be run: more than once if it was killed.
    pub runs: u32,
    /// Who serves in the end.
    pub serving: Serving,
    /// Requests sent.
    pub sent: u64,
    /// Requests that failed.
    pub lost: u64,
    /// Of these, the ones that were due at the very end, when everything should be well again.
    pub lost_at_the_end: u64,
    /// How often the faults acted.
    pub acted: u64,
    /// From the start of the first `deploy` to the end of the last.
    pub seconds: f64,
}

/// What the members say that they run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Serving {
    /// The version that was deployed, everywhere.
    New,
    /// The version before it, everywhere.
    Old,
    /// Neither; each member that runs something else, in a phrase.
    Mixed(Vec<String>),
}

/// A line of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// What was tried.
    #[serde(flatten)]
    pub scenario: Scenario,
    /// What became of it; `None` when it could not be played.
    pub seen: Option<Seen>,
    /// As expected.
    pub passed: bool,
    /// Why not; empty when it passed.
    pub reasons: Vec<String>,
    /// The report on its rehearsal, as a path.
    pub report: Option<String>,
}

impl Row {
    /// Compares what was seen with what the scenario expects.
    pub fn judge(scenario: Scenario, seen: Seen, report: Option<String>) -> Row {
        let reasons: Vec<String> = [
            end(scenario.end, &seen),
            serving(scenario.end, &seen.serving),
            losses(scenario.losses, &seen),
            idle(&scenario, &seen),
        ]
        .into_iter()
        .flatten()
        .collect();
        Row {
            passed: reasons.is_empty(),
            scenario,
            seen: Some(seen),
            reasons,
            report,
        }
    }

    /// A scenario that could not be played.
    pub fn unplayed(scenario: Scenario, why: String) -> Row {
        Row {
            scenario,
            seen: None,
            passed: false,
            reasons: vec![why],
            report: None,
        }
    }
}

fn end(expected: End, seen: &Seen) -> Option<String> {
    (!seen.exit_code.is_some_and(|code| expected.is(code))).then(|| {
        format!(
            "deploy ended as \"{}\", not as \"{expected}\"",
            seen.outcome
        )
    })
}

fn serving(expected: End, serving: &Serving) -> Option<String> {
    match (expected, serving) {
        (End::Done, Serving::New) | (End::RolledBack | End::Refused, Serving::Old) => None,
        (End::Done, Serving::Old) => Some("the old version serves".to_owned()),
        (End::RolledBack | End::Refused, Serving::New) => Some("the new version serves".to_owned()),
        (_, Serving::Mixed(members)) if members.is_empty() => {
            Some("no instance is left in the group".to_owned())
        }
        (_, Serving::Mixed(members)) => Some(members.join(", ")),
    }
}

fn losses(allowed: Losses, seen: &Seen) -> Option<String> {
    match allowed {
        Losses::None if seen.lost > 0 => Some(format!("{} requests lost", seen.lost)),
        Losses::UntilNoticed if seen.lost_at_the_end > 0 => Some(format!(
            "{} requests lost at the end still",
            seen.lost_at_the_end
        )),
        _ => None,
    }
}

/// A fault that did nothing proves nothing.
fn idle(scenario: &Scenario, seen: &Seen) -> Option<String> {
    (!scenario.faults.is_empty() && seen.acted == 0).then(|| "the fault never acted".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KILLED: Scenario = Scenario {
        name: "instance killed",
        faults: &["kill-instance:member=oldest"],
        story: "",
        end: End::Done,
        losses: Losses::UntilNoticed,
    };

    fn seen() -> Seen {
        Seen {
            exit_code: Some(0),
            outcome: "done".to_owned(),
            runs: 1,
            serving: Serving::New,
            sent: 1000,
            lost: 0,
            lost_at_the_end: 0,
            acted: 1,
            seconds: 12.0,
        }
    }

    fn reasons(scenario: Scenario, seen: Seen) -> Vec<String> {
        let row = Row::judge(scenario, seen, None);
        assert_eq!(row.passed, row.reasons.is_empty());
        row.reasons
    }

    #[test]
    fn what_is_as_expected_passes() {
        assert_eq!(reasons(KILLED, seen()), [""; 0]);
        let lost = Seen { lost: 7, ..seen() };
        assert_eq!(reasons(KILLED, lost), [""; 0]);
    }

    #[test]
    fn every_expectation_can_be_missed() {
        let back = Seen {
            exit_code: Some(3),
            outcome: "rolled back".to_owned(),
            serving: Serving::Old,
            ..seen()
        };
        assert_eq!(
            reasons(KILLED, back),
            [
                "deploy ended as \"rolled back\", not as \"done\"",
                "the old version serves"
            ]
        );
        let mixed = Serving::Mixed(vec!["i-2 runs 1.0.0".to_owned()]);
        let left = Seen {
            serving: mixed,
            ..seen()
        };
        assert_eq!(reasons(KILLED, left), ["i-2 runs 1.0.0"]);
        let still = Seen {
            lost: 9,
            lost_at_the_end: 2,
            ..seen()
        };
        assert_eq!(reasons(KILLED, still), ["2 requests lost at the end still"]);
        let strict = Scenario {
            losses: Losses::None,
            ..KILLED
        };
        let one = Seen { lost: 1, ..seen() };
        assert_eq!(reasons(strict, one), ["1 requests lost"]);
        let idle = Seen { acted: 0, ..seen() };
        assert_eq!(reasons(KILLED, idle), ["the fault never acted"]);
        let hung = Seen {
            exit_code: None,
            outcome: "hung, and was killed".to_owned(),
            ..seen()
        };
        assert_eq!(reasons(KILLED, hung).len(), 1);
    }

    #[test]
    fn without_a_fault_nothing_has_to_act() {
        let plain = Scenario {
            faults: &[],
            losses: Losses::None,
            ..KILLED
        };
        let quiet = Seen { acted: 0, ..seen() };
        assert_eq!(reasons(plain, quiet), [""; 0]);
    }
}
