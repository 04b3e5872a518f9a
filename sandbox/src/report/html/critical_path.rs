//! What the deploy takes at least, term by term, beside what it took.

use super::tables::bar_row;
use crate::report::Term;
use crate::report::figures::seconds;
use crate::report::model::Report;

/// Nothing after a deploy that has no critical path.
pub(super) fn critical_path(report: &Report) -> String {
    let Some(path) = &report.critical_path else {
        return String::new();
    };
    let longest = path.terms.iter().map(Term::total).fold(0.0, f64::max);
    let rows: String = path
        .terms
        .iter()
        .map(|term| {
            let name = match term.times {
                1 => term.name.clone(),
                times => format!("{} ({times} times {})", term.name, seconds(term.seconds)),
            };
            bar_row(
                &name,
                &seconds(term.total()),
                term.total() / longest,
                "time",
            )
        })
        .collect();
    let (least, took) = (seconds(path.seconds), seconds(report.deploy.seconds));
    let ratio = report.deploy.seconds / path.seconds;
    format!(
        "<p class=\"none\">Least: {least}, by AWS's rules and what the release itself takes. The deploy took {took}, {ratio:.2} times as long.</p><table class=\"bars\"><tbody>{rows}</tbody></table>"
    )
}
