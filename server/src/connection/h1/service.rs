//! A request on its way through an HTTP/1.1 connection: noted when it is taken and when its
//! response begins, and answered with `Connection: close` when the connection will not outlast the
//! response.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::header::{CONNECTION, HeaderValue};
use http::{Request, Response, StatusCode, Version};
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use pin_project_lite::pin_project;
use tokio::time::Instant;

use super::activity::{Activity, Progress};
use super::body::WatchedBody;
use super::inbound::Framing;
use super::offer::Offer;
use crate::body::RequestBody;
use crate::connection::farewell::told_from;
use crate::connection::service::{Application, Asked, Desk, Refused};

#[derive(Debug)]
pub(crate) struct WatchedService<A> {
    pub(crate) desk: Arc<Desk<A>>,
    pub(crate) activity: Arc<Activity>,
    pub(crate) share: f32,
    /// Whether the connection can move to a successor.
    pub(crate) movable: bool,
}

impl<A: Application> Service<Request<Incoming>> for WatchedService<A> {
    type Response = Response<WatchedBody<A::Body>>;
    type Error = Infallible;
    type Future = Answering<A>;

    fn call(&self, request: Request<Incoming>) -> Answering<A> {
        let settings = &self.desk.shared.settings;
        let counters = Arc::clone(&self.desk.shared.counters);
        let framing = framing(request.body());
        let two_framings = self.activity.request(framing, counters);
        let offer = Offer::of(&request);
        if offer.is_some() {
            self.activity.offered(settings.write_stall);
        }
        let version = request.version();
        // A server may go by the coding instead (RFC 9112, 6.1). A peer before it may not.
        let asked = if two_framings {
            Asked::refused(StatusCode::BAD_REQUEST)
        } else {
            self.desk
                .ask(request.map(|body| RequestBody::new(body, settings.max_body, None)))
        };
        Answering {
            asked,
            desk: Arc::clone(&self.desk),
            activity: Arc::clone(&self.activity),
            share: self.share,
            movable: self.movable,
            version,
            offer,
            chunked: framing == Framing::Chunked,
        }
    }
}

pin_project! {
    pub(crate) struct Answering<A: Application> {
        #[pin]
        asked: Asked<A::Future>,
        desk: Arc<Desk<A>>,
        activity: Arc<Activity>,
        share: f32,
        movable: bool,
        version: Version,
        offer: Option<Offer>,
        chunked: bool,
    }
}

impl<A: Application> Future for Answering<A> {
    type Output = Result<Response<WatchedBody<A::Body>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let response = ready!(this.asked.as_mut().poll(cx));
        this.desk.shared.counters.response(response.status());
        let refused = response.extensions().get::<Refused>().is_some();
        // hyper closes behind a body that it could not read, or that is not read.
        let broken = this.asked.body_is_broken() || this.asked.body_is_left(*this.chunked);
        let progress = this.activity.responds();
        let mut response = response.map(|body| WatchedBody::new(body, Arc::clone(this.activity)));
        if let Some(protocol) = this.offer.and_then(|offer| offer.accepted_by(&response)) {
            this.activity.upgrading(protocol);
        } else if refused || broken || is_last(this.desk, progress, *this.share, *this.movable) {
            say_close(&mut response, *this.version);
            this.activity.ends();
        }
        Poll::Ready(Ok(response))
    }
}

fn framing(body: &Incoming) -> Framing {
    match (body.is_end_stream(), body.size_hint().exact()) {
        (true, _) => Framing::None,
        (false, Some(length)) => Framing::Sized(length),
        (false, None) => Framing::Chunked,
    }
}

/// Whether the connection ends behind this response.
fn is_last<A>(desk: &Desk<A>, progress: Progress, share: f32, movable: bool) -> bool {
    let settings = &desk.shared.settings;
    let phase = desk.shared.phase();
    let told = told_from(settings, phase, share, movable && phase.succeeded);
    desk.beyond_cap
        || told.is_some_and(|from| from <= Instant::now())
        || settings
            .max_requests
            .is_some_and(|most| progress.requests >= most)
        || progress.unfinished
}

/// hyper then closes the connection behind this response.
///
/// To an HTTP/1.0 client that asked for keep-alive hyper would say that as well, unless the response
/// is HTTP/1.0 by itself; such a client sends its next request, and loses it.
fn say_close<B>(response: &mut Response<B>, asked: Version) {
    if asked == Version::HTTP_10 {
        *response.version_mut() = asked;
    }
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
}
