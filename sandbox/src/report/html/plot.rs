//! Latency over time: median, p99 and slowest per bucket, the failures, the phases behind.

use std::fmt::Write;

use super::escape::escape;
use super::frame::{CHARACTER, Frame};
use super::scale::LogScale;
use crate::report::facts::Phase;
use crate::report::figures::millis;
use crate::report::model::{Bucket, Quantiles, Report};

/// The strip of phase names.
const PHASES: f64 = 20.0;
const TOP: f64 = PHASES + 22.0;
const BOTTOM: f64 = 300.0;
const HEIGHT: f64 = BOTTOM + 24.0;

/// The plot, in one drawing per width.
pub(super) fn plot(report: &Report) -> String {
    let frames = Frame::both(report.seconds);
    frames.iter().map(|frame| drawing(report, frame)).collect()
}

fn drawing(report: &Report, frame: &Frame) -> String {
    let values = report.timeline.iter().flat_map(|bucket| {
        let Quantiles { p50_ms, max_ms, .. } = bucket.latency;
        [p50_ms, max_ms]
    });
    let scale = LogScale::around(values, TOP, BOTTOM);
    let mut svg = frame.open(HEIGHT, "Latency over time");
    svg += &phases(&report.phases, frame);
    svg += &deploy_window(report, frame);
    svg += &latency_axis(&scale, frame);
    svg += &frame.time_axis(TOP, BOTTOM);
    svg += &failures(&report.timeline, frame);
    svg += &curve("max", &report.timeline, frame, &scale, |latency| {
        latency.max_ms
    });
    svg += &curve("p99", &report.timeline, frame, &scale, |latency| {
        latency.p99_ms
    });
    svg += &curve("p50", &report.timeline, frame, &scale, |latency| {
        latency.p50_ms
    });
    svg += &Frame::cursor(BOTTOM);
    svg += "</svg>";
    svg
}

fn phases(phases: &[Phase], frame: &Frame) -> String {
    let mut svg = String::new();
    for (index, phase) in phases.iter().enumerate() {
        let (x, end) = (frame.x(phase.from), frame.x(phase.to));
        if end - x < 0.5 {
            continue;
        }
        let shade = ["even", "odd"][index % 2];
        let name = escape(&phase.name);
        let _ = write!(
            svg,
            r#"<g class="phase {shade}"><title>{name}</title><rect x="{x:.1}" y="0" width="{:.1}" height="{PHASES}"/>"#,
            end - x
        );
        if fits(&phase.name, end - x) {
            let _ = write!(svg, r#"<text x="{:.1}" y="14">{name}</text>"#, x + 6.0);
        }
        svg += "</g>";
    }
    svg
}

fn fits(text: &str, width: f64) -> bool {
    let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    f64::from(characters) * CHARACTER + 10.0 <= width
}

fn deploy_window(report: &Report, frame: &Frame) -> String {
    let deploy = &report.deploy;
    let (start, end) = (frame.x(deploy.started), frame.x(deploy.ended));
    let mut svg = format!(
        r#"<rect class="window" x="{start:.1}" y="{PHASES}" width="{:.1}" height="{:.1}"/>"#,
        (end - start).max(0.0),
        BOTTOM - PHASES
    );
    for (x, word) in [(start, "deploy starts"), (end, "ends")] {
        let _ = write!(
            svg,
            r#"<line class="mark" x1="{x:.1}" x2="{x:.1}" y1="{PHASES}" y2="{BOTTOM}"/><text class="mark-text" x="{:.1}" y="{:.1}">{word}</text>"#,
            x + 5.0,
            PHASES + 13.0
        );
    }
    svg
}

fn latency_axis(scale: &LogScale, frame: &Frame) -> String {
    let mut svg = String::new();
    for tick in scale.ticks() {
        let y = scale.y(tick);
        let _ = write!(
            svg,
            r#"<line class="grid" x1="{}" x2="{}" y1="{y:.1}" y2="{y:.1}"/><text class="tick" x="{}" y="{:.1}" text-anchor="end">{}</text>"#,
            frame.left,
            frame.right,
            frame.left - 8.0,
            y + 4.0,
            round_millis(tick)
        );
    }
    svg
}

/// A tick's value without the dust of its computation.
fn round_millis(ms: f64) -> String {
    if ms < 999.0 {
        format!("{} ms", (ms * 1e3).round() / 1e3)
    } else {
        format!("{} s", ms.round() / 1e3)
    }
}

/// A line through the middles of the buckets, broken where a bucket has no complete answer.
fn curve(
    class: &str,
    timeline: &[Bucket],
    frame: &Frame,
    scale: &LogScale,
    value: impl Fn(&Quantiles) -> f64,
) -> String {
    let mut path = String::new();
    let mut pen = 'M';
    for bucket in timeline {
        if bucket.latency.count == 0 {
            pen = 'M';
            continue;
        }
        let x = frame.x(f64::midpoint(bucket.from, bucket.to));
        let _ = write!(path, "{pen}{x:.1} {:.1}", scale.y(value(&bucket.latency)));
        pen = 'L';
    }
    format!(r#"<path class="curve {class}" d="{path}"/>"#)
}

/// A red column with a cross at its head for every bucket in which requests failed.
fn failures(timeline: &[Bucket], frame: &Frame) -> String {
    let mut svg = String::new();
    for bucket in timeline.iter().filter(|bucket| bucket.failed > 0) {
        let (x, end) = (frame.x(bucket.from), frame.x(bucket.to));
        let width = (end - x).max(2.0);
        let (centre, arm) = (x + width / 2.0, 3.5);
        let head = TOP - 4.0;
        let _ = write!(
            svg,
            r#"<g class="failed"><title>{} failed at {:.1} s, median {}</title><rect x="{x:.1}" y="{TOP}" width="{width:.1}" height="{:.1}"/><path d="M{:.1} {:.1}l7 7m0 -7l-7 7"/></g>"#,
            bucket.failed,
            bucket.from,
            millis(bucket.latency.p50_ms),
            BOTTOM - TOP,
            centre - arm,
            head - arm,
        );
    }
    svg
}
