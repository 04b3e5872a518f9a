//! The sum as a table on a terminal.

use super::{CriticalPath, Term};

/// The widths of the columns: names, and the sums at their end.
const NAME: usize = 22;
const SUM: usize = 43;

impl CriticalPath {
    /// One line for each term, the sum, and what really happened beside it.
    pub(in crate::report) fn to_text(&self, what: &str, took: f64) -> String {
        let terms: String = self.terms.iter().map(term).collect();
        let sum = total("sum", self.seconds);
        let took_in_all = total(what, took);
        let ratio = took / self.seconds;
        format!("{terms}{sum}\n{took_in_all}, {ratio:.2} times the sum\n")
    }
}

fn term(term: &Term) -> String {
    let Term {
        name,
        seconds,
        times,
    } = term;
    let total = term.total();
    format!("{name:NAME$} {times:>2} x {seconds:>5.1} s = {total:>5.1} s\n")
}

fn total(name: &str, seconds: f64) -> String {
    let width = SUM - name.chars().count();
    format!("{name}{seconds:>width$.1} s")
}
