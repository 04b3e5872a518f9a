//! The application's service, watched: when a request is taken, when its response begins,
//! `Connection: close` when the connection will not outlast the response, and 500 in place of a
//! panic or an error.

use std::any::Any;
use std::convert::Infallible;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt;
use http::header::{CONNECTION, HeaderValue};
use http::{Request, Response, StatusCode};
use hyper::body::{Body, Incoming};
use hyper::service::Service;

use super::activity::Activity;
use super::body::WatchedBody;
use super::inbound::Framing;
use super::refusal::refusal;
use crate::handle::Shared;
use crate::phase::Phase;

#[derive(Debug)]
pub(crate) struct WatchedService<S> {
    pub(crate) inner: Arc<S>,
    pub(crate) activity: Arc<Activity>,
    pub(crate) shared: Arc<Shared>,
}

type Answer<B> = Result<Response<WatchedBody<B>>, Infallible>;

impl<S, B> Service<Request<Incoming>> for WatchedService<S>
where
    S: Service<Request<Incoming>, Response = Response<B>> + Send + Sync + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
{
    type Response = Response<WatchedBody<B>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Answer<B>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let (inner, activity, shared) = (
            Arc::clone(&self.inner),
            Arc::clone(&self.activity),
            Arc::clone(&self.shared),
        );
        activity.request(framing(request.body()), Arc::clone(&shared.counters));
        Box::pin(async move {
            let mut response = match refusal(&request) {
                Some(status) => empty(&activity, status),
                None => handle(inner, request, &activity).await,
            };
            if shared.phase().phase >= Phase::Lame || activity.request_unfinished() {
                say_close(&mut response);
            }
            shared.counters.response(response.status());
            activity.responding();
            Ok(response)
        })
    }
}

async fn handle<S, B>(
    inner: Arc<S>,
    request: Request<Incoming>,
    activity: &Arc<Activity>,
) -> Response<WatchedBody<B>>
where
    S: Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let handled = AssertUnwindSafe(async { inner.call(request).await })
        .catch_unwind()
        .await;
    match handled {
        Ok(Ok(response)) => response.map(|body| WatchedBody::new(body, Arc::clone(activity))),
        Ok(Err(error)) => failure(activity, &error.into().to_string()),
        Err(panic) => failure(activity, panic_message(&*panic)),
    }
}

fn framing(body: &Incoming) -> Framing {
    match (body.is_end_stream(), body.size_hint().exact()) {
        (true, _) => Framing::None,
        (false, Some(length)) => Framing::Sized(length),
        (false, None) => Framing::Chunked,
    }
}

/// hyper then closes the connection behind this response. A 101 keeps its `Connection: upgrade`.
fn say_close<B>(response: &mut Response<B>) {
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
}

fn failure<B>(activity: &Arc<Activity>, cause: &str) -> Response<WatchedBody<B>> {
    tracing::error!(cause, "the handler failed; answering 500");
    empty(activity, StatusCode::INTERNAL_SERVER_ERROR)
}

fn empty<B>(activity: &Arc<Activity>, status: StatusCode) -> Response<WatchedBody<B>> {
    let mut response = Response::new(WatchedBody::empty(Arc::clone(activity)));
    *response.status_mut() = status;
    response
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic without a message")
}
