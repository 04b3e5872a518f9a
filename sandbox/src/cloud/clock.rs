//! The one place of this crate that reads a clock.

use jiff::Timestamp;
use std::time::{Duration, Instant};

/// Wall-clock time that never steps back: read once, then counted on by the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    began: Timestamp,
    since: Instant,
}

impl Clock {
    /// Starts with the machine's time.
    #[expect(clippy::disallowed_methods, reason = "this is the crate's clock")]
    pub fn start() -> Clock {
        Clock {
            began: Timestamp::now(),
            since: Instant::now(),
        }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        self.began
            .saturating_add(self.since.elapsed())
            .unwrap_or(self.began)
    }

    /// The instant at which this clock shows `time`; for a time before the clock's start, its start.
    pub fn instant(&self, time: Timestamp) -> Instant {
        let ahead = Duration::try_from(time.duration_since(self.began)).unwrap_or_default();
        self.since + ahead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_ahead_is_as_far_ahead_on_both_clocks() {
        let clock = Clock::start();
        let ahead = Duration::from_mins(1);
        let instant = clock.instant(clock.began + ahead);
        assert_eq!(instant, clock.since + ahead);
        assert_eq!(clock.instant(clock.began - ahead), clock.since);
    }
}
