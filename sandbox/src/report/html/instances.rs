//! One lifeline per instance: its lifecycle above, its target state beneath, on the plot's own time axis.

use std::fmt::Write;

use super::escape::escape;
use super::frame::{CHARACTER, Frame};
use crate::report::facts::Track;
use crate::report::figures::seconds;
use crate::report::model::{Lifeline, Report, Span};

const ROW: f64 = 54.0;
const BAR: f64 = 14.0;
/// The line of text above the bars.
const LABEL: f64 = 17.0;

/// The lifelines, in one drawing per width.
pub(super) fn instances(report: &Report) -> String {
    let frames = Frame::both(report.seconds);
    frames
        .iter()
        .map(|frame| drawing(&report.lifelines, frame))
        .collect()
}

fn drawing(lines: &[Lifeline], frame: &Frame) -> String {
    let rows = f64::from(u32::try_from(lines.len()).unwrap_or(u32::MAX));
    let bottom = rows * ROW + 4.0;
    let mut svg = frame.open(bottom + 24.0, "The life of each instance");
    svg += &hatch(frame);
    svg += &frame.time_axis(0.0, bottom);
    let mut top = 0.0;
    for line in lines {
        svg += &row(line, frame, top);
        top += ROW;
    }
    svg += &Frame::cursor(bottom);
    svg += "</svg>";
    svg
}

/// Leaving states are hatched, so that they can be told without colour.
fn hatch(frame: &Frame) -> String {
    format!(
        r#"<defs><pattern id="hatch-{}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch" width="2" height="6"/></pattern></defs>"#,
        frame.class
    )
}

fn row(line: &Lifeline, frame: &Frame, top: f64) -> String {
    let age = age(line);
    let mut svg = format!(
        r#"<g class="life {age}"><text class="version" x="0" y="{:.1}">{}</text><text class="instance" x="{:.1}" y="{:.1}">{}<tspan class="zone" dx="8">{}</tspan></text>"#,
        top + 13.0,
        escape(&line.version),
        frame.left,
        top + 13.0,
        escape(&line.instance),
        escape(&line.zone),
    );
    for span in &line.spans {
        svg += &bar(span, age, frame, top + LABEL);
    }
    svg += "</g>";
    svg
}

fn age(line: &Lifeline) -> &'static str {
    if line.new { "new" } else { "old" }
}

fn bar(span: &Span, age: &str, frame: &Frame, top: f64) -> String {
    let (x, end) = (frame.x(span.from), frame.x(span.to));
    let width = (end - x - 1.0).max(1.5);
    let y = match span.track {
        Track::Lifecycle => top,
        Track::Target => top + BAR + 2.0,
    };
    let kind = kind(span);
    let state = escape(&span.state);
    let track = match span.track {
        Track::Lifecycle => "lifecycle",
        Track::Target => "target",
    };
    let mut svg = format!(
        r#"<g class="span {kind} {age}"><title>{track}: {state}, {:.1} s to {:.1} s ({})</title><rect class="body" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{BAR}" rx="3"/>"#,
        span.from,
        span.to,
        seconds(span.to - span.from),
    );
    if matches!(kind, "leaving" | "draining") {
        let _ = write!(
            svg,
            r#"<rect class="hatched" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{BAR}" rx="3" fill="url(#hatch-{})"/>"#,
            frame.class
        );
    }
    if let Some(label) = label(&span.state, width) {
        let _ = write!(
            svg,
            r#"<text x="{:.1}" y="{:.1}">{}</text>"#,
            x + 5.0,
            y + 10.5,
            escape(label)
        );
    }
    svg += "</g>";
    svg
}

/// The state's name as far as there is room: whole, or up to the colon, or not at all.
fn label(state: &str, width: f64) -> Option<&str> {
    let short = state.split(':').next().unwrap_or(state);
    [state, short].into_iter().find(|text| {
        let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        f64::from(characters) * CHARACTER + 6.0 <= width
    })
}

/// The state as the style sheet knows it.
fn kind(span: &Span) -> &'static str {
    match (span.track, span.state.as_str()) {
        (Track::Lifecycle, "InService") => "in-service",
        (Track::Lifecycle, state) if state.starts_with("Pending") => "pending",
        (Track::Lifecycle, state) if state.starts_with("Terminating") => "leaving",
        (Track::Target, "initial") => "initial",
        (Track::Target, "healthy") => "healthy",
        (Track::Target, "unhealthy") => "unhealthy",
        (Track::Target, "draining") => "draining",
        (Track::Lifecycle | Track::Target, _) => "other",
    }
}
