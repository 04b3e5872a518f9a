//! The application's service as every protocol asks it: refuses what must not reach it, bounds the
//! body, says who asks, and answers 500 in place of a panic or an error.

use std::any::Any;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Buf;
use http::{Request, Response, StatusCode};
use hyper::body::Body;
use hyper::service::Service;
use pin_project_lite::pin_project;

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
    type Error: Into<BoxError>;
    type Future: Future<Output = Result<Response<Self::Body>, Self::Error>> + Send;

    fn call(&self, request: Request<RequestBody>) -> Self::Future;
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
    type Error = S::Error;
    type Future = S::Future;

    fn call(&self, request: Request<RequestBody>) -> S::Future {
        Service::call(self, request)
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
    /// Asks for the response; without a body if it is the server's own.
    pub(crate) fn ask(&self, mut request: Request<RequestBody>) -> Asked<A::Future> {
        if let Some(status) = self.refusal(&request) {
            return Asked::refused(status);
        }
        let extensions = request.extensions_mut();
        extensions.insert(self.peer);
        extensions.insert(Leaving(Arc::clone(&self.shared)));
        let fault = request.body().fault();
        match catch_unwind(AssertUnwindSafe(|| self.application.call(request))) {
            Ok(asking) => Asked {
                asking: Some(asking),
                own: None,
                fault,
            },
            Err(panic) => Asked::own(failure(None, panic_message(&*panic))),
        }
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
}

pin_project! {
    /// A response that is awaited, by hand rather than in an `async` block: a request and its
    /// response are large, and every block that they pass through copies them.
    pub(crate) struct Asked<F> {
        #[pin]
        asking: Option<F>,
        // The server's own answer, and whether it is a refusal.
        own: Option<(StatusCode, bool)>,
        // What was wrong with the request's body, once something was.
        fault: Option<Fault>,
    }
}

impl<F> Asked<F> {
    /// A request that the application does not see. The response is marked as [`Refused`].
    pub(crate) fn refused(status: StatusCode) -> Self {
        Self {
            asking: None,
            own: Some((status, true)),
            fault: None,
        }
    }

    fn own(status: StatusCode) -> Self {
        Self {
            asking: None,
            own: Some((status, false)),
            fault: None,
        }
    }

    /// Whether the application has left a body unread that may still come to light: hyper would
    /// read on in it only as far as one frame, or somebody else still holds it.
    pub(crate) fn body_is_left(&self, chunked: bool) -> bool {
        let left = |state: &Fault| state.is_held() || (chunked && !state.has_ended());
        self.fault.as_ref().is_some_and(left)
    }

    /// Whether the request's body could not be read.
    pub(crate) fn body_is_broken(&self) -> bool {
        self.fault
            .as_ref()
            .is_some_and(|fault| fault.get().is_some())
    }
}

impl<F, B, E> Future for Asked<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    E: Into<BoxError>,
{
    type Output = Response<Option<B>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(asking) = this.asking.as_pin_mut() else {
            return Poll::Ready(own_answer(*this.own));
        };
        let asked = catch_unwind(AssertUnwindSafe(|| asking.poll(cx)));
        let status = match asked {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(Ok(response))) => return Poll::Ready(response.map(Some)),
            Ok(Poll::Ready(Err(error))) => failure(this.fault.as_ref(), &error.into().to_string()),
            Err(panic) => failure(None, panic_message(&*panic)),
        };
        Poll::Ready(own_answer(Some((status, false))))
    }
}

fn own_answer<B>(own: Option<(StatusCode, bool)>) -> Response<Option<B>> {
    let (status, refused) = own.unwrap_or((StatusCode::INTERNAL_SERVER_ERROR, false));
    let mut response = Response::new(None);
    *response.status_mut() = status;
    if refused {
        response.extensions_mut().insert(Refused);
    }
    response
}

/// The status that answers for a handler that failed. One that fails because of its request's body
/// is not at fault.
fn failure(fault: Option<&Fault>, cause: &str) -> StatusCode {
    if let Some(status) = fault.and_then(|fault| fault.get()) {
        tracing::debug!(cause, %status, "the request's body failed the handler");
        return *status;
    }
    tracing::error!(cause, "the handler failed; answering 500");
    StatusCode::INTERNAL_SERVER_ERROR
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("panic without a message")
}
