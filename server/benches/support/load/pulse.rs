//! Whether the load itself was held up: on a machine that stands still, requests time out without
//! any server's doing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::task::JoinSet;

/// Far below what a request may take.
const BEAT: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub(super) struct Pulse {
    /// In milliseconds.
    longest: Arc<AtomicU64>,
    /// Ends with this.
    _task: JoinSet<()>,
}

impl Pulse {
    pub(super) fn start(runtime: &Handle) -> Self {
        let longest = Arc::new(AtomicU64::new(0));
        let mut task = JoinSet::new();
        task.spawn_on(beat(Arc::clone(&longest)), runtime);
        Self {
            longest,
            _task: task,
        }
    }

    pub(super) fn longest_stall(&self) -> Duration {
        Duration::from_millis(self.longest.load(Ordering::Relaxed))
    }
}

async fn beat(longest: Arc<AtomicU64>) {
    loop {
        let began = Instant::now();
        tokio::time::sleep(BEAT).await;
        let late = began.elapsed().saturating_sub(BEAT).as_millis();
        let late = u64::try_from(late).unwrap_or(u64::MAX);
        longest.fetch_max(late, Ordering::Relaxed);
    }
}
