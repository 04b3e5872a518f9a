//! A request on its way through an HTTP/2 connection.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;

use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response, StatusCode};
use hyper::body::{Body, Incoming};
use hyper::service::Service;

use super::activity::Activity;
use super::turn::{PacedBody, Turn};
use crate::body::{RequestBody, Stall};
use crate::connection::service::{Application, Desk};

#[derive(Debug)]
pub(super) struct PacedService<A> {
    pub(super) desk: Arc<Desk<A>>,
    pub(super) activity: Arc<Activity>,
}

type Answer<B> = Result<Response<PacedBody<B>>, Infallible>;

impl<A: Application> Service<Request<Incoming>> for PacedService<A> {
    type Response = Response<PacedBody<A::Body>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Answer<A::Body>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let turn = Turn::begin(Arc::clone(&self.activity));
        let desk = Arc::clone(&self.desk);
        let head = request.method() == Method::HEAD;
        Box::pin(async move {
            let (settings, counters) = (&desk.shared.settings, &desk.shared.counters);
            let response = if request.method() == Method::CONNECT {
                counters.response(StatusCode::NOT_IMPLEMENTED);
                no_tunnel()
            } else {
                let stall = Stall::new(settings.body_stall, Arc::clone(counters));
                let bound = |body| RequestBody::new(body, settings.max_body, Some(stall));
                desk.answer(request.map(bound)).await
            };
            let response = if head { headed(response) } else { response };
            Ok(response.map(|body| PacedBody::new(body, turn, Arc::clone(counters))))
        })
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

/// A tunnel through a stream would end with the stream's handler task and be seen by nobody.
fn no_tunnel<B>() -> Response<Option<B>> {
    let mut response = Response::new(None);
    *response.status_mut() = StatusCode::NOT_IMPLEMENTED;
    response
}
