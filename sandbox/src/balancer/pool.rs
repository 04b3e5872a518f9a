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
#[derive(Debug, Default)]
pub(super) struct Pool {
    idle: Mutex<Vec<Idle>>,
    retired: AtomicBool,
}

#[derive(Debug)]
struct Idle {
    sender: SendRequest<Upload>,
    until: Instant,
}

impl Pool {
    /// The most recently used connection that is still open.
    pub(super) fn take(&self) -> Option<SendRequest<Upload>> {
        let mut idle = self.lock();
        while let Some(candidate) = idle.pop() {
            if candidate.sender.is_ready() && Instant::now() < candidate.until {
                return Some(candidate.sender);
            }
        }
        None
    }

    /// Takes a connection back once its exchange is over; one that does not become ready again is dropped.
    pub(super) fn give_back(self: &Arc<Self>, mut sender: SendRequest<Upload>, idle: Duration) {
        if sender.is_ready() {
            return self.keep(sender, idle);
        }
        let pool = Arc::clone(self);
        tokio::spawn(async move {
            // An error means that the target closed it, or said `Connection: close`.
            if sender.ready().await.is_ok() {
                pool.keep(sender, idle);
            }
        });
    }

    /// The target is gone: once its idle connections have run out, [`Pool::sweep`] ends.
    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::Relaxed);
    }

    /// Closes connections as they expire.
    pub(super) async fn sweep(self: Arc<Self>) {
        let mut tick = tokio::time::interval(SWEEP);
        loop {
            tick.tick().await;
            let mut idle = self.lock();
            let now = Instant::now();
            idle.retain(|entry| !entry.sender.is_closed() && now < entry.until);
            if idle.is_empty() && self.retired.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    fn keep(&self, sender: SendRequest<Upload>, idle: Duration) {
        self.lock().push(Idle {
            sender,
            until: Instant::now() + idle,
        });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        // A list of connections is whole after any panic.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
