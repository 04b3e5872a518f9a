//! A piece of work that runs beside the loop, and what is to be seen of it.

use crate::seen::Job;
use crate::trouble::Trouble;
use futures_util::FutureExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// The pause after the first failure; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Work that ends in a `T` or in trouble.
#[derive(Debug)]
pub(super) struct Task<T> {
    state: State<T>,
    attempts: u32,
}

#[derive(Debug)]
enum State<T> {
    NotBegun,
    Running(JoinHandle<Result<T, Trouble>>),
    Done(T),
    Failed { trouble: Trouble, at: Instant },
}

impl<T: Send + 'static> Task<T> {
    /// Not begun.
    pub(super) fn new() -> Self {
        Self {
            state: State::NotBegun,
            attempts: 0,
        }
    }

    /// Begins, or begins again.
    pub(super) fn begin(
        &mut self,
        changed: Arc<Notify>,
        work: impl Future<Output = Result<T, Trouble>> + Send + 'static,
    ) {
        self.cancel();
        self.attempts += 1;
        self.state = State::Running(tokio::spawn(async move {
            let done = work.await;
            changed.notify_one();
            done
        }));
    }

    /// Stops what runs.
    pub(super) fn cancel(&mut self) {
        if let State::Running(work) = &self.state {
            work.abort();
            self.state = State::NotBegun;
        }
    }

    /// What is to be seen, after taking in what has ended.
    pub(super) fn observe(&mut self, now: Instant) -> Job {
        if let State::Running(work) = &mut self.state
            && let Some(ended) = work.now_or_never()
        {
            let result = ended.unwrap_or_else(|panic| Err(Trouble::new(&panic, false)));
            self.state = match result {
                Ok(done) => State::Done(done),
                Err(trouble) => State::Failed { trouble, at: now },
            };
            self.tell();
        }
        match &self.state {
            State::NotBegun => Job::NotBegun,
            State::Running(_) => Job::Running,
            State::Done(_) => Job::Done,
            State::Failed { trouble, at } => Job::Failed {
                transient: trouble.transient,
                attempts: self.attempts,
                rested: now >= *at + FIRST_PAUSE * 2_u32.saturating_pow(self.attempts.min(6) - 1),
            },
        }
    }

    fn tell(&self) {
        if let State::Failed { trouble, .. } = &self.state {
            tracing::warn!(attempt = self.attempts, "{}", trouble.cause);
        }
    }

    /// The result, once there is one.
    pub(super) fn done(&self) -> Option<&T> {
        match &self.state {
            State::Done(done) => Some(done),
            _ => None,
        }
    }

    /// What went wrong, when something did.
    pub(super) fn trouble(&self) -> Option<&Trouble> {
        match &self.state {
            State::Failed { trouble, .. } => Some(trouble),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failed_task_rests_and_begins_again() {
        let now = Instant::now();
        let changed = Arc::new(Notify::new());
        let mut task = Task::new();
        assert_eq!(task.observe(now), Job::NotBegun);
        let trouble = Trouble {
            cause: "the store is down".to_owned(),
            transient: true,
        };
        task.begin(changed.clone(), async { Err::<u8, _>(trouble) });
        changed.notified().await;
        tokio::task::yield_now().await;
        let failed = |rested| Job::Failed {
            transient: true,
            attempts: 1,
            rested,
        };
        assert_eq!(task.observe(now), failed(false));
        assert_eq!(task.observe(now + FIRST_PAUSE), failed(true));
        task.begin(changed.clone(), async { Ok(7) });
        changed.notified().await;
        tokio::task::yield_now().await;
        assert_eq!(task.observe(now), Job::Done);
        assert_eq!(task.done(), Some(&7));
    }

    #[tokio::test]
    async fn a_cancelled_task_has_not_begun() {
        let now = Instant::now();
        let mut task: Task<()> = Task::new();
        task.begin(Arc::new(Notify::new()), std::future::pending());
        assert_eq!(task.observe(now), Job::Running);
        task.cancel();
        assert_eq!(task.observe(now), Job::NotBegun);
    }
}
