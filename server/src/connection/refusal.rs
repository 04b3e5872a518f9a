//! Requests that hyper takes and HTTP forbids: they are refused before the application sees them (pure).

use http::header::{HOST, TRANSFER_ENCODING};
use http::{Request, StatusCode, Version};

/// The status that refuses the request, if it is to be refused.
///
/// Host: RFC 9112, 3.2. Transfer-Encoding: 6.1; hyper undoes `chunked` and would pass any coding below it on as content.
pub(crate) fn refusal<B>(request: &Request<B>) -> Option<StatusCode> {
    let hosts = request.headers().get_all(HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() >= Version::HTTP_11) {
        return Some(StatusCode::BAD_REQUEST);
    }
    let mut codings = request.headers().get_all(TRANSFER_ENCODING).iter();
    let known = codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    (!known).then_some(StatusCode::NOT_IMPLEMENTED)
}
