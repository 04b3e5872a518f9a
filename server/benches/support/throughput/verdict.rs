//! The tables, and whether the targets are met.

use super::Results;
use super::contestant::Who;
use super::generator;
use super::memory::Memory;
use super::rounds::{Sample, Score};
use crate::support::load::Protocol;
use crate::support::report::Report;
use crate::support::spread::Spread;
use crate::support::table::Table;

/// Of minimal hyper's requests per second: what the drain may cost.
const LEAST_RATIO: f64 = 0.97;

/// KiB (PSS) per idle connection; hyper alone takes 12.
const MOST_MEMORY: f64 = 13.0;

pub(super) fn report(results: &Results, report: &mut Report) {
    for missing in &results.skipped {
        report.note(format!("{missing}."));
    }
    for (protocol, scores) in &results.speed {
        let load = generator::arguments(*protocol);
        report.note(format!("{protocol}, `{load}`:"));
        if let Some(measure) = scores.first() {
            report.table(&speed_table(scores, measure));
        }
    }
    if !results.memory.is_empty() {
        report.note("Idle HTTP/1.1 connections:");
        report.table(&memory_table(&results.memory));
    }
    report.note(targets(results).join("\n"));
}

fn speed_table(scores: &[Score], measure: &Score) -> Table {
    let mut table = Table::new(&[
        "server",
        "requests/s (median)",
        "ratio of medians",
        "ratio within a round (median, lowest, highest)",
        "processor time per request",
        "ratio",
    ]);
    for score in scores {
        table.row(score.cells(measure));
    }
    table
}

impl Score {
    fn speed(&self) -> Spread {
        Spread::of(self.samples.iter().map(|sample| sample.per_second))
    }

    fn work(&self) -> Spread {
        Spread::of(self.samples.iter().map(|sample| sample.work_per_request))
    }

    fn ratio_to(&self, measure: &Self) -> f64 {
        self.speed().median() / measure.speed().median()
    }

    /// Two servers in the same round ran within seconds of each other.
    fn ratios_to(&self, measure: &Self) -> Spread {
        let pairs = self.samples.iter().zip(&measure.samples);
        let ratio = |(own, other): (&Sample, &Sample)| own.per_second / other.per_second;
        Spread::of(pairs.map(ratio))
    }

    fn cells(&self, measure: &Self) -> Vec<String> {
        let within = self.ratios_to(measure);
        vec![
            self.title.clone(),
            format!("{:.0}", self.speed().median()),
            format!("{:.2}", self.ratio_to(measure)),
            format!(
                "{:.2}, {:.2}, {:.2}",
                within.median(),
                within.least(),
                within.most()
            ),
            format!("{:.1} µs", self.work().median()),
            format!("{:.2}", self.work().median() / measure.work().median()),
        ]
    }
}

fn memory_table(measured: &[Memory]) -> Table {
    let mut table = Table::new(&[
        "server",
        "KiB each (PSS)",
        "KiB each (RSS)",
        "MiB in all (PSS)",
    ]);
    for memory in measured {
        table.row(vec![
            memory.title.clone(),
            format!("{:.1}", memory.each.pss),
            format!("{:.1}", memory.each.rss),
            format!("{:.0}", memory.all.pss / 1024.0),
        ]);
    }
    table
}

fn targets(results: &Results) -> Vec<String> {
    let h1 = results
        .speed
        .iter()
        .find(|(protocol, _)| *protocol == Protocol::H1);
    let h1 = h1.map_or(&[][..], |(_, scores)| scores);
    let score = |who| h1.iter().find(|score| score.who == who);
    let library = score(Who::Library);
    let over = |who| Some(library?.ratio_to(score(who)?));
    let memory = results.memory.iter();
    let memory = memory.filter(|memory| memory.who == Who::Library);
    let memory = memory.map(|memory| memory.each.pss).next();
    let lines = [
        over(Who::Minimal).map(|ratio| {
            let what = format!("at least {LEAST_RATIO} of minimal hyper's HTTP/1.1 requests/s");
            target(&what, ratio >= LEAST_RATIO, &format!("{ratio:.3}"))
        }),
        over(Who::Axum).map(|ratio| {
            let what = "more HTTP/1.1 requests/s than axum";
            target(what, ratio > 1.0, &format!("{ratio:.3} of axum's"))
        }),
        memory.map(|each| {
            let what = format!("at most {MOST_MEMORY} KiB per idle connection");
            target(&what, each <= MOST_MEMORY, &format!("{each:.1} KiB"))
        }),
    ];
    lines.into_iter().flatten().collect()
}

fn target(what: &str, is_met: bool, figure: &str) -> String {
    let verdict = if is_met { "met" } else { "**missed**" };
    format!("- Target, {what}: {verdict} ({figure}).")
}
