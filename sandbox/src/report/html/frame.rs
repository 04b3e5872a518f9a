//! The time axis that the plot and the lifelines share, in the two widths the page is read at.
//!
//! Text in a drawing that is scaled down can't be read; so there are two drawings, and the style sheet shows one.

use std::fmt::Write;

use super::scale::time_ticks;

/// A drawing's width and margins, in its own units.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    /// Which drawing it is, as the style sheet knows it.
    pub(super) class: &'static str,
    pub(super) width: f64,
    pub(super) left: f64,
    pub(super) right: f64,
    /// How many labels the time axis bears.
    ticks: f64,
    /// The time at the right end.
    seconds: f64,
}

/// About the width of a character of the drawings' text.
pub(super) const CHARACTER: f64 = 6.2;

impl Frame {
    /// Both drawings for a load of this many seconds.
    pub(super) fn both(seconds: f64) -> [Self; 2] {
        let seconds = seconds.max(0.001);
        [
            Self {
                class: "wide",
                width: 1000.0,
                left: 58.0,
                right: 988.0,
                ticks: 14.0,
                seconds,
            },
            Self {
                class: "narrow",
                width: 360.0,
                left: 44.0,
                right: 356.0,
                ticks: 6.0,
                seconds,
            },
        ]
    }

    /// Where a time is drawn; what is outside of the load stays at its edge.
    pub(super) fn x(&self, seconds: f64) -> f64 {
        let share = (seconds / self.seconds).clamp(0.0, 1.0);
        self.left + share * (self.right - self.left)
    }

    /// The opening tag of a drawing of this height. `label` is for those who can't see it.
    pub(super) fn open(&self, height: f64, label: &str) -> String {
        format!(
            r#"<svg class="chart {}" viewBox="0 0 {} {height}" role="img" aria-label="{label}" data-left="{}" data-right="{}" data-seconds="{}">"#,
            self.class, self.width, self.left, self.right, self.seconds
        )
    }

    /// Grid lines from `top` to `bottom` with the times beneath.
    pub(super) fn time_axis(&self, top: f64, bottom: f64) -> String {
        let mut svg = String::new();
        for tick in time_ticks(self.seconds, self.ticks) {
            let x = self.x(tick);
            // Writing to a string can't fail.
            let _ = write!(
                svg,
                r#"<line class="grid" x1="{x:.1}" x2="{x:.1}" y1="{top}" y2="{bottom}"/><text class="tick" x="{x:.1}" y="{:.1}" text-anchor="middle">{tick} s</text>"#,
                bottom + 15.0
            );
        }
        svg
    }

    /// The line that follows the pointer.
    pub(super) fn cursor(bottom: f64) -> String {
        format!(r#"<line class="cursor" x1="0" x2="0" y1="0" y2="{bottom}"/>"#)
    }
}
