//! What became of each request: answered, or failed in one of the ways that a client can tell
//! apart.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How a request failed. None is retried, so each is a request that a user lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Failure {
    /// Nobody listened.
    Refused,
    /// The connection could not be made for another reason.
    Connect,
    /// A new connection ended before a byte of the response.
    Fresh,
    /// A kept connection, open when the request was sent, ended before a byte of the response.
    Reused,
    /// The response broke off.
    Truncated,
    /// Any answer but the expected one.
    Status,
    /// No answer in time.
    Timeout,
    /// HTTP/2: the server said that it has not processed the request.
    NotProcessed,
    /// HTTP/2: the stream ended without an answer; processed or not, nobody knows.
    Lost,
    /// HTTP/2: the answer's body broke off.
    BodyLost,
}

impl Failure {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Connect => "no connection",
            Self::Fresh => "reset or EOF on a new connection",
            Self::Reused => "reset or EOF on a kept connection",
            Self::Truncated => "truncated",
            Self::Status => "wrong status",
            Self::Timeout => "timeout",
            Self::NotProcessed => "queued, not processed",
            Self::Lost => "LOST",
            Self::BodyLost => "body LOST",
        }
    }
}

/// The number of requests by outcome.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) ok: u64,
    failed: BTreeMap<Failure, u64>,
}

impl Tally {
    pub(crate) fn failed(&self) -> u64 {
        self.failed.values().sum()
    }

    /// `12 refused, 3 truncated`; a dash for none.
    pub(crate) fn what_failed(&self) -> String {
        if self.failed.is_empty() {
            return "-".to_owned();
        }
        let classes = self.failed.iter();
        let classes = classes.map(|(class, number)| format!("{number} {}", class.name()));
        classes.collect::<Vec<_>>().join(", ")
    }
}

/// The tally that all workers of a load keep.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Tally>>);

impl Ledger {
    pub(crate) fn record(&self, outcome: Result<(), Failure>) {
        let mut tally = self.tally();
        match outcome {
            Ok(()) => tally.ok += 1,
            Err(failure) => *tally.failed.entry(failure).or_default() += 1,
        }
    }

    pub(crate) fn read(&self) -> Tally {
        self.tally().clone()
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
