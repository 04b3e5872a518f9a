//! The target's response body on its way to the client, and the connection's way back into the pool after it.
//!
//! A body that can't be completed ends in an error, on which the client's connection is closed: the client sees a
//! truncated body, never one that looks whole.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::SendRequest;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::backend::Lease;
use super::counters::{Cause, Counters};
use super::upload::Upload;

/// A target's body under the balancer's conditions.
pub(super) struct Relay {
    inner: Incoming,
    /// Present until the body is over; whatever is still present when dropped was cut off.
    open: Option<Open>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    stall: Pin<Box<Sleep>>,
    idle_timeout: Duration,
    counters: Arc<Counters>,
}

struct Open {
    sender: SendRequest<Upload>,
    backend: Lease,
}

/// Why the rest of a body is missing.
#[derive(Debug, thiserror::Error)]
#[error("the response was cut short ({})", .0.name())]
pub(super) struct CutShort(Cause);

impl Relay {
    pub(super) fn new(
        inner: Incoming,
        sender: SendRequest<Upload>,
        backend: Lease,
        idle_timeout: Duration,
        counters: Arc<Counters>,
    ) -> Self {
        let mut relay = Self {
            cut: Box::pin(backend.cut.clone().cancelled_owned()),
            stall: Box::pin(tokio::time::sleep(idle_timeout)),
            inner,
            open: Some(Open { sender, backend }),
            idle_timeout,
            counters,
        };
        if relay.inner.is_end_stream() {
            relay.complete();
        }
        relay
    }

    fn complete(&mut self) {
        if let Some(open) = self.open.take() {
            let (pool, idle) = (&open.backend.pool, self.idle_timeout);
            pool.give_back(open.sender, idle);
        }
    }

    fn fail(&mut self, cause: Cause) -> Poll<Option<Result<Frame<Bytes>, CutShort>>> {
        // Dropping the sender closes the connection.
        if self.open.take().is_some() {
            self.counters.count_failure(cause);
        }
        Poll::Ready(Some(Err(CutShort(cause))))
    }

    fn passed(&mut self, frame: Frame<Bytes>) -> Poll<Option<Result<Frame<Bytes>, CutShort>>> {
        if self.inner.is_end_stream() {
            self.complete();
        } else {
            let next = Instant::now() + self.idle_timeout;
            self.stall.as_mut().reset(next);
        }
        Poll::Ready(Some(Ok(frame)))
    }
}

impl Body for Relay {
    type Data = Bytes;
    type Error = CutShort;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutShort>>> {
        let this = &mut *self;
        if this.open.is_some() && this.cut.as_mut().poll(cx).is_ready() {
            return this.fail(Cause::BodyDrainCut);
        }
        match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => this.passed(frame),
            Poll::Ready(Some(Err(_))) => this.fail(Cause::BodyCut),
            Poll::Ready(None) => {
                this.complete();
                Poll::Ready(None)
            }
            Poll::Pending if this.stall.as_mut().poll(cx).is_ready() => {
                this.fail(Cause::BodyStalled)
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if self.open.is_some() {
            self.counters.count_client_abort();
        }
    }
}
