//! The wall clock. Everything else is given the time.

use jiff::Timestamp;

/// The current time.
#[expect(clippy::disallowed_methods, reason = "this module owns the clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}
