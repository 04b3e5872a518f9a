//! The response body as hyper sees it: the application's, or none, with its end noted.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::{Body, Frame, SizeHint};

use super::activity::Activity;

/// hyper drops a body when it has taken all of it.
#[derive(Debug)]
pub(crate) struct WatchedBody<B> {
    inner: Option<Pin<Box<B>>>,
    activity: Arc<Activity>,
}

impl<B> WatchedBody<B> {
    pub(crate) fn new(body: Option<B>, activity: Arc<Activity>) -> Self {
        Self {
            inner: body.map(Box::pin),
            activity,
        }
    }
}

impl<B> Drop for WatchedBody<B> {
    fn drop(&mut self) {
        self.activity.body_over();
    }
}

impl<B: Body> Body for WatchedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match &mut self.inner {
            Some(body) => body.as_mut().poll_frame(cx),
            None => Poll::Ready(None),
        }
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
