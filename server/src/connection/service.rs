//! The application's service as every protocol asks it: refuses what must not reach it, bounds the
//! body, says who asks, and answers 500 in place of a panic or an error.

use std::any::Any;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Buf;
use futures_util::FutureExt;
use http::{Request, Response, StatusCode};
use hyper::body::Body;
use hyper::service::Service;

use super::refusal::refusal;
use crate::body::{Fault, RequestBody};
use crate::handle::Shared;
use crate::leaving::Leaving;
use crate::peer::Peer;

type BoxError = Box<dyn Error + Send + Sync>;

/// A hyper service with the bounds that a server needs, under one name.
pub(crate) trait Application: Send + Sync + 'static {
    type Body: Body<Data = Self::Data, Error = Self::BodyError> + Send + 'static;
    type Data: Buf + Send;
    type BodyError: Into<BoxError>;

    fn call(
        &self,
        request: Request<RequestBody>,
    ) -> impl Future<Output = Result<Response<Self::Body>, BoxError>> + Send;
}

impl<S, B> Application for S
where
    S: Service<Request<RequestBody>, Response = Response<B>> + Send + Sync + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Body = B;
    type Data = B::Data;
    type BodyError = B::Error;

    async fn call(&self, request: Request<RequestBody>) -> Result<Response<B>, BoxError> {
        Service::call(self, request).await.map_err(Into::into)
    }
}

/// What one connection's requests are answered with.
#[derive(Debug)]
pub(crate) struct Desk<A> {
    pub(crate) application: Arc<A>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) peer: Peer,
    pub(crate) beyond_cap: bool,
}

/// Marks a response to a request that was refused: where the next one on the same connection would
/// begin is anyone's guess.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refused;

impl<A: Application> Desk<A> {
    /// The response; without a body if it is the server's own.
    pub(crate) async fn answer(
        &self,
        mut request: Request<RequestBody>,
    ) -> Response<Option<A::Body>> {
        if let Some(status) = self.refusal(&request) {
            return self.refuse(status);
        }
        let extensions = request.extensions_mut();
        extensions.insert(self.peer);
        extensions.insert(Leaving(Arc::clone(&self.shared)));
        let response = self.ask(request).await;
        self.shared.counters.response(response.status());
        response
    }

    /// The response to a request that the application does not see. It is marked as [`Refused`].
    pub(crate) fn refuse(&self, status: StatusCode) -> Response<Option<A::Body>> {
        let mut response = empty(status);
        response.extensions_mut().insert(Refused);
        self.shared.counters.response(status);
        response
    }

    fn refusal(&self, request: &Request<RequestBody>) -> Option<StatusCode> {
        if self.beyond_cap {
            return Some(StatusCode::SERVICE_UNAVAILABLE);
        }
        let announced = request.body().size_hint().exact().unwrap_or(0);
        let limit = self.shared.settings.max_body;
        if limit.is_some_and(|limit| announced > limit) {
            return Some(StatusCode::PAYLOAD_TOO_LARGE);
        }
        refusal(request)
    }

    async fn ask(&self, request: Request<RequestBody>) -> Response<Option<A::Body>> {
        let fault = request.body().fault();
        let asked = async { self.application.call(request).await };
        match AssertUnwindSafe(asked).catch_unwind().await {
            Ok(Ok(response)) => response.map(Some),
            Ok(Err(error)) => failure(fault.as_ref(), &error.to_string()),
            Err(panic) => failure(None, panic_message(&*panic)),
        }
    }
}

/// A handler that fails because of its request's body is not at fault.
fn failure<B>(fault: Option<&Fault>, cause: &str) -> Response<Option<B>> {
    if let Some(status) = fault.and_then(|fault| fault.get()) {
        tracing::debug!(cause, %status, "the request's body failed the handler");
        return empty(*status);
    }
    tracing::error!(cause, "the handler failed; answering 500");
    empty(StatusCode::INTERNAL_SERVER_ERROR)
}

fn empty<B>(status: StatusCode) -> Response<Option<B>> {
    let mut response = Response::new(None);
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
