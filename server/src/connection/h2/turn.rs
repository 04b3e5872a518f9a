//! Whose turn it is in each request: the application's while its handler or its response body is at
//! work, the client's while what they gave waits to be taken. hyper does not tell; without it, a
//! client that reads nothing could not be told from an application that has nothing to say.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::activity::Activity;
use crate::connection::Class;
use crate::counters::Counters;

/// The application's turn. Over when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    activity: Arc<Activity>,
    at_work: bool,
}

impl Turn {
    pub(super) fn begin(activity: Arc<Activity>) -> Self {
        activity.facts().begins_work(Instant::now());
        Self {
            activity,
            at_work: true,
        }
    }

    fn of_application(&mut self) {
        if !std::mem::replace(&mut self.at_work, true) {
            self.activity.facts().begins_work(Instant::now());
        }
    }

    fn of_client(&mut self) {
        if std::mem::take(&mut self.at_work) {
            self.activity.facts().ends_work(Instant::now());
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.of_client();
    }
}

/// The response body as hyper sees it: the application's, or none.
#[derive(Debug)]
pub(super) struct PacedBody<B> {
    inner: Option<Pin<Box<B>>>,
    turn: Turn,
    counters: Arc<Counters>,
}

impl<B> PacedBody<B> {
    pub(super) fn new(body: Option<B>, turn: Turn, counters: Arc<Counters>) -> Self {
        Self {
            inner: body.map(Box::pin),
            turn,
            counters,
        }
    }
}

impl<B> Drop for PacedBody<B> {
    /// A body that panics is dropped by its panic. hyper then resets the stream.
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.counters.request_cut(Class::Response);
        }
    }
}

impl<B: Body> Body for PacedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let me = &mut *self;
        let Some(body) = &mut me.inner else {
            return Poll::Ready(None);
        };
        let polled = body.as_mut().poll_frame(cx);
        match &polled {
            Poll::Pending => me.turn.of_application(),
            Poll::Ready(next) => {
                me.turn.of_client();
                if matches!(next, Some(Err(_))) {
                    me.counters.request_cut(Class::Response);
                }
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}
