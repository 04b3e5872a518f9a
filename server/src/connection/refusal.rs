//! Requests that hyper takes and HTTP forbids: they are refused before the application sees them (pure).

use http::header::{HOST, TRANSFER_ENCODING};
use http::{Request, StatusCode, Version};

/// The status that refuses the request, if it is to be refused.
///
/// Host: RFC 9112, 3.2. Transfer-Encoding: 6.1; hyper undoes `chunked` and would pass any coding below it on as content.
pub(crate) fn refusal<B>(request: &Request<B>) -> Option<StatusCode> {
    if !names_its_host(request) {
        return Some(StatusCode::BAD_REQUEST);
    }
    let mut codings = request.headers().get_all(TRANSFER_ENCODING).iter();
    let known = codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked"));
    (!known).then_some(StatusCode::NOT_IMPLEMENTED)
}

/// Once, in the field or, on HTTP/2, in `:authority`, which hyper puts into the URI; twice only if
/// alike (RFC 9113, 8.3.1).
fn names_its_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (host, second) = (hosts.next(), hosts.next());
    let authority = (request.version() == Version::HTTP_2)
        .then(|| request.uri().authority())
        .flatten();
    match (host, authority) {
        _ if second.is_some() => false,
        (Some(host), Some(authority)) => host
            .as_bytes()
            .eq_ignore_ascii_case(authority.as_str().as_bytes()),
        (Some(_), None) | (None, Some(_)) => true,
        (None, None) => request.version() < Version::HTTP_11,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(version: Version, uri: &str, hosts: &[&str]) -> bool {
        let mut request = Request::builder().version(version).uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        refusal(&request.body(()).unwrap()) == Some(StatusCode::BAD_REQUEST)
    }

    #[test]
    fn http1_needs_one_host_field() {
        assert!(refused(Version::HTTP_11, "/", &[]));
        assert!(refused(Version::HTTP_11, "http://a/", &[]));
        assert!(refused(Version::HTTP_11, "/", &["a", "a"]));
        assert!(!refused(Version::HTTP_11, "/", &["a"]));
        assert!(!refused(Version::HTTP_10, "/", &[]));
    }

    #[test]
    fn http2_needs_an_authority_or_a_host_field_and_no_two_that_differ() {
        assert!(refused(Version::HTTP_2, "/", &[]));
        assert!(!refused(Version::HTTP_2, "http://a/", &[]));
        assert!(!refused(Version::HTTP_2, "/", &["a"]));
        assert!(!refused(Version::HTTP_2, "http://a/", &["A"]));
        assert!(refused(Version::HTTP_2, "http://a/", &["b"]));
        assert!(refused(Version::HTTP_2, "http://a/", &["a", "a"]));
    }
}
