//! What the client gets: a target's response, or one of the balancer's own.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION, SERVER};
use http::{Response, StatusCode};
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};

use super::relay::{CutShort, Relay};
use crate::routing::FixedResponse;

/// How an ALB calls itself.
const NAME: &str = "awselb/2.0";

/// The body of an answer.
pub(super) enum Answer {
    /// The balancer's own page.
    Own(Full<Bytes>),
    /// A target's body.
    Relayed(Box<Relay>),
}

/// The page that an ALB shows for an error of its own.
pub(super) fn own(status: StatusCode) -> Response<Answer> {
    let mut response = Response::new(Answer::Own(Full::from(page(status))));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(SERVER, HeaderValue::from_static(NAME));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

/// The same as bytes, for a connection that speaks no HTTP that could be answered in the usual way.
pub(super) fn last_words(status: StatusCode) -> String {
    let page = page(status);
    format!(
        "HTTP/1.1 {status}\r\nServer: {NAME}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{page}",
        page.len()
    )
}

fn page(status: StatusCode) -> String {
    // AWS's own statuses (460, 463) have no reason.
    let status = format!(
        "{} {}",
        status.as_str(),
        status.canonical_reason().unwrap_or_default()
    );
    let status = status.trim_end();
    format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
}

/// The answer of a `fixed-response` action.
pub(super) fn fixed(fixed: &FixedResponse) -> Response<Answer> {
    let body = fixed.body.clone().unwrap_or_default();
    let mut response = Response::new(Answer::Own(Full::from(body)));
    // The status was checked when the action was made.
    *response.status_mut() = StatusCode::from_u16(fixed.status).unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(SERVER, HeaderValue::from_static(NAME));
    let kind = fixed.content_type.as_deref().unwrap_or("text/plain");
    if let Ok(kind) = HeaderValue::try_from(kind) {
        headers.insert(CONTENT_TYPE, kind);
    }
    response
}

/// The answer of a `redirect` action.
pub(super) fn redirect(location: &str, permanent: bool) -> Response<Answer> {
    let mut response = own(if permanent {
        StatusCode::MOVED_PERMANENTLY
    } else {
        StatusCode::FOUND
    });
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// No body at all.
pub(super) fn nothing() -> Answer {
    Answer::Own(Full::default())
}

impl Body for Answer {
    type Data = Bytes;
    type Error = CutShort;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutShort>>> {
        match self.get_mut() {
            Self::Own(page) => Pin::new(page)
                .poll_frame(cx)
                .map_err(|never| match never {}),
            Self::Relayed(relay) => Pin::new(relay.as_mut()).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(page) => page.is_end_stream(),
            Self::Relayed(relay) => relay.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Own(page) => page.size_hint(),
            Self::Relayed(relay) => relay.size_hint(),
        }
    }
}
