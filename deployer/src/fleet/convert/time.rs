//! Moments and numbers.

use aws_smithy_types::DateTime;
use jiff::Timestamp;

/// A moment in AWS's form.
pub(super) fn timestamp(found: &DateTime) -> Option<Timestamp> {
    let nanos = i32::try_from(found.subsec_nanos()).ok()?;
    Timestamp::new(found.secs(), nanos).ok()
}

pub(super) fn size(found: Option<i32>) -> u32 {
    found.and_then(|size| u32::try_from(size).ok()).unwrap_or(0)
}
