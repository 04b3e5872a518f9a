//! The page as a whole.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::escape::escape;
use super::{banner, critical_path, data, instances, plot, tables};
use crate::report::figures::seconds;
use crate::report::model::Report;

/// Class and word of each legend entry.
const LATENCY: [(&str, &str); 4] = [
    ("line p50", "median"),
    ("line p99", "p99"),
    ("line max", "slowest"),
    ("box failed", "failed"),
];
const INSTANCES: [(&str, &str); 8] = [
    ("box old", "old"),
    ("box new", "new"),
    ("box pending", "pending"),
    ("box leaving", "terminating"),
    ("box initial", "initial"),
    ("box healthy", "healthy"),
    ("box unhealthy", "unhealthy"),
    ("box draining", "draining"),
];

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

impl Report {
    /// The report as one HTML file.
    pub fn to_html(&self) -> String {
        let head = head(self);
        let body = [
            banner::banner(self),
            format!("<section class=\"cards\">{}</section>", banner::cards(self)),
            section(
                "Latency",
                &legend(&LATENCY),
                &[plot::plot(self), tables::latency(self)].concat(),
            ),
            section(
                "Instances",
                &legend(&INSTANCES),
                &instances::instances(self),
            ),
            faults(self),
            section("Failed requests", "", &tables::failures(self)),
            format!(
                "<div class=\"pair\">{}{}</div>",
                section(
                    "Where the time went",
                    "",
                    &[tables::phases(self), critical_path::critical_path(self)].concat()
                ),
                section("API calls", "", &tables::api_calls(self))
            ),
            section("Settings", "", &tables::settings(self)),
        ]
        .concat();
        format!(
            "<!doctype html>\n<html lang=\"en\">{head}<body><main>{body}{}</main><div id=\"tip\" hidden></div><script type=\"application/json\" id=\"data\">{}</script><script>{SCRIPT}</script></body></html>\n",
            footer(self),
            data::data(self)
        )
    }
}

/// Only where something was to go wrong.
fn faults(report: &Report) -> String {
    if report.faults.is_empty() {
        return String::new();
    }
    section("Faults", "", &tables::faults(report))
}

fn head(report: &Report) -> String {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let title = format!(
        "{}: {} to {}",
        report.verdict.headline, report.deploy.from, report.deploy.to
    );
    format!(
        "<head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><title>{}</title><style>{STYLE}</style></head>",
        escape(&title)
    )
}

fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

fn section(title: &str, legend: &str, content: &str) -> String {
    format!("<section><div class=\"title\"><h2>{title}</h2>{legend}</div>{content}</section>")
}

fn legend(entries: &[(&str, &str)]) -> String {
    let told: Vec<String> = entries
        .iter()
        .map(|(class, word)| format!("<span><i class=\"{class}\"></i>{word}</span>"))
        .collect();
    format!("<p class=\"legend\">{}</p>", told.concat())
}

fn footer(report: &Report) -> String {
    format!(
        "<footer>Rehearsed with baton on {} in {}. Latency counts from when a request was due, so waiting counts too.</footer>",
        report.began.strftime("%Y-%m-%d %H:%M UTC"),
        seconds(report.seconds)
    )
}
