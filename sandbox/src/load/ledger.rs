//! The running record, written by the generator and readable by everyone.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::meter::{Meter, Pulse};
use super::plan::Keep;
use super::sample::{Failure, Lag, Sample, Samples, Totals};

/// More would only repeat themselves in a report.
const FAILURES_KEPT: usize = 200;

/// The record of one load.
#[derive(Debug)]
pub(super) struct Ledger {
    keep: Keep,
    record: Mutex<Record>,
}

#[derive(Debug, Default)]
struct Record {
    samples: Samples,
    meter: Meter,
}

impl Ledger {
    pub(super) fn new(keep: Keep) -> Self {
        Self {
            keep,
            record: Mutex::default(),
        }
    }

    /// Notes that a request starts, this long after it was due.
    pub(super) fn started(&self, lag: Duration) {
        let totals = &mut self.lock().samples.totals;
        totals.sent += 1;
        totals.lag.late += u64::from(lag > Lag::TOLERANCE);
        totals.lag.max_ms = totals.lag.max_ms.max(lag.as_secs_f64() * 1e3);
    }

    /// Notes how a request ended.
    pub(super) fn ended(&self, sample: Sample, failure: Option<Failure>) {
        let mut record = self.lock();
        record.meter.record(sample);
        let record = &mut record.samples;
        if self.keep == Keep::Every {
            record.samples.push(sample);
        }
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

    /// The load lately, as it is this long after its start.
    pub(super) fn pulse(&self, elapsed: Duration) -> Pulse {
        let mut record = self.lock();
        let totals = record.samples.totals.clone();
        record.meter.pulse(elapsed, totals)
    }

    pub(super) fn totals(&self) -> Totals {
        self.lock().samples.totals.clone()
    }

    /// Everything so far, leaving nothing behind.
    pub(super) fn close(&self) -> Samples {
        std::mem::take(&mut self.lock().samples)
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        // Every update is whole before anything could panic.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
