//! The table of restarts.

use std::time::Duration;

use crate::support::load::Protocol;
use crate::support::outcome::Tally;
use crate::support::peers::Subject;
use crate::support::process::Account;
use crate::support::report::Report;
use crate::support::spread::Spread;
use crate::support::table::Table;

/// One line of the table.
pub(super) struct Row {
    pub(super) subject: Subject,
    pub(super) protocol: Protocol,
    pub(super) title: String,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    Measured(Measured),
    /// Not installed here.
    Skipped,
    /// Could not be measured, and why.
    Broken(String),
}

pub(super) struct Measured {
    pub(super) restarts: u32,
    pub(super) requests: Tally,
    /// How long the load itself was held up, at most.
    pub(super) longest_stall: Duration,
    pub(super) lived_on: Vec<Duration>,
    pub(super) account: Account,
}

pub(super) fn publish(rows: &[Row], write: bool) -> anyhow::Result<()> {
    let mut table = Table::new(&[
        "server",
        "protocol",
        "restarts",
        "answered",
        "failed",
        "per restart",
        "95 % upper bound",
        "what failed",
        "old process gone after (p50 / max)",
    ]);
    for row in rows {
        table.row(row.cells());
    }
    let mut report = Report::new("restart", "restart");
    report.table(&table);
    for row in rows.iter().filter(|row| row.subject == Subject::Baton) {
        if let Outcome::Measured(measured) = &row.outcome {
            report.note(measured.account_in_words(row.protocol));
        }
    }
    report.publish(write)
}

impl Row {
    /// What makes the whole bench fail: a row without a figure, or a request that baton-server
    /// lost. The others lose as many as they do.
    pub(super) fn trouble(&self) -> Option<String> {
        let what = match &self.outcome {
            Outcome::Measured(measured) if self.subject == Subject::Baton => {
                let failed = measured.requests.failed();
                (failed > 0).then(|| format!("{failed} requests failed"))?
            }
            Outcome::Measured(_) | Outcome::Skipped => return None,
            Outcome::Broken(why) => why.clone(),
        };
        Some(format!(
            "{}, {}: {what}",
            self.subject.name(),
            self.protocol
        ))
    }

    fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.title.clone(), self.protocol.to_string()];
        match &self.outcome {
            Outcome::Measured(measured) => cells.extend(measured.cells()),
            Outcome::Skipped => {}
            Outcome::Broken(_) => cells.push("could not be measured".to_owned()),
        }
        cells
    }
}

impl Measured {
    fn cells(&self) -> [String; 7] {
        let failed = self.requests.failed();
        let restarts = f64::from(self.restarts.max(1));
        // The rule of three: what n trials without a failure leave possible.
        let bound = if failed == 0 {
            format!("{:.3}", 3.0 / restarts)
        } else {
            "-".to_owned()
        };
        [
            self.restarts.to_string(),
            self.requests.ok.to_string(),
            failed.to_string(),
            format!("{:.2}", as_f64(failed) / restarts),
            bound,
            self.requests.what_failed(),
            Spread::of_times(self.lived_on.iter().copied()).as_times(),
        ]
    }

    fn account_in_words(&self, protocol: Protocol) -> String {
        let Account {
            handed_over,
            idle_closed,
            forced,
        } = self.account;
        let stall = self.longest_stall.as_millis();
        format!(
            "baton-server over {protocol}, by its own account: {handed_over} idle connections handed over, \
             {idle_closed} closed, {forced} cut. The load itself was never held up for more than {stall} ms."
        )
    }
}

/// Counts are far below 2^52.
fn as_f64(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
