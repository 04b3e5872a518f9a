//! What the page's script reads: the timeline, compactly.

use serde::Serialize;

use crate::report::model::Report;

#[derive(Serialize)]
struct Data<'a> {
    /// Per bucket: from, to, complete answers, failed, p50, p99, slowest.
    buckets: Vec<(f64, f64, u64, u64, f64, f64, f64)>,
    /// Per phase: name, from, to.
    phases: Vec<(&'a str, f64, f64)>,
}

/// JSON that can stand inside of a script element.
pub(super) fn data(report: &Report) -> String {
    let data = Data {
        buckets: report
            .timeline
            .iter()
            .map(|bucket| {
                let latency = bucket.latency;
                let (from, to) = (bucket.from, bucket.to);
                let (p50, p99, max) = (latency.p50_ms, latency.p99_ms, latency.max_ms);
                (from, to, latency.count, bucket.failed, p50, p99, max)
            })
            .collect(),
        phases: report
            .phases
            .iter()
            .map(|phase| (phase.name.as_str(), phase.from, phase.to))
            .collect(),
    };
    // Nothing in it can fail to serialise. Escaped, `<` can't end the element.
    serde_json::to_string(&data)
        .unwrap_or_default()
        .replace('<', "\\u003c")
}
