//! The only reader of the wall clock. Waiting is measured by the monotonic clock, where it happens.

use jiff::Timestamp;

/// The time of day, for documents that people read.
pub(crate) fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this module owns the wall clock")]
    Timestamp::now()
}
