//! A progress bar with the lasting lines above it.
//!
//! The bar is drawn on stderr; the lines are the same as [`super::lines`] writes, on stdout. They go through the bar's
//! `suspend`, so that neither tears the other.

use super::lines::Lines;
use super::{Report, words};
use crate::output::{self, Stdout};
use crate::printable::printable;
use crate::rollout::event::{DeployEvent, EventKind};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::Write;

/// Draws updated members over all, and what is waited for.
#[derive(Debug)]
pub(super) struct Progress<W> {
    lines: Lines<W>,
    bars: MultiProgress,
    members: ProgressBar,
    waiting: ProgressBar,
}

impl Progress<Stdout> {
    /// A bar drawn there, with its lines on stdout.
    pub(super) fn on(target: ProgressDrawTarget) -> Self {
        Self::new(target, output::stdout())
    }
}

impl<W: Write> Progress<W> {
    pub(super) fn new(target: ProgressDrawTarget, out: W) -> Self {
        let bars = MultiProgress::with_draw_target(target);
        // A prefix that is set later would draw the bar before there is anything to count.
        let members = ProgressBar::new(0)
            .with_style(style("{prefix} {bar:30} {pos}/{len}  {msg}"))
            .with_prefix("updated");
        let waiting =
            ProgressBar::new_spinner().with_style(style("{spinner} {elapsed} {wide_msg}"));
        let (members, waiting) = (bars.add(members), bars.add(waiting));
        Self {
            lines: Lines::new(out),
            bars,
            members,
            waiting,
        }
    }

    /// The lines above the bar.
    #[cfg(test)]
    pub(super) fn lines(&self) -> &Lines<W> {
        &self.lines
    }

    fn line_above(&mut self, event: &DeployEvent) {
        let Self { lines, bars, .. } = self;
        if let Some(text) = lines.lines(event) {
            bars.suspend(|| lines.write(&text));
        }
    }

    fn draw_members(&self, kind: &EventKind) {
        let EventKind::Progress {
            updated,
            total,
            healthy_targets,
            in_flight,
            ..
        } = kind
        else {
            return;
        };
        self.members.set_length(u64::from(*total));
        self.members.set_position(u64::from(*updated));
        self.members.set_message(format!(
            "{healthy_targets} healthy targets, {in_flight} coming or leaving"
        ));
    }
}

impl<W> Progress<W> {
    fn clear(&self) {
        self.members.finish_and_clear();
        self.waiting.finish_and_clear();
    }
}

impl<W: Write + Send> Report for Progress<W> {
    fn report(&mut self, event: &DeployEvent) {
        match &event.kind {
            kind @ EventKind::Progress { .. } if !event.planned => self.draw_members(kind),
            EventKind::Waiting { on } if !event.planned => {
                self.waiting.set_message(printable(&words::waiting(on)));
            }
            // A line each would bury the rest in a large group; the bar counts them.
            EventKind::MemberChanged { .. } => {}
            EventKind::RollbackStarted { .. } => {
                self.members.set_prefix("back");
                self.line_above(event);
            }
            EventKind::Finished { .. } => {
                self.clear();
                self.line_above(event);
            }
            _ => self.line_above(event),
        }
    }

    fn tick(&mut self) {
        self.waiting.tick();
    }
}

impl<W> Drop for Progress<W> {
    fn drop(&mut self) {
        // A run that ends by an error has no last event; the error's words must not stand beside a bar.
        self.clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
