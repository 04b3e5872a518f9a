//! Counts calls by operation, the refused ones too: the report shows what a deploy costs in API calls.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Calls so far, by `service:Operation` as an IAM policy would name it (`autoscaling:DescribeAutoScalingGroups`, `s3:PutObject`).
#[derive(Debug, Default)]
pub struct CallLog {
    counts: Mutex<BTreeMap<String, u64>>,
}

/// No operation of AWS has a longer name; whatever a client sends beyond that is not worth remembering.
const MAX_NAME: usize = 80;

impl CallLog {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// The counts up to now.
    pub fn snapshot(&self) -> BTreeMap<String, u64> {
        self.lock().clone()
    }

    /// Counts one call. A name that no operation can have counts as `service:?`.
    pub(crate) fn count(&self, service: &str, operation: &str) {
        let plain = operation.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let named = plain && !operation.is_empty() && operation.len() <= MAX_NAME;
        let operation = if named { operation } else { "?" };
        *self
            .lock()
            .entry(format!("{service}:{operation}"))
            .or_default() += 1;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, u64>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
