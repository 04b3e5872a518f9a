//! The running record, written by the generator and readable by everyone.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::sample::{Failure, Lag, Sample, Samples, Totals};

/// More would only repeat themselves in a report.
const FAILURES_KEPT: usize = 200;

/// The record of one load.
#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Samples>);

impl Ledger {
    /// Notes that a request starts, this long after it was due.
    pub(super) fn started(&self, lag: Duration) {
        let totals = &mut self.lock().totals;
        totals.sent += 1;
        totals.lag.late += u64::from(lag > Lag::TOLERANCE);
        totals.lag.max_ms = totals.lag.max_ms.max(lag.as_secs_f64() * 1e3);
    }

    /// Notes how a request ended.
    pub(super) fn ended(&self, sample: Sample, failure: Option<Failure>) {
        let mut record = self.lock();
        record.samples.push(sample);
        record.totals.done += 1;
        *record
            .totals
            .by_class
            .entry(sample.class().name())
            .or_default() += 1;
        if let Some(failure) = failure {
            record.totals.failed += 1;
            if record.failures.len() < FAILURES_KEPT {
                record.failures.push(failure);
            }
        }
    }

    pub(super) fn totals(&self) -> Totals {
        self.lock().totals.clone()
    }

    /// Everything so far, leaving nothing behind.
    pub(super) fn close(&self) -> Samples {
        std::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Samples> {
        // Every update is whole before anything could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
