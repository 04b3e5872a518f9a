//! The table of a gameday: for people in aligned columns, for programs as JSON.

use super::judge::{Row, Seen, Serving};
use serde::Serialize;
use std::fmt::Write as _;

/// The shape's version.
const SCHEMA: u32 = 1;

/// A whole gameday.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// The version of this shape; a reader should refuse one that it does not know.
    pub schema: u32,
    /// Every scenario ended as expected.
    pub passed: bool,
    /// The seed of every fault.
    pub seed: u64,
    /// One per scenario, in the order in which they were played.
    pub rows: Vec<Row>,
}

impl Table {
    /// The table of these rows.
    pub fn new(seed: u64, rows: Vec<Row>) -> Table {
        Table {
            schema: SCHEMA,
            passed: rows.iter().all(|row| row.passed),
            seed,
            rows,
        }
    }

    /// As JSON, indented, with a newline at its end.
    pub fn to_json(&self) -> String {
        // Nothing in it can fail to serialise: its keys are strings, its numbers finite or null.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }

    /// As aligned text, the verdict in the last line.
    pub fn to_text(&self) -> String {
        let header = [
            "fault",
            "expected",
            "what happened",
            "lost",
            "sent",
            "seconds",
            "",
        ];
        let cells: Vec<[String; 7]> = std::iter::once(header.map(str::to_owned))
            .chain(self.rows.iter().map(cells))
            .collect();
        let widths: [usize; 7] = std::array::from_fn(|column| {
            let lengths = cells.iter().map(|row| row[column].chars().count());
            lengths.max().unwrap_or_default()
        });
        let mut text = String::new();
        for (index, row) in cells.iter().enumerate() {
            text += &line(row, &widths);
            let reasons = index.checked_sub(1).map(|row| &self.rows[row].reasons);
            for reason in reasons.into_iter().flatten() {
                // Writing to a string can't fail.
                let _ = writeln!(text, "  ! {reason}");
            }
        }
        text + "\n" + &self.verdict()
    }

    fn verdict(&self) -> String {
        let failed: Vec<&str> = self
            .rows
            .iter()
            .filter(|row| !row.passed)
            .map(|row| row.scenario.name)
            .collect();
        let played = self.rows.len();
        if failed.is_empty() {
            format!(
                "PASSED  all {played} scenarios ended as expected (seed {})\n",
                self.seed
            )
        } else {
            format!(
                "FAILED  {} of {played} scenarios: {} (seed {})\n",
                failed.len(),
                failed.join("; "),
                self.seed
            )
        }
    }
}

fn cells(row: &Row) -> [String; 7] {
    let verdict = if row.passed { "pass" } else { "FAIL" };
    let number = |of: fn(&Seen) -> String| row.seen.as_ref().map_or("-".to_owned(), of);
    [
        row.scenario.name.to_owned(),
        row.scenario.expected(),
        number(happened),
        number(|seen| seen.lost.to_string()),
        number(|seen| seen.sent.to_string()),
        number(|seen| format!("{:.1}", seen.seconds)),
        verdict.to_owned(),
    ]
}

/// The end in a few words: `done in 2 runs, 1.1.0 everywhere`.
fn happened(seen: &Seen) -> String {
    let runs = match seen.runs {
        0 | 1 => String::new(),
        runs => format!(" in {runs} runs"),
    };
    let serving = match seen.serving {
        Serving::New => "new version serves",
        Serving::Old => "old version serves",
        Serving::Mixed(_) => "mixed versions",
    };
    format!("{}{runs}, {serving}", seen.outcome)
}

/// Words to the left, figures to the right.
fn line(row: &[String; 7], widths: &[usize; 7]) -> String {
    let mut line = String::new();
    for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
        // Writing to a string can't fail.
        let _ = match column {
            3..=5 => write!(line, "{cell:>width$}  "),
            _ => write!(line, "{cell:width$}  "),
        };
    }
    line.trim_end().to_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gameday::{End, Losses, Scenario};

    fn row(name: &'static str, exit_code: i32) -> Row {
        let scenario = Scenario {
            name,
            faults: &["throttle"],
            story: "",
            end: End::Done,
            losses: Losses::None,
        };
        let seen = Seen {
            exit_code: Some(exit_code),
            outcome: if exit_code == 0 { "done" } else { "failed" }.to_owned(),
            runs: 2,
            serving: Serving::New,
            sent: 12_000,
            lost: 0,
            lost_at_the_end: 0,
            acted: 3,
            seconds: 12.34,
        };
        Row::judge(scenario, seen, None)
    }

    #[test]
    fn the_table_is_aligned_and_ends_with_the_verdict() {
        let unplayed = Row::unplayed(row("c", 0).scenario, "did not come up".to_owned());
        let table = Table::new(7, vec![row("throttling", 0), row("b", 4), unplayed]);
        let text = table.to_text();
        assert_eq!(
            text,
            "fault       expected      what happened                         lost   sent  seconds
throttling  done, 0 lost  done in 2 runs, new version serves       0  12000     12.3  pass
b           done, 0 lost  failed in 2 runs, new version serves     0  12000     12.3  FAIL
  ! deploy ended as \"failed\", not as \"done\"
c           done, 0 lost  -                                        -      -        -  FAIL
  ! did not come up

FAILED  2 of 3 scenarios: b; c (seed 7)
"
        );
        assert!(!table.passed);
        let passed = Table::new(7, vec![row("throttling", 0)]);
        assert!(
            passed
                .to_text()
                .ends_with("PASSED  all 1 scenarios ended as expected (seed 7)\n")
        );
    }

    #[test]
    fn the_document_tells_everything() {
        let table = Table::new(7, vec![row("throttling", 0)]);
        let document: serde_json::Value = serde_json::from_str(&table.to_json()).unwrap();
        assert_eq!(document["rows"][0]["name"], "throttling");
        assert_eq!(document["rows"][0]["seen"]["runs"], 2);
        assert_eq!(document["rows"][0]["end"], "done");
        assert_eq!(document["passed"], true);
    }
}
