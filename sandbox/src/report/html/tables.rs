//! The tables: latency, failures, phases, API calls, settings.

use super::escape::escape;
use crate::report::facts::{FaultFacts, Phase};
use crate::report::figures::{count, millis, seconds, struck};
use crate::report::model::{FailedRequest, Quantiles, Report};

/// What is beyond these is folded away: they rarely tell more than the first.
const FAILURES_SHOWN: usize = 10;

pub(super) fn latency(report: &Report) -> String {
    let latency = &report.latency;
    let rows: String = [
        ("before", &latency.before),
        ("during", &latency.during),
        ("after", &latency.after),
    ]
    .into_iter()
    .map(|(name, part)| quantiles(name, part))
    .collect();
    format!(
        "<table class=\"figures\"><thead><tr><th>deploy</th><th>p50</th><th>p99</th><th>p99.9</th><th>max</th><th class=\"roomy\">requests</th></tr></thead><tbody>{rows}</tbody></table>"
    )
}

fn quantiles(name: &str, part: &Quantiles) -> String {
    let cells = [part.p50_ms, part.p99_ms, part.p999_ms, part.max_ms]
        .into_iter()
        .map(|ms| {
            if part.count == 0 {
                "–".to_owned()
            } else {
                millis(ms)
            }
        })
        .map(|text| format!("<td>{text}</td>"))
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<tr><th>{name}</th>{cells}<td class=\"roomy\">{}</td></tr>",
        count(part.count)
    )
}

/// What went wrong on demand.
pub(super) fn faults(report: &Report) -> String {
    let rows: String = report.faults.iter().map(fault).collect();
    format!("<table class=\"figures\"><tbody>{rows}</tbody></table>")
}

fn fault(fault: &FaultFacts) -> String {
    let (name, hits) = (escape(&fault.fault), struck(fault.hits));
    format!("<tr><th>{name}</th><td>{hits}</td></tr>")
}

/// The failures, or the sentence that there were none.
pub(super) fn failures(report: &Report) -> String {
    if report.requests.failed == 0 {
        return "<p class=\"none\">None. Every request got its complete answer at the first attempt.</p>".to_owned();
    }
    let (first, folded) = report
        .failures
        .split_at(FAILURES_SHOWN.min(report.failures.len()));
    format!(
        "{}{}{}{}{}",
        bars(&report.requests.by_class, "bad"),
        failure_table(first),
        folded_failures(folded),
        unlisted(report),
        own_account(report)
    )
}

fn failure_table(failures: &[FailedRequest]) -> String {
    let rows: String = failures.iter().map(failure).collect();
    format!(
        "<table class=\"failures\"><thead><tr><th>at</th><th>class</th><th>path</th><th>what happened</th><th>after</th></tr></thead><tbody>{rows}</tbody></table>"
    )
}

fn folded_failures(failures: &[FailedRequest]) -> String {
    if failures.is_empty() {
        return String::new();
    }
    format!(
        "<details><summary>{} more</summary>{}</details>",
        failures.len(),
        failure_table(failures)
    )
}

/// Only the first failures are kept in detail.
fn unlisted(report: &Report) -> String {
    match report
        .requests
        .failed
        .saturating_sub(report.failures.len() as u64)
    {
        0 => String::new(),
        rest => format!("<p class=\"more\">and {} without detail</p>", count(rest)),
    }
}

fn failure(failure: &FailedRequest) -> String {
    format!(
        "<tr><td>{}</td><td><b>{}</b></td><td><code>{}</code></td><td class=\"words\">{}</td><td>{}</td></tr>",
        seconds(failure.at),
        escape(&failure.class),
        escape(&failure.path),
        escape(&failure.detail),
        millis(failure.latency_ms)
    )
}

fn own_account(report: &Report) -> String {
    if report.balancer.failures.is_empty() {
        return String::new();
    }
    format!(
        "<h3>As the balancer saw it</h3>{}",
        bars(&report.balancer.failures, "bad")
    )
}

pub(super) fn phases(report: &Report) -> String {
    let longest = report
        .phases
        .iter()
        .map(Phase::seconds)
        .fold(0.001, f64::max);
    let rows = report.phases.iter().map(|phase| {
        let share = phase.seconds() / longest;
        bar_row(&phase.name, &seconds(phase.seconds()), share, "time")
    });
    format!(
        "<table class=\"bars\"><tbody>{}</tbody></table>",
        rows.collect::<String>()
    )
}

pub(super) fn api_calls(report: &Report) -> String {
    bars(&report.api_calls, "calls")
}

/// Counts with bars, the largest first.
fn bars(counts: &std::collections::BTreeMap<String, u64>, class: &str) -> String {
    let mut ordered: Vec<(&String, u64)> = counts.iter().map(|(name, n)| (name, *n)).collect();
    ordered.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let most = ordered.first().map_or(1, |(_, number)| (*number).max(1));
    let rows: String = ordered
        .into_iter()
        .map(|(name, number)| bar_row(name, &count(number), share(number, most), class))
        .collect();
    format!("<table class=\"bars\"><tbody>{rows}</tbody></table>")
}

#[expect(clippy::cast_precision_loss, reason = "the length of a bar")]
fn share(number: u64, most: u64) -> f64 {
    number as f64 / most as f64
}

pub(super) fn bar_row(name: &str, figure: &str, share: f64, class: &str) -> String {
    format!(
        r#"<tr><th>{}</th><td>{figure}</td><td class="bar"><svg class="{class}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect width="{:.1}" height="8" rx="1"/></svg></td></tr>"#,
        // A line may break after the service.
        escape(name).replace(':', ":<wbr>"),
        (share * 100.0).max(0.8)
    )
}

pub(super) fn settings(report: &Report) -> String {
    let rows: String = report
        .settings
        .iter()
        .map(|(name, value)| setting(name, value))
        .collect();
    format!("<dl class=\"settings\">{rows}</dl>")
}

fn setting(name: &str, value: &str) -> String {
    format!(
        "<div><dt>{}</dt><dd>{}</dd></div>",
        escape(name),
        escape(value)
    )
}
