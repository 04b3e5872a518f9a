//! The request's body on its way to the target, and the record of its progress that timeouts are judged by.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::Instant;

use super::beat::Beat;
use super::counters::Cause;

/// When the client last sent something of this request, and whether it has sent everything.
#[derive(Debug)]
pub(super) struct Progress {
    beat: Beat,
    complete: AtomicBool,
    /// Whether the client is waited for; otherwise the target has yet to take what there is.
    waiting: AtomicBool,
    broken: OnceLock<Cause>,
}

impl Progress {
    fn new(complete: bool) -> Self {
        Self {
            beat: Beat::default(),
            complete: AtomicBool::new(complete),
            waiting: AtomicBool::new(false),
            broken: OnceLock::new(),
        }
    }

    /// The moment of the last byte.
    pub(super) fn last(&self) -> Instant {
        self.beat.last()
    }

    /// Whether the request is out entirely, so that the target is the one to wait for.
    pub(super) fn complete(&self) -> bool {
        self.complete.load(Ordering::Relaxed)
    }

    /// Whether it is the client that has to send more.
    pub(super) fn waits_for_client(&self) -> bool {
        !self.complete() && self.waiting.load(Ordering::Relaxed)
    }

    /// What the client did wrong, if that is why the request did not get out.
    pub(super) fn broken(&self) -> Option<Cause> {
        self.broken.get().copied()
    }

    fn advance(&self, complete: bool) {
        self.beat.touch();
        self.complete.fetch_or(complete, Ordering::Relaxed);
    }
}

/// A request's body, passed through frame by frame.
#[derive(Debug)]
pub(super) struct Upload {
    inner: Incoming,
    progress: Arc<Progress>,
}

impl Upload {
    /// The body and its record.
    pub(super) fn new(inner: Incoming) -> (Self, Arc<Progress>) {
        let progress = Arc::new(Progress::new(inner.is_end_stream()));
        let upload = Self {
            inner,
            progress: Arc::clone(&progress),
        };
        (upload, progress)
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.inner).poll_frame(cx);
        let waiting = frame.is_pending();
        self.progress.waiting.store(waiting, Ordering::Relaxed);
        let frame = ready!(frame);
        if let Some(Err(error)) = &frame {
            // Only the first reason counts.
            let _ = self.progress.broken.set(broken_cause(error));
            return Poll::Ready(frame);
        }
        // Nothing follows trailers, and nobody asks whether something does.
        let last = match &frame {
            Some(Ok(frame)) => frame.is_trailers() || self.inner.is_end_stream(),
            _ => true,
        };
        self.progress.advance(last);
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Bytes that are no body, or no more bytes.
fn broken_cause(error: &hyper::Error) -> Cause {
    let kind = std::error::Error::source(error)
        .and_then(|source| source.downcast_ref::<io::Error>())
        .map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => Cause::BadRequest,
        _ => Cause::ClientLeft,
    }
}
