//! What is known of each request afterwards.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// What became of a request, as the client saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A complete answer with a 2xx status.
    Ok(u16),
    /// The connection was refused.
    Refused,
    /// The connection was reset before the answer's head was complete.
    Reset,
    /// The connection was closed before the answer's head was complete.
    Eof,
    /// The answer's body was not complete.
    Truncated,
    /// A complete answer with a 5xx status.
    ServerError(u16),
    /// No complete answer in time.
    Timeout,
    /// A complete answer with any other status.
    Unexpected(u16),
    /// The answer was not HTTP.
    Malformed,
    /// The generator itself failed (no free port, too many open files): says nothing of the server.
    Local,
}

impl Class {
    /// Whether the client got what it asked for.
    pub fn is_ok(self) -> bool {
        matches!(self, Self::Ok(_))
    }

    /// The name under which it is counted.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Eof => "eof",
            Self::Truncated => "truncated",
            Self::ServerError(_) => "5xx",
            Self::Timeout => "timeout",
            Self::Unexpected(_) => "other status",
            Self::Malformed => "malformed",
            Self::Local => "generator",
        }
    }

    /// The status of the answer, where there was one.
    pub fn status(self) -> Option<u16> {
        match self {
            Self::Ok(status) | Self::ServerError(status) | Self::Unexpected(status) => Some(status),
            Self::Refused
            | Self::Reset
            | Self::Eof
            | Self::Truncated
            | Self::Timeout
            | Self::Malformed
            | Self::Local => None,
        }
    }
}

/// One request, in 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    scheduled_micros: u64,
    latency_micros: u32,
    class: Class,
}

impl Sample {
    /// A latency beyond 71 minutes is recorded as that.
    pub fn new(scheduled: Duration, latency: Duration, class: Class) -> Self {
        Self {
            scheduled_micros: u64::try_from(scheduled.as_micros()).unwrap_or(u64::MAX),
            latency_micros: u32::try_from(latency.as_micros()).unwrap_or(u32::MAX),
            class,
        }
    }

    /// When it was due, since the start of the load.
    pub fn scheduled(self) -> Duration {
        Duration::from_micros(self.scheduled_micros)
    }

    /// From when it was *due* to its end: waiting behind a stall counts.
    pub fn latency(self) -> Duration {
        Duration::from_micros(u64::from(self.latency_micros))
    }

    /// What became of it.
    pub fn class(self) -> Class {
        self.class
    }
}

/// One failed request in detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// When it was due, since the start of the load.
    pub scheduled: Duration,
    /// From when it was due to its failure.
    pub latency: Duration,
    /// What became of it.
    pub class: Class,
    /// The path requested.
    pub path: String,
    /// What exactly happened, for people.
    pub detail: String,
}

/// How far the generator itself fell behind its schedule: a measure of this machine, not of the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Lag {
    /// Requests that started more than [`Lag::TOLERANCE`] after they were due.
    pub late: u64,
    /// The worst delay in milliseconds.
    pub max_ms: f64,
}

impl Lag {
    /// A start this late no longer says much about the server's latency.
    pub const TOLERANCE: Duration = Duration::from_millis(20);
}

/// The state of a running load.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Totals {
    /// Requests started.
    pub sent: u64,
    /// Requests ended, well or not.
    pub done: u64,
    /// Requests that failed.
    pub failed: u64,
    /// Ended requests by [`Class::name`].
    pub by_class: BTreeMap<&'static str, u64>,
    /// How well the schedule was kept.
    pub lag: Lag,
}

/// Everything a load has recorded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    /// Every request in the order in which they ended.
    pub samples: Vec<Sample>,
    /// The first failures; [`Totals::failed`] tells how many there were in all.
    pub failures: Vec<Failure>,
    /// The final counts.
    pub totals: Totals,
}
