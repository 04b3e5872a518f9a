//! The request body as a handler reads it: bounded in size and, on HTTP/2, in how long the peer may
//! stall. On HTTP/1.1 the connection's judge sees to stalls: there, one request is the connection.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::connection::Class;
use crate::counters::Counters;

/// Why a request body could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is larger than [`Settings::max_body`](crate::Settings::max_body). A handler that fails
    /// with this is answered for with 413.
    #[error("the request body is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The peer sent nothing for [`Settings::body_stall`](crate::Settings::body_stall). A handler
    /// that fails with this is answered for with 408.
    #[error("the request body did not go on for {patience:?}")]
    Stalled {
        /// How long was waited.
        patience: Duration,
    },
    /// The peer went away or broke the protocol.
    #[error("the request body broke off")]
    Broken(#[source] hyper::Error),
}

/// What went wrong with a request's body, where the answer to the request can see it.
pub(crate) type Fault = Arc<BodyState>;

/// How far the reading of a body has come.
#[derive(Debug, Default)]
pub(crate) struct BodyState {
    fault: OnceLock<StatusCode>,
    ended: AtomicBool,
    dropped: AtomicBool,
}

impl BodyState {
    /// The status that answers for what went wrong.
    pub(crate) fn get(&self) -> Option<&StatusCode> {
        self.fault.get()
    }

    /// Whether it was read to its end.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Relaxed)
    }

    /// Whether somebody may still read it.
    pub(crate) fn is_held(&self) -> bool {
        !self.has_ended() && !self.dropped.load(Relaxed)
    }
}

/// A request's body.
#[derive(Debug)]
pub struct RequestBody {
    inner: Incoming,
    limit: Option<u64>,
    read: u64,
    stall: Option<Stall>,
    fault: Option<Fault>,
}

/// The patience with a peer that stalls in the middle of a body.
#[derive(Debug)]
pub(crate) struct Stall {
    patience: Duration,
    counters: Arc<Counters>,
    nap: Option<Pin<Box<Sleep>>>,
}

impl Stall {
    pub(crate) fn new(patience: Duration, counters: Arc<Counters>) -> Self {
        Self {
            patience,
            counters,
            nap: None,
        }
    }

    /// Ready when the peer has stalled for too long. It is asked only while bytes are awaited.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let patience = self.patience;
        self.nap
            .get_or_insert_with(|| Box::pin(sleep(patience)))
            .as_mut()
            .poll(cx)
    }
}

impl RequestBody {
    /// `limit`: the most bytes; `stall`: if it is the body that has to notice a stall.
    pub(crate) fn new(inner: Incoming, limit: Option<u64>, stall: Option<Stall>) -> Self {
        let fault = (!inner.is_end_stream()).then(Fault::default);
        Self {
            inner,
            limit,
            read: 0,
            stall,
            fault,
        }
    }

    /// Where a fault of this body shows. `None`: it has no bytes, so no faults.
    pub(crate) fn fault(&self) -> Option<Fault> {
        self.fault.clone()
    }

    fn fail(&mut self, error: BodyError) -> BodyError {
        let status = match &error {
            BodyError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::Stalled { .. } => StatusCode::REQUEST_TIMEOUT,
            BodyError::Broken(_) => StatusCode::BAD_REQUEST,
        };
        if let Some(fault) = &self.fault {
            fault.fault.get_or_init(|| status);
        }
        error
    }

    fn took(&mut self, frame: &Frame<Bytes>) -> Result<(), BodyError> {
        if let Some(stall) = &mut self.stall {
            stall.nap = None;
        }
        if self.inner.is_end_stream() {
            self.ended();
        }
        self.read += frame.data_ref().map_or(0, |data| data.len() as u64);
        match self.limit {
            Some(limit) if self.read > limit => Err(self.fail(BodyError::TooLarge { limit })),
            _ => Ok(()),
        }
    }

    fn ended(&self) {
        if let Some(state) = &self.fault {
            state.ended.store(true, Relaxed);
        }
    }

    fn poll_stall(&mut self, cx: &mut Context<'_>) -> Poll<BodyError> {
        let Some(stall) = &mut self.stall else {
            return Poll::Pending;
        };
        std::task::ready!(stall.poll(cx));
        stall.counters.request_cut(Class::Body);
        let patience = stall.patience;
        self.stall = None;
        Poll::Ready(self.fail(BodyError::Stalled { patience }))
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        if let Some(state) = &self.fault {
            state.dropped.store(true, Relaxed);
        }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(self.took(&frame).map(|()| frame))),
            Poll::Ready(Some(Err(error))) => {
                Poll::Ready(Some(Err(self.fail(BodyError::Broken(error)))))
            }
            Poll::Ready(None) => {
                self.ended();
                Poll::Ready(None)
            }
            Poll::Pending => self.poll_stall(cx).map(|error| Some(Err(error))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
