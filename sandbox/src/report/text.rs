//! The report on a terminal: short, aligned, without colour, the verdict in the last line.

use std::fmt::Write;

use super::figures::{count, counted, millis, rate, seconds, struck};
use super::model::{FailedRequest, Quantiles, Report};

/// Beyond these the HTML report is the place to look.
const FAILURES_SHOWN: usize = 5;
/// The width of the first column.
const LABEL: usize = 11;

impl Report {
    /// The report as plain text, with a newline at its end.
    pub fn to_text(&self) -> String {
        let sections = [
            self.requests_text(),
            self.latency_text(),
            self.phases_text(),
            self.critical_path_text(),
            self.api_calls_text(),
            self.faults_text(),
            self.failures_text(),
            self.warnings_text(),
        ];
        let mut text = String::new();
        for section in sections.iter().filter(|section| !section.is_empty()) {
            text.push_str(section);
            text.push('\n');
        }
        text.push_str(&self.verdict_text());
        text
    }

    fn requests_text(&self) -> String {
        let requests = &self.requests;
        let mut text = line(
            "requests",
            &format!(
                "{} sent at {}, {} ok, {} failed",
                count(requests.sent),
                rate(requests.rate),
                count(requests.ok),
                count(requests.failed)
            ),
        );
        let classes = listed(&requests.by_class);
        if !classes.is_empty() {
            text += &line("failed", &classes);
        }
        let own = listed(&self.balancer.failures);
        if !own.is_empty() {
            text += &line("balancer", &own);
        }
        text
    }

    fn latency_text(&self) -> String {
        let mut text = format!(
            "{:LABEL$} {:>10} {:>10} {:>10} {:>10} {:>10}\n",
            "latency", "p50", "p99", "p99.9", "max", "requests"
        );
        let latency = &self.latency;
        for (name, part) in [
            ("  before", &latency.before),
            ("  during", &latency.during),
            ("  after", &latency.after),
        ] {
            text += &quantiles(name, part);
        }
        text
    }

    fn phases_text(&self) -> String {
        let width = self
            .phases
            .iter()
            .map(|phase| phase.name.chars().count())
            .max();
        let width = width.unwrap_or_default();
        let mut text = String::new();
        for (index, phase) in self.phases.iter().enumerate() {
            let label = if index == 0 { "phases" } else { "" };
            let took = format!("{:width$} {:>8}", phase.name, seconds(phase.seconds()));
            text += &line(label, &took);
        }
        text
    }

    fn critical_path_text(&self) -> String {
        let Some(path) = &self.critical_path else {
            return String::new();
        };
        let mut text = String::new();
        let told = path.to_text("the deploy took", self.deploy.seconds);
        for (index, row) in told.lines().enumerate() {
            let label = if index == 0 { "at least" } else { "" };
            text += &line(label, row);
        }
        text
    }

    fn api_calls_text(&self) -> String {
        let width = self
            .api_calls
            .keys()
            .map(String::len)
            .max()
            .unwrap_or_default();
        let mut text = String::new();
        for (index, (operation, calls)) in self.api_calls.iter().enumerate() {
            let label = if index == 0 { "API calls" } else { "" };
            text += &line(label, &format!("{operation:width$} {:>8}", count(*calls)));
        }
        text
    }

    fn faults_text(&self) -> String {
        let mut text = String::new();
        for (index, fault) in self.faults.iter().enumerate() {
            let label = if index == 0 { "faults" } else { "" };
            text += &line(label, &format!("{}: {}", fault.fault, struck(fault.hits)));
        }
        if self.deploy.runs > 1 {
            let runs = format!("deploy was killed and run again: {} runs", self.deploy.runs);
            text += &line("", &runs);
        }
        text
    }

    fn failures_text(&self) -> String {
        let mut text = String::new();
        for (index, failure) in self.failures.iter().take(FAILURES_SHOWN).enumerate() {
            let label = if index == 0 { "first" } else { "" };
            text += &line(label, &failed(failure));
        }
        text
    }

    fn warnings_text(&self) -> String {
        self.verdict
            .warnings
            .iter()
            .map(|warning| line("note", warning))
            .collect()
    }

    fn verdict_text(&self) -> String {
        let Self {
            verdict, deploy, ..
        } = self;
        let change = format!("{} -> {}", deploy.from, deploy.to);
        if verdict.passed {
            let sent = counted(self.requests.sent, "request");
            let took = seconds(deploy.seconds);
            return format!("PASSED  {change} in {took}: {sent}, 0 failed; deploy exit status 0\n");
        }
        format!("FAILED  {change}: {}\n", verdict.reasons.join("; "))
    }
}

fn line(label: &str, text: &str) -> String {
    format!("{label:LABEL$} {text}\n")
}

fn listed(counts: &std::collections::BTreeMap<String, u64>) -> String {
    let told: Vec<String> = counts
        .iter()
        .map(|(name, number)| format!("{name} {}", count(*number)))
        .collect();
    told.join(", ")
}

fn quantiles(name: &str, part: &Quantiles) -> String {
    let mut text = format!("{name:LABEL$}");
    for ms in [part.p50_ms, part.p99_ms, part.p999_ms, part.max_ms] {
        let shown = if part.count == 0 {
            "-".to_owned()
        } else {
            millis(ms)
        };
        // Writing to a string can't fail.
        let _ = write!(text, " {shown:>10}");
    }
    let _ = writeln!(text, " {:>10}", count(part.count));
    text
}

fn failed(failure: &FailedRequest) -> String {
    format!(
        "{:>8}  {:<9}  {}  {}",
        seconds(failure.at),
        failure.class,
        failure.path,
        failure.detail
    )
}
