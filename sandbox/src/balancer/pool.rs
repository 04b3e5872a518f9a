//! The kept-alive connections to one target.
//!
//! Newest first, as pools do. A connection known to be closed is not handed out; one that the target closes at that very
//! moment is, and its request fails: there is no retry. Idle connections stay until the idle timeout, also when the target
//! drains or is gone: an ALB is not documented to close them politely, so nothing may rely on it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::client::conn::http1::SendRequest;
use tokio::time::Instant;

use super::upload::Upload;

/// How often expired connections are looked for: also how late an idle timeout may be.
const SWEEP: Duration = Duration::from_millis(250);

/// One target's idle connections.
#[derive(Debug)]
pub(super) struct Pool {
    idle: Mutex<Vec<Idle>>,
    idle_timeout: Duration,
    retired: AtomicBool,
}

#[derive(Debug)]
struct Idle {
    sender: SendRequest<Upload>,
    since: Instant,
}

impl Pool {
    pub(super) fn new(idle_timeout: Duration) -> Self {
        Self {
            idle: Mutex::new(Vec::new()),
            idle_timeout,
            retired: AtomicBool::new(false),
        }
    }

    /// The most recently used connection that is still open.
    pub(super) fn take(&self) -> Option<SendRequest<Upload>> {
        let mut idle = self.lock();
        while let Some(candidate) = idle.pop() {
            if candidate.sender.is_ready() && candidate.since.elapsed() < self.idle_timeout {
                return Some(candidate.sender);
            }
        }
        None
    }

    /// Takes a connection back once its exchange is over; one that does not become ready again is dropped.
    pub(super) fn give_back(self: &Arc<Self>, mut sender: SendRequest<Upload>) {
        if sender.is_ready() {
            return self.keep(sender);
        }
        let pool = Arc::clone(self);
        tokio::spawn(async move {
            // An error means that the target closed it, or said `Connection: close`.
            if sender.ready().await.is_ok() {
                pool.keep(sender);
            }
        });
    }

    /// The target is gone: once its idle connections have run out, [`Pool::sweep`] ends.
    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::Relaxed);
    }

    /// Closes connections as they expire.
    pub(super) async fn sweep(self: Arc<Self>) {
        let mut tick = tokio::time::interval(SWEEP.min(self.idle_timeout));
        loop {
            tick.tick().await;
            let mut idle = self.lock();
            idle.retain(|entry| {
                !entry.sender.is_closed() && entry.since.elapsed() < self.idle_timeout
            });
            if idle.is_empty() && self.retired.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    fn keep(&self, sender: SendRequest<Upload>) {
        self.lock().push(Idle {
            sender,
            since: Instant::now(),
        });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        // A list of connections is whole after any panic.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
