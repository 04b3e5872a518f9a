//! The progress of an upload, on terminals.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::Duration;

/// How often the spinner turns while one large file is on its way.
const TICK: Duration = Duration::from_millis(100);

/// A progress bar over the bytes of a release. Drawn on stderr, and only where that is a terminal.
#[derive(Debug)]
pub struct Transfer(ProgressBar);

impl Transfer {
    /// A bar over `bytes` bytes.
    pub fn new(bytes: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
        bar.set_style(style());
        bar.enable_steady_tick(TICK);
        Self(bar)
    }

    /// No bar at all.
    pub fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// A file is compressed and uploaded from now on.
    pub fn begin(&self, name: &str) {
        self.0.set_message(name.to_owned());
    }

    /// So many bytes more are in the store.
    pub fn advance(&self, bytes: u64) {
        self.0.inc(bytes);
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style() -> ProgressStyle {
    const TEMPLATE: &str = "{spinner} {bar:30} {bytes}/{total_bytes} {msg}";
    ProgressStyle::with_template(TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar())
}
