//! The account that a server gives of its leaving.

use std::time::Duration;

use serde::Serialize;

use crate::connection::Class;
use crate::counters::{ByClass, Counts};

/// What became of the connections that were open when leaving began, or came later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[must_use = "a departure says whether anything was cut off"]
pub struct Departure {
    /// Connections that ended with nothing owed to the peer.
    pub drained: u64,
    /// Idle connections that a successor has now.
    pub handed_over: u64,
    /// What was cut by a deadline or by force: requests, and connections without one.
    pub forced: ByClass,
    /// Idle connections that the server closed, after their grace.
    pub idle_closed: u64,
    /// Milliseconds from the order to leave.
    pub ms: u64,
}

impl Departure {
    /// `at_leave` and `at_exit` are readings from then; connections still open at exit are stuck in
    /// a handler that blocks its thread.
    pub(crate) fn between(at_leave: &Counts, at_exit: &Counts, took: Duration) -> Self {
        let mut forced = at_exit.cut.since(&at_leave.cut);
        forced.handler += at_exit.open as u64;
        Self {
            drained: at_exit.ended - at_leave.ended,
            handed_over: at_exit.handed_over - at_leave.handed_over,
            forced,
            idle_closed: at_exit.idle_closed - at_leave.idle_closed,
            ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Adds connections that were never taken from the accept queue.
    pub(crate) fn with_unserved(mut self, queued: u64) -> Self {
        self.forced.idle += queued;
        self
    }

    /// Whether nothing was cut off.
    pub fn is_clean(&self) -> bool {
        self.forced.total() == 0
    }

    /// The number cut off in one class.
    pub fn forced_in(&self, class: Class) -> u64 {
        self.forced.of(class)
    }

    /// One line of JSON:
    /// `{"drained":…,"handed_over":…,"forced":{"idle":…,"header":…,"body":…,"handler":…,"response":…,"upgrade":…},"idle_closed":…,"ms":…}`.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers under fixed names always serialise")
    }
}
