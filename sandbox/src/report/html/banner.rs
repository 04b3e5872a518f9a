//! The head of the page: the verdict and the figures that people look for first.

use super::escape::escape;
use crate::report::figures::{count, millis, rate, seconds};
use crate::report::model::Report;

/// The verdict with its reasons and warnings.
pub(super) fn banner(report: &Report) -> String {
    let verdict = &report.verdict;
    let (class, word, icon) = if verdict.passed {
        ("passed", "Passed", "M7 13.5l4.5 4.5L20 8.5")
    } else {
        ("lost", "Failed", "M8 8l10 10M18 8L8 18")
    };
    let reasons: String = verdict
        .reasons
        .iter()
        .map(|reason| item("reason", reason))
        .collect();
    let warnings: String = verdict
        .warnings
        .iter()
        .map(|text| item("warning", text))
        .collect();
    format!(
        r#"<header class="banner {class}"><svg class="seal" viewBox="0 0 26 26" aria-hidden="true"><circle cx="13" cy="13" r="13"/><path d="{icon}"/></svg><div><p class="verdict">{word}</p><h1>{}</h1><p class="story">{}</p>{reasons}{warnings}</div></header>"#,
        escape(&verdict.headline),
        story(report),
    )
}

fn item(class: &str, text: &str) -> String {
    format!(r#"<p class="{class}">{}</p>"#, escape(text))
}

fn story(report: &Report) -> String {
    let deploy = &report.deploy;
    format!(
        "A rehearsed deploy of <b>{}</b> over <b>{}</b> on {} instances under {} requests per second.",
        escape(&deploy.to),
        escape(&deploy.from),
        report.lifelines.iter().filter(|line| !line.new).count(),
        report.requests.rate,
    )
}

/// The key figures.
pub(super) fn cards(report: &Report) -> String {
    let requests = &report.requests;
    let deploy = &report.deploy;
    let latency = &report.latency;
    let failed_class = if requests.failed == 0 { "good" } else { "bad" };
    let deploy_class = if deploy.exit_code == Some(0) {
        "good"
    } else {
        "bad"
    };
    let status = match deploy.exit_code {
        Some(code) => format!("exit status {code}, {}", deploy.outcome),
        None => format!("ended by a signal, {}", deploy.outcome),
    };
    let calls: u64 = report.api_calls.values().sum();
    [
        card(
            "",
            "Requests",
            &count(requests.sent),
            &format!("{}, open loop", rate(requests.rate)),
        ),
        card(
            failed_class,
            "Failed",
            &count(requests.failed),
            &classes(report),
        ),
        card(
            "",
            "Median during",
            &millis(latency.during.p50_ms),
            &before(latency.before.p50_ms),
        ),
        card(
            "",
            "p99 during",
            &millis(latency.during.p99_ms),
            &before(latency.before.p99_ms),
        ),
        card(deploy_class, "Deploy", &seconds(deploy.seconds), &status),
        card(
            "",
            "API calls",
            &count(calls),
            &format!("{} operations", report.api_calls.len()),
        ),
    ]
    .concat()
}

fn classes(report: &Report) -> String {
    let requests = &report.requests;
    if requests.failed == 0 {
        return "no retries anywhere".to_owned();
    }
    let told: Vec<String> = requests
        .by_class
        .iter()
        .map(|(class, number)| format!("{class} {}", count(*number)))
        .collect();
    told.join(", ")
}

fn before(ms: f64) -> String {
    format!("{} before", millis(ms))
}

fn card(class: &str, name: &str, figure: &str, note: &str) -> String {
    format!(
        r#"<div class="card {class}"><p class="name">{name}</p><p class="figure">{}</p><p class="note">{}</p></div>"#,
        escape(figure),
        escape(note)
    )
}
