//! The page as a whole.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::escape::escape;
use super::{banner, data, instances, plot, tables};
use crate::report::figures::seconds;
use crate::report::model::Report;

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
                LATENCY_LEGEND,
                &[plot::plot(self), tables::latency(self)].concat(),
            ),
            section("Instances", INSTANCE_LEGEND, &instances::instances(self)),
            section("Failed requests", "", &tables::failures(self)),
            format!(
                "<div class=\"pair\">{}{}</div>",
                section("Where the time went", "", &tables::phases(self)),
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

const LATENCY_LEGEND: &str = "<p class=\"legend\"><i class=\"line p50\"></i>median<i class=\"line p99\"></i>p99<i class=\"line max\"></i>slowest<i class=\"box failed\"></i>failed</p>";

const INSTANCE_LEGEND: &str = "<p class=\"legend\"><i class=\"box old\"></i>old<i class=\"box new\"></i>new<span class=\"gap\"></span><i class=\"box initial\"></i>initial<i class=\"box healthy\"></i>healthy<i class=\"box unhealthy\"></i>unhealthy<i class=\"box draining\"></i>draining</p>";

fn footer(report: &Report) -> String {
    format!(
        "<footer>Rehearsed with baton on {} in {}. Latency counts from when a request was due, so waiting counts too.</footer>",
        report.began.strftime("%Y-%m-%d %H:%M UTC"),
        seconds(report.seconds)
    )
}
