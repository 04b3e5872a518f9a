//! The status document: what an instance's agent says about its release.
//!
//! The agent is the only writer, at [`crate::layout::status`]; the deployer reads it to name a failing instance and show
//! its last lines. It is evidence for people and never a success criterion: that is AWS's view of the group.

use crate::digest::Digest;
use crate::names::Name;
use jiff::Timestamp;
use semver::Version;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The only schema known to this version of the code.
pub const SCHEMA: u32 = 1;

/// How many of the server's last lines a failure carries: enough for a panic with its backtrace.
pub const MAX_LOG_LINES: usize = 40;

/// The longest line kept, in characters.
pub const MAX_LINE: usize = 400;

/// What an instance's agent says about its release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusDocument {
    /// The format, [`SCHEMA`].
    pub schema: u32,
    /// The EC2 instance id, `i-…`.
    pub instance: String,
    /// The service.
    pub service: Name,
    /// The environment.
    pub environment: Name,
    /// The version that the tags asked for, once read.
    pub version: Option<Version>,
    /// The manifest digest that the tags asked for, once read.
    pub manifest: Option<Digest>,
    /// Where the agent is.
    pub phase: Phase,
    /// When the agent wrote this, by its own clock.
    pub updated: Timestamp,
    /// What went wrong last. With [`Phase::Failed`] the release is given up on this instance; with any other phase its server
    /// died after it had served, and was started again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The agent's own version.
    pub agent: String,
}

/// Where an agent is with its release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Reading the tags and the manifest.
    Resolving,
    /// Fetching and verifying the files.
    Fetching,
    /// The server is starting.
    Starting,
    /// The server answers its health check; the launch hook was completed.
    Serving,
    /// The instance is leaving; the server drains.
    Draining,
    /// The server has left; the terminate hook was completed.
    Left,
    /// The release cannot run here; the launch hook was abandoned.
    Failed,
    /// Written by a later version of the agent.
    #[serde(other)]
    Unknown,
}

/// What went wrong on an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The phase that failed.
    pub during: Phase,
    /// One sentence fragment: what happened.
    pub cause: String,
    /// The server's last lines, oldest first, without control characters.
    #[serde(default)]
    pub log: Vec<String>,
}

impl Failure {
    /// A failure with the last [`MAX_LOG_LINES`] lines of `log`, made safe to print on a terminal.
    pub fn new(
        during: Phase,
        cause: impl Into<String>,
        log: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut lines: Vec<String> = log.into_iter().map(|line| printable(&line)).collect();
        lines.drain(..lines.len().saturating_sub(MAX_LOG_LINES));
        Self {
            during,
            cause: printable(&cause.into()),
            log: lines,
        }
    }
}

/// Cut to [`MAX_LINE`] characters and freed of control characters: a server's output must not drive the operator's terminal.
fn printable(line: &str) -> String {
    line.trim_end()
        .chars()
        .filter(|c| !c.is_control() || *c == '\t')
        .take(MAX_LINE)
        .collect()
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolving => "resolving",
            Self::Fetching => "fetching",
            Self::Starting => "starting",
            Self::Serving => "serving",
            Self::Draining => "draining",
            Self::Left => "left",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_keeps_the_last_lines_and_cannot_drive_a_terminal() {
        let lines = (0..100).map(|n| format!("\u{1b}[31mline {n}\u{7}\r\n"));
        let failure = Failure::new(Phase::Starting, "exited\u{1b}[2J", lines);
        assert_eq!(failure.log.len(), MAX_LOG_LINES);
        assert_eq!(failure.log.last().unwrap(), "[31mline 99");
        assert_eq!(failure.cause, "exited[2J");
    }

    #[test]
    fn a_phase_of_a_later_version_is_read_as_unknown() {
        assert_eq!(
            serde_json::from_str::<Phase>("\"warming\"").unwrap(),
            Phase::Unknown
        );
        assert_eq!(
            serde_json::to_string(&Phase::Serving).unwrap(),
            "\"serving\""
        );
    }
}
