//! Tries to complete one hook. A hook waits only for a certain time of an instance's life, and the agent cannot see when;
//! so it tries.

use crate::cloud::{Answer, HookError};
use crate::seen::Hook;
use std::time::Duration;
use tokio::time::Instant;

/// How long "nothing is waiting" is doubted for the launch hook. An instance may boot faster than its hook begins to wait;
/// after this time the hook was completed before, by an agent that ran here earlier.
pub(super) const LAUNCH_PATIENCE: Duration = Duration::from_mins(2);

/// How many times the first pause the pauses grow to.
const GROWTH: u32 = 5;

/// The state of the tries.
#[derive(Debug)]
pub(super) struct Attempts {
    hook: &'static str,
    first_pause: Duration,
    pause: Duration,
    patience: Option<Duration>,
    unanswered_since: Option<Instant>,
    next: Option<Instant>,
    closed: bool,
}

impl Attempts {
    /// No try yet. `hook` is for the log; pauses grow from `pause`; after `patience` of "nothing is waiting" the hook counts as closed.
    pub(super) fn new(hook: &'static str, pause: Duration, patience: Option<Duration>) -> Self {
        Self {
            hook,
            first_pause: pause,
            pause,
            patience,
            unanswered_since: None,
            next: None,
            closed: false,
        }
    }

    /// What is to be seen of the hook.
    pub(super) fn observe(&self, now: Instant) -> Hook {
        if self.closed {
            Hook::Closed
        } else {
            Hook::Open {
                due: self.next.is_none_or(|next| now >= next),
            }
        }
    }

    /// Takes in the answer to a try.
    pub(super) fn answered(&mut self, now: Instant, answer: &Result<Answer, HookError>) {
        match answer {
            Ok(Answer::Accepted) => {
                self.closed = true;
                tracing::info!("the {} hook is completed", self.hook);
            }
            Ok(Answer::NotWaiting) => self.not_waiting(now),
            Err(error) => {
                tracing::warn!("{error}");
                self.rest(now);
            }
        }
    }

    fn not_waiting(&mut self, now: Instant) {
        let since = *self.unanswered_since.get_or_insert_with(|| {
            tracing::info!("the {} hook is not waiting yet", self.hook);
            now
        });
        if self
            .patience
            .is_some_and(|patience| now - since >= patience)
        {
            tracing::info!(
                "the {} hook has long not been waiting: it was completed before",
                self.hook
            );
            self.closed = true;
        } else {
            self.rest(now);
        }
    }

    fn rest(&mut self, now: Instant) {
        self.next = Some(now + self.pause);
        self.pause = (self.pause * 2).min(self.first_pause * GROWTH);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_hook_that_is_not_waiting_is_tried_again_after_growing_pauses() {
        let mut attempts = Attempts::new("terminate", SECOND, None);
        let mut now = Instant::now();
        assert_eq!(attempts.observe(now), Hook::Open { due: true });
        for pause in [1, 2, 4, 5, 5] {
            attempts.answered(now, &Ok(Answer::NotWaiting));
            assert_eq!(attempts.observe(now), Hook::Open { due: false });
            now += SECOND * pause;
            assert_eq!(attempts.observe(now), Hook::Open { due: true });
        }
        attempts.answered(now, &Ok(Answer::Accepted));
        assert_eq!(attempts.observe(now), Hook::Closed);
    }

    #[test]
    fn patience_ends_for_the_launch_hook_only() {
        let begin = Instant::now();
        let end = begin + LAUNCH_PATIENCE;
        let mut launch = Attempts::new("launch", SECOND, Some(LAUNCH_PATIENCE));
        let mut termination = Attempts::new("terminate", SECOND, None);
        for attempts in [&mut launch, &mut termination] {
            attempts.answered(begin, &Ok(Answer::NotWaiting));
            attempts.answered(end, &Ok(Answer::NotWaiting));
        }
        assert_eq!(launch.observe(end), Hook::Closed);
        assert_eq!(termination.observe(end), Hook::Open { due: false });
    }

    #[test]
    fn an_error_never_closes_a_hook() {
        let begin = Instant::now();
        let mut launch = Attempts::new("launch", SECOND, Some(LAUNCH_PATIENCE));
        let refused = Err(HookError {
            action: "complete",
            hook: "baton-launch".to_owned(),
            detail: "access denied".to_owned(),
        });
        for minute in 0..10 {
            launch.answered(begin + Duration::from_mins(minute), &refused);
        }
        let later = begin + Duration::from_hours(1);
        assert_eq!(launch.observe(later), Hook::Open { due: true });
    }
}
