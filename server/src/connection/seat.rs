//! A connection's place in the counters.

use std::sync::Arc;

use tokio::time::Instant;

use super::judge::Class;
use crate::counters::Ending;
use crate::handle::Shared;

/// Taken before the connection's task exists, given back however the task ends.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) shared: Arc<Shared>,
    pub(crate) accepted: Instant,
    /// Whether it is beyond the cap: its first request is answered 503.
    pub(crate) beyond_cap: bool,
    /// Where between 0 and 1 it stands among its fellows; see `farewell`.
    pub(crate) share: f32,
    ending: Option<Ending>,
}

impl Seat {
    /// For a connection from the listener. `None`: there are too many even to refuse it in words.
    pub(crate) fn accept(shared: &Arc<Shared>) -> Option<Self> {
        let counters = &shared.counters;
        let (open, cap) = (counters.open(), shared.cap);
        let beyond_cap = open >= cap;
        if beyond_cap {
            counters.connection_refused();
        }
        if open >= most_at_all(cap) {
            return None;
        }
        Some(Self::new(
            shared,
            counters.connection_accepted(),
            beyond_cap,
        ))
    }

    /// For a connection that a predecessor has served so far. It is never refused.
    pub(crate) fn take_over(shared: &Arc<Shared>) -> Self {
        Self::new(shared, shared.counters.connection_taken_over(), false)
    }

    fn new(shared: &Arc<Shared>, number: u64, beyond_cap: bool) -> Self {
        Self {
            shared: Arc::clone(shared),
            accepted: Instant::now(),
            beyond_cap,
            share: share(number),
            ending: None,
        }
    }

    pub(crate) fn ends(mut self, ending: Ending) {
        self.ending = Some(ending);
    }
}

impl Drop for Seat {
    /// Without an ending the task has panicked: a response body did.
    fn drop(&mut self) {
        let ending = self.ending.unwrap_or(Ending::Cut(Class::Response));
        self.shared.counters.connection_closed(ending);
    }
}

/// Refusing in words takes a connection, too; beyond these there are resets.
fn most_at_all(cap: usize) -> usize {
    cap.saturating_add(cap / 8).saturating_add(16)
}

/// Multiples of the golden ratio spread evenly, however many there are.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a share, not a count: any value will do"
)]
fn share(number: u64) -> f32 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    ((number & 0xffff_ffff) as f64 * GOLDEN).fract() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_even() {
        let mut tenths = [0; 10];
        for number in 0..1000 {
            let share = share(number);
            assert!((0.0..1.0).contains(&share));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 9"
            )]
            let tenth = (share * 10.0) as usize;
            tenths[tenth] += 1;
        }
        assert!(
            tenths.iter().all(|count| (95..=105).contains(count)),
            "{tenths:?}"
        );
    }
}
