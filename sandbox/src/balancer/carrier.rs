//! What carries answers to a client: a connection (HTTP/1.1), or one stream of a connection (HTTP/2).
//!
//! hyper asks for the next piece of a body only when it has room for it. A client that reads nothing makes no room, so whatever
//! ends an answer (the idle timeout, the end of a deregistration delay) must be able to end its carrier from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::beat::Beat;

/// A carrier's state, for those who read, write and watch.
#[derive(Debug, Default)]
pub(super) struct Carrier {
    beat: Beat,
    over: CancellationToken,
    /// Requests whose answer hyper has not taken over completely.
    open: AtomicUsize,
    /// Whether bytes wait for room in the socket.
    blocked: AtomicBool,
    /// Whether hyper may still hold bytes of an answer.
    unflushed: AtomicBool,
}

/// Why nothing is going to move any more.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standstill {
    /// The client says nothing.
    Silent,
    /// The client does not read what it is sent.
    Unread,
}

impl Carrier {
    /// A byte moves.
    pub(super) fn touch(&self) {
        self.beat.touch();
    }

    /// Waits until nothing has moved for so long, whoever is to blame.
    pub(super) async fn silence(&self, timeout: Duration) {
        self.beat.silence(timeout).await;
    }

    /// Waits until nothing has moved for so long and it is the client that was to move it.
    pub(super) async fn standstill(&self, timeout: Duration) -> Standstill {
        loop {
            self.silence(timeout).await;
            if self.blocked.load(Ordering::Relaxed) {
                return Standstill::Unread;
            }
            if !self.is_answering() {
                return Standstill::Silent;
            }
            // Whoever is waited for now is watched by others; a standstill of the client's has yet to last this long.
            tokio::time::sleep(timeout).await;
        }
    }

    /// Ends it, unless it has been already: only whoever ends it counts why.
    pub(super) fn end(&self) -> bool {
        let first = !self.is_over();
        self.over.cancel();
        first
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    pub(super) async fn over(&self) {
        self.over.cancelled().await;
    }

    /// A request has come; it is open until its answer is out.
    pub(super) fn request(self: &Arc<Self>) -> Answering {
        self.touch();
        self.open.fetch_add(1, Ordering::Relaxed);
        self.unflushed.store(true, Ordering::Relaxed);
        Answering(Arc::clone(self))
    }

    pub(super) fn block(&self, blocked: bool) {
        self.blocked.store(blocked, Ordering::Relaxed);
    }

    /// Everything that hyper had is in the socket.
    pub(super) fn flushed(&self) {
        if !self.is_answering() {
            self.unflushed.store(false, Ordering::Relaxed);
        }
    }

    /// Whether what is written belongs to an answer. hyper also has words of its own, for what it cannot read.
    pub(super) fn has_answer(&self) -> bool {
        self.unflushed.load(Ordering::Relaxed)
    }

    fn is_answering(&self) -> bool {
        self.open.load(Ordering::Relaxed) > 0
    }
}

/// One open request.
pub(super) struct Answering(Arc<Carrier>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.touch();
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}
