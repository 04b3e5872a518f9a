//! The wrapper around an application: gives each request its id, follows its response to the end.

use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::HeaderValue;
use http::{Request, Response};
use hyper::body::{Body, Buf, Frame, SizeHint};
use hyper::service::Service;
use pin_project_lite::pin_project;

use super::entry::Entry;
use crate::request_id::{RequestId, X_REQUEST_ID};

/// Wraps an application's service: puts a [`RequestId`] into each request's extensions and its id
/// into the response's `X-Request-Id`, and logs each request.
///
/// The event, of level INFO and with the target [`ACCESS_LOG`](crate::ACCESS_LOG), is due when the
/// response's last byte has been given to hyper, or when that will not happen any more. Whoever does
/// not want it filters it out; it costs next to nothing then.
///
/// | field | |
/// |---|---|
/// | `method`, `path`, `protocol`, `peer` | of the request. No query: queries carry secrets |
/// | `status` | missing if the client left before there was an answer; 500 if the handler failed (413, 408 or 400 if its request's body made it) |
/// | `bytes` | of the response's content |
/// | `duration_ms` | from the request's header to the response's end |
/// | `outcome` | `whole` or `cut` |
/// | `request_id` | see [`RequestId`] |
/// | `trace_self`, `traceparent`, `caller_id` | other ids of the request, where its header has them |
/// | `user_agent` | at most 200 bytes |
///
/// What the server refuses by itself, before the application sees it, is not in this log. An
/// upgraded connection is logged with its 101. A tower service is wrapped once hyper-util's
/// `TowerToHyperService` has made it a hyper service.
#[derive(Debug, Clone)]
pub struct AccessLog<S> {
    inner: S,
}

impl<S> AccessLog<S> {
    /// Wraps `service`.
    pub fn new(service: S) -> Self {
        Self { inner: service }
    }
}

impl<S, Q, B> Service<Request<Q>> for AccessLog<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    Q: 'static,
    B: Body,
{
    type Response = Response<LoggedBody<B>>;
    type Error = S::Error;
    type Future = Answering<S::Future>;

    fn call(&self, mut request: Request<Q>) -> Self::Future {
        let id = RequestId::from_headers(request.headers());
        let entry = Entry::begin(&request, &id);
        let header = id.to_header();
        request.extensions_mut().insert(id);
        Answering {
            inner: self.inner.call(request),
            header: Some(header),
            entry,
        }
    }
}

pin_project! {
    /// The future of [`AccessLog`].
    #[derive(Debug)]
    pub struct Answering<F> {
        #[pin]
        inner: F,
        header: Option<HeaderValue>,
        entry: Option<Box<Entry>>,
    }
}

impl<F, B, E> Future for Answering<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<LoggedBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let inner = this.inner;
        // The server answers a panic with 500; it is only looked at here.
        let polled = panic::catch_unwind(AssertUnwindSafe(|| inner.poll(cx)));
        let answer = match polled {
            Ok(poll) => ready!(poll),
            Err(panic) => {
                fail(this.entry);
                panic::resume_unwind(panic)
            }
        };
        Poll::Ready(match answer {
            Ok(mut response) => {
                if let Some(entry) = this.entry {
                    entry.answered(&response);
                }
                if let Some(id) = this.header.take() {
                    response.headers_mut().entry(X_REQUEST_ID).or_insert(id);
                }
                let entry = this.entry.take();
                Ok(response.map(|inner| LoggedBody { inner, entry }))
            }
            Err(error) => {
                fail(this.entry);
                Err(error)
            }
        })
    }
}

fn fail(entry: &mut Option<Box<Entry>>) {
    if let Some(mut entry) = entry.take() {
        entry.failed();
    }
}

pin_project! {
    /// The response body of [`AccessLog`].
    #[derive(Debug)]
    pub struct LoggedBody<B> {
        #[pin]
        inner: B,
        entry: Option<Box<Entry>>,
    }
}

impl<B: Body> Body for LoggedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let mut this = self.project();
        let polled = ready!(this.inner.as_mut().poll_frame(cx));
        if let Some(entry) = this.entry {
            match &polled {
                Some(Ok(frame)) => {
                    entry.sent(frame.data_ref().map_or(0, Buf::remaining));
                    if this.inner.is_end_stream() {
                        entry.over();
                    }
                }
                Some(Err(_)) => {}
                None => entry.over(),
            }
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
