//! Events as they are, one JSON object per line.

use super::Report;
use crate::rollout::event::DeployEvent;
use std::io::Write;

/// Writes each event as one line of JSON.
#[derive(Debug)]
pub(super) struct Json<W> {
    out: W,
}

impl<W: Write> Json<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out }
    }
}

impl<W: Write + Send> Report for Json<W> {
    fn report(&mut self, event: &DeployEvent) {
        if let Ok(mut line) = serde_json::to_vec(event) {
            line.push(b'\n');
            // A reader that has gone must not end the deployment.
            let _ = self.out.write_all(&line).and_then(|()| self.out.flush());
        }
    }
}
