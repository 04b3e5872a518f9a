//! A request on its way through an HTTP/2 connection.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response, StatusCode};
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use pin_project_lite::pin_project;

use super::activity::Activity;
use super::turn::{PacedBody, Turn};
use crate::body::{RequestBody, Stall};
use crate::connection::service::{Application, Asked, Desk};
use crate::counters::Counters;

#[derive(Debug)]
pub(super) struct PacedService<A> {
    pub(super) desk: Arc<Desk<A>>,
    pub(super) activity: Arc<Activity>,
}

impl<A: Application> Service<Request<Incoming>> for PacedService<A> {
    type Response = Response<PacedBody<A::Body>>;
    type Error = Infallible;
    type Future = Answering<A>;

    fn call(&self, request: Request<Incoming>) -> Answering<A> {
        let shared = &self.desk.shared;
        let (settings, counters) = (&shared.settings, Arc::clone(&shared.counters));
        let turn = Turn::begin(Arc::clone(&self.activity));
        let head = request.method() == Method::HEAD;
        // A tunnel through a stream would end with the stream's handler task and be seen by nobody.
        let asked = if request.method() == Method::CONNECT {
            Asked::refused(StatusCode::NOT_IMPLEMENTED)
        } else {
            let stall = Stall::new(settings.body_stall, Arc::clone(&counters));
            let bound = |body| RequestBody::new(body, settings.max_body, Some(stall));
            self.desk.ask(request.map(bound))
        };
        Answering {
            asked,
            head,
            turn: Some(turn),
            counters,
        }
    }
}

pin_project! {
    pub(super) struct Answering<A: Application> {
        #[pin]
        asked: Asked<A::Future>,
        head: bool,
        // Until the response is there.
        turn: Option<Turn>,
        counters: Arc<Counters>,
    }
}

impl<A: Application> Future for Answering<A> {
    type Output = Result<Response<PacedBody<A::Body>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.asked.poll(cx));
        this.counters.response(response.status());
        let response = if *this.head {
            headed(response)
        } else {
            response
        };
        let turn = this
            .turn
            .take()
            .expect("a future is polled until it is ready");
        Poll::Ready(Ok(
            response.map(|body| PacedBody::new(body, turn, Arc::clone(this.counters)))
        ))
    }
}

/// The answer to HEAD: the header that GET would have, and no content (RFC 9110, 9.3.2). On HTTP/2
/// hyper would send the content, and clients reset the stream for it.
fn headed<B: Body>(response: Response<Option<B>>) -> Response<Option<B>> {
    let (mut parts, body) = response.into_parts();
    let length = body.and_then(|body| body.size_hint().exact());
    if let Some(length) = length.filter(|length| *length > 0) {
        parts
            .headers
            .entry(CONTENT_LENGTH)
            .or_insert_with(|| length.into());
    }
    Response::from_parts(parts, None)
}
