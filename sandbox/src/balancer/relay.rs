//! The target's response body on its way to the client, and the connection's way back into the pool after it.
//!
//! A body that can't be completed ends in an error, on which the client's connection is closed: the client sees a
//! truncated body, never one that looks whole. Deadlines are watched beside the body, because nobody asks for the next piece
//! of it while the client does not read.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::SendRequest;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::backend::Lease;
use super::carrier::Carrier;
use super::counters::{Cause, Counters};
use super::upload::Upload;

/// A target's body under the balancer's conditions.
pub(super) struct Relay {
    flow: Arc<Flow>,
    /// Ends the watch with the body.
    _watch: Option<AbortOnDropHandle<()>>,
}

/// What the body and its watch share.
struct Flow {
    state: Mutex<State>,
    carrier: Arc<Carrier>,
    idle_timeout: Duration,
    counters: Arc<Counters>,
}

enum State {
    Open(Box<Open>),
    Complete,
    Cut(Cause),
}

struct Open {
    body: Incoming,
    sender: SendRequest<Upload>,
    backend: Lease,
    /// Present while the target is waited for; otherwise the client is.
    waiting: Option<Waker>,
}

/// Why the rest of a body is missing.
#[derive(Debug, thiserror::Error)]
#[error("the response was cut short ({})", .0.name())]
pub(super) struct CutShort(Cause);

impl Relay {
    pub(super) fn new(
        body: Incoming,
        sender: SendRequest<Upload>,
        backend: Lease,
        idle_timeout: Duration,
        carrier: Arc<Carrier>,
        counters: Arc<Counters>,
    ) -> Self {
        let (cut, ended) = (backend.cut.clone(), body.is_end_stream());
        let open = Box::new(Open {
            body,
            sender,
            backend,
            waiting: None,
        });
        carrier.touch();
        let flow = Arc::new(Flow {
            state: Mutex::new(State::Open(open)),
            carrier,
            idle_timeout,
            counters,
        });
        let watch = if ended {
            flow.complete(&mut flow.lock());
            None
        } else {
            let watch = tokio::spawn(Arc::clone(&flow).watch(cut));
            Some(AbortOnDropHandle::new(watch))
        };
        Self {
            flow,
            _watch: watch,
        }
    }
}

impl Flow {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cuts the body when its time is over, whether anybody asks for it or not.
    async fn watch(self: Arc<Self>, cut: CancellationToken) {
        let drained = tokio::select! {
            biased;
            () = cut.cancelled() => true,
            () = self.carrier.silence(self.idle_timeout) => false,
        };
        let mut state = self.lock();
        let waker = match &mut *state {
            State::Open(open) => open.waiting.take(),
            State::Complete | State::Cut(_) => return,
        };
        let cause = match &waker {
            _ if drained => Cause::BodyDrainCut,
            Some(_) => Cause::BodyStalled,
            None => Cause::ClientStopped,
        };
        self.cut(&mut state, cause);
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The connection goes back to the pool.
    fn complete(&self, state: &mut State) {
        if let State::Open(open) = std::mem::replace(state, State::Complete) {
            let pool = &open.backend.pool;
            pool.give_back(open.sender, self.idle_timeout);
        }
    }

    /// Body and sender are dropped, which closes the connection to the target.
    fn cut(&self, state: &mut State, cause: Cause) {
        *state = State::Cut(cause);
        if self.carrier.end() {
            self.counters.count_failure(cause);
        }
    }
}

impl Body for Relay {
    type Data = Bytes;
    type Error = CutShort;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutShort>>> {
        let flow = &self.flow;
        let mut state = flow.lock();
        let open = match &mut *state {
            State::Open(open) => open,
            State::Complete => return Poll::Ready(None),
            State::Cut(cause) => return Poll::Ready(Some(Err(CutShort(*cause)))),
        };
        match Pin::new(&mut open.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                open.waiting = None;
                flow.carrier.touch();
                // Nothing follows trailers, and nobody asks whether something does.
                if frame.is_trailers() || open.body.is_end_stream() {
                    flow.complete(&mut state);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(Some(Err(_))) => {
                flow.cut(&mut state, Cause::BodyCut);
                Poll::Ready(Some(Err(CutShort(Cause::BodyCut))))
            }
            Poll::Ready(None) => {
                flow.complete(&mut state);
                Poll::Ready(None)
            }
            Poll::Pending => {
                open.waiting = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(*self.flow.lock(), State::Complete)
    }

    fn size_hint(&self) -> SizeHint {
        match &*self.flow.lock() {
            State::Open(open) => open.body.size_hint(),
            State::Complete => SizeHint::with_exact(0),
            State::Cut(_) => SizeHint::default(),
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let open = matches!(*self.flow.lock(), State::Open(_));
        if open && !self.flow.carrier.is_over() {
            self.flow.counters.count_client_abort();
        }
    }
}
