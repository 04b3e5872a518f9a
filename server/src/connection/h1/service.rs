//! A request on its way through an HTTP/1.1 connection: noted when it is taken and when its
//! response begins, and answered with `Connection: close` when the connection will not outlast the
//! response.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;

use http::header::{CONNECTION, HeaderValue};
use http::{Request, Response, StatusCode, Version};
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use tokio::time::Instant;

use super::activity::Activity;
use super::body::WatchedBody;
use super::inbound::Framing;
use super::offer::Offer;
use crate::body::RequestBody;
use crate::connection::farewell::told_from;
use crate::connection::service::{Application, Desk, Refused};

#[derive(Debug)]
pub(crate) struct WatchedService<A> {
    pub(crate) desk: Arc<Desk<A>>,
    pub(crate) activity: Arc<Activity>,
    pub(crate) share: f32,
    /// Whether the connection can move to a successor.
    pub(crate) movable: bool,
}

type Answer<B> = Result<Response<WatchedBody<B>>, Infallible>;

impl<A: Application> Service<Request<Incoming>> for WatchedService<A> {
    type Response = Response<WatchedBody<A::Body>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Answer<A::Body>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let counters = Arc::clone(&self.desk.shared.counters);
        self.activity.request(framing(request.body()), counters);
        let settings = &self.desk.shared.settings;
        let offer = Offer::of(&request);
        if offer.is_some() {
            self.activity.offered(settings.write_stall);
        }
        let limit = settings.max_body;
        let request = request.map(|body| RequestBody::new(body, limit, None));
        let (desk, activity) = (Arc::clone(&self.desk), Arc::clone(&self.activity));
        let (share, movable) = (self.share, self.movable);
        let (asked, fault) = (request.version(), request.body().fault());
        Box::pin(async move {
            // A server may go by the coding instead (RFC 9112, 6.1). A peer before it may not.
            let response = if activity.two_framings() {
                desk.refuse(StatusCode::BAD_REQUEST)
            } else {
                desk.answer(request).await
            };
            let mut response = response.map(|body| WatchedBody::new(body, Arc::clone(&activity)));
            let refused = response.extensions().get::<Refused>().is_some();
            // hyper closes behind a body that it could not read.
            let broken = fault.is_some_and(|fault| fault.get().is_some());
            let last = refused || broken || is_last(&desk, &activity, share, movable);
            if let Some(protocol) = offer.and_then(|offer| offer.accepted_by(&response)) {
                activity.upgrading(protocol);
            } else if last {
                say_close(&mut response, asked);
            }
            activity.responding();
            Ok(response)
        })
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
fn is_last<A>(desk: &Desk<A>, activity: &Activity, share: f32, movable: bool) -> bool {
    let settings = &desk.shared.settings;
    let phase = desk.shared.phase();
    let told = told_from(settings, phase, share, movable && phase.succeeded);
    desk.beyond_cap
        || told.is_some_and(|from| from <= Instant::now())
        || settings
            .max_requests
            .is_some_and(|most| activity.requests() >= most)
        || activity.request_unfinished()
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
