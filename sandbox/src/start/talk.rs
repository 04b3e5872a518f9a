//! What a sandbox says while it works: lines on stderr, for people.

use std::io::Write as _;

/// Where talk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// To stderr.
    Stderr,
    /// Nowhere.
    Silent,
}

impl Talk {
    /// Says one line.
    pub fn say(self, line: &str) {
        if self == Talk::Stderr {
            // There is nobody left to tell if stderr is closed.
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }
}
