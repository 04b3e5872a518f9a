//! The requests that are open on a client's HTTP/2 connection, and when it is told to go because of them.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::routing::Attributes;

/// After so many requests a connection is told to go.
const MOST_REQUESTS: u64 = 10_000;

/// What decides when a connection is told to go.
pub(super) struct Life {
    opened: Instant,
    state: Mutex<LifeState>,
    changed: Notify,
}

#[derive(Debug, Clone, Copy)]
struct LifeState {
    requests: u64,
    open: usize,
    idle_since: Instant,
    last_began: Instant,
}

impl Life {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            opened: now,
            state: Mutex::new(LifeState {
                requests: 0,
                open: 0,
                idle_since: now,
                last_began: now,
            }),
            changed: Notify::new(),
        }
    }

    /// Waits until the connection is too old, has carried enough or has been idle for too long. An old one carries one more
    /// request first. PINGs and the like do not count as traffic.
    pub(super) async fn over(&self, attributes: &Attributes) {
        loop {
            let state = *self.lock();
            let aged = state.last_began - self.opened >= attributes.client_keep_alive;
            if state.requests >= MOST_REQUESTS || (aged && state.requests > 0) {
                return;
            }
            let idle = idle_end(&state, attributes.idle_timeout);
            if idle.is_some_and(|end| end <= Instant::now()) {
                return;
            }
            let idle_end = async {
                match idle {
                    Some(end) => tokio::time::sleep_until(end).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = idle_end => {}
                () = self.changed.notified() => {}
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, LifeState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn idle_end(state: &LifeState, timeout: Duration) -> Option<Instant> {
    (state.open == 0).then(|| state.idle_since + timeout)
}

/// One open request, for as long as its answer is on its way.
pub(super) struct Stream(Arc<Life>);

impl Stream {
    pub(super) fn open(life: Arc<Life>) -> Self {
        {
            let mut state = life.lock();
            state.requests += 1;
            state.open += 1;
            state.last_began = Instant::now();
        }
        life.changed.notify_one();
        Self(life)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        {
            let mut state = self.0.lock();
            state.open -= 1;
            state.idle_since = Instant::now();
        }
        self.0.changed.notify_one();
    }
}

/// A body that keeps its request open.
pub(super) struct Carried<B, R> {
    body: B,
    _request: R,
}

impl<B, R> Carried<B, R> {
    pub(super) fn new(body: B, request: R) -> Self {
        Self {
            body,
            _request: request,
        }
    }
}

impl<B: Body + Unpin, R: Unpin> Body for Carried<B, R> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
