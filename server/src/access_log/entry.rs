//! One entry of the access log: gathered while a request is handled, written when it is dropped.

use std::any::Any;

use http::header::{CONTENT_LENGTH, HeaderValue, USER_AGENT};
use http::{Method, Request, Response, StatusCode, Uri, Version};
use hyper::body::Body;
use tokio::time::Instant;
use tracing::Level;

use super::printable;
use crate::body::{Fault, RequestBody};
use crate::peer::Peer;
use crate::request_id::{AmznTrace, RequestId};

/// The target of the access log's events: what a filter such as `server::access=off` names.
pub const TARGET: &str = "server::access";

/// Writes its event when it is dropped: the response has ended by then, however it ended.
#[derive(Debug)]
pub(super) struct Entry {
    id: RequestId,
    method: Method,
    uri: Uri,
    version: Version,
    agent: Option<HeaderValue>,
    peer: Option<Peer>,
    fault: Option<Fault>,
    began: Instant,
    status: Option<StatusCode>,
    sent: u64,
    /// The response's length, where it is known in advance.
    length: Option<u64>,
    over: bool,
}

impl Entry {
    /// `None` if nobody listens: then nothing is gathered.
    pub(super) fn begin<B: 'static>(request: &Request<B>, id: &RequestId) -> Option<Box<Self>> {
        tracing::enabled!(target: TARGET, Level::INFO).then(|| {
            Box::new(Self {
                id: id.clone(),
                method: request.method().clone(),
                uri: request.uri().clone(),
                version: request.version(),
                agent: request.headers().get(USER_AGENT).cloned(),
                peer: request.extensions().get().copied(),
                fault: fault(request.body()),
                began: Instant::now(),
                status: None,
                sent: 0,
                length: None,
                over: false,
            })
        })
    }

    /// The response's header is on its way.
    pub(super) fn answered<B: Body>(&mut self, response: &Response<B>) {
        self.status = Some(response.status());
        let body = response.body();
        self.over = body.is_end_stream() || self.has_no_content(response.status());
        let told = response.headers().get(CONTENT_LENGTH);
        self.length = told
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .or_else(|| body.size_hint().exact());
    }

    /// The handler failed: the server answers 500, or what its request's body deserves, without
    /// content.
    pub(super) fn failed(&mut self) {
        let deserved = self.fault.as_ref().and_then(|fault| fault.get().copied());
        self.status = Some(deserved.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
        self.over = true;
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    pub(super) fn over(&mut self) {
        self.over = true;
    }

    /// hyper then drops the body unread (RFC 9110, 6.4.1).
    fn has_no_content(&self, status: StatusCode) -> bool {
        self.method == Method::HEAD
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            || (self.method == Method::CONNECT && status.is_success())
    }

    /// hyper does not ask a body for its end once the last byte of a known length is out.
    fn is_whole(&self) -> bool {
        self.over || self.length.is_some_and(|length| self.sent >= length)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let agent = self
            .agent
            .as_ref()
            .map(|it| printable::agent(it.as_bytes()));
        tracing::info!(
            target: TARGET,
            method = printable::method(self.method.as_str()),
            path = printable::path(self.uri.path()),
            protocol = protocol(self.version),
            status = self.status.map(|status| status.as_u16()),
            bytes = self.sent,
            duration_ms = milliseconds(self.began),
            outcome = if self.is_whole() { "whole" } else { "cut" },
            request_id = self.id.to_string(),
            trace_self = self.id.amzn().and_then(AmznTrace::hop).map(|id| id.to_string()),
            traceparent = self.id.traceparent().map(ToString::to_string),
            caller_id = self.id.caller(),
            peer = self.peer.map(|peer| peer.address.to_string()),
            user_agent = agent,
            "request"
        );
    }
}

/// The application may be asked with other bodies than the server's, in tests.
fn fault<B: 'static>(body: &B) -> Option<Fault> {
    let body: &dyn Any = body;
    body.downcast_ref().and_then(RequestBody::fault)
}

/// To the microsecond.
fn milliseconds(since: Instant) -> f64 {
    (since.elapsed().as_secs_f64() * 1e6).round() / 1e3
}

fn protocol(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}
