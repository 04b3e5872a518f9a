//! Which heads an ALB accepts, what it takes from them, and what its rules see of them.

use std::net::SocketAddr;

use http::header::{self, HeaderMap, HeaderName};
use http::uri::Authority;
use http::{Method, request};

use super::counters::Cause;
use crate::routing::Asked;

/// An ALB's limit for the request line and for one header.
pub(super) const LINE_LIMIT: usize = 16 * 1024;
/// An ALB's limit for all request headers together.
const HEAD_LIMIT: usize = 64 * 1024;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// Refuses a request head that an ALB would refuse.
pub(super) fn within_limits(head: &request::Parts) -> Result<(), Cause> {
    let line = head.method.as_str().len() + head.uri.to_string().len() + "  HTTP/1.1".len();
    if line > LINE_LIMIT {
        return Err(Cause::UriTooLong);
    }
    let mut total = 0;
    for (name, value) in &head.headers {
        let size = name.as_str().len() + value.len();
        if size > LINE_LIMIT {
            return Err(Cause::HeaderTooLarge);
        }
        total += size;
    }
    if total > HEAD_LIMIT {
        return Err(Cause::HeaderTooLarge);
    }
    Ok(())
}

/// Refuses what hyper takes and HTTP forbids: one host there must be (RFC 9112, 3.2), and a coding below `chunked`, which
/// hyper undoes, would reach the target as content (an ALB answers 501).
pub(super) fn well_formed(head: &request::Parts) -> Result<(), Cause> {
    served(&head.method)?;
    let hosts = head.headers.get_all(header::HOST).iter().count();
    // HTTP/2 names it in the authority instead.
    let named =
        hosts > 0 || (head.version == http::Version::HTTP_2 && head.uri.authority().is_some());
    if hosts > 1 || (!named && head.version >= http::Version::HTTP_11) {
        return Err(Cause::BadRequest);
    }
    let mut codings = head.headers.get_all(header::TRANSFER_ENCODING).iter();
    if codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
        Ok(())
    } else {
        Err(Cause::UnknownCoding)
    }
}

/// `TRACE` is 405; that `CONNECT`, which asks for a proxy, is malformed here, is this sandbox's own choice.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-405-issues>
fn served(method: &Method) -> Result<(), Cause> {
    match *method {
        Method::TRACE => Err(Cause::BadMethod),
        Method::CONNECT => Err(Cause::BadRequest),
        _ => Ok(()),
    }
}

/// What the rules can see of a request.
pub(super) fn asked(head: &request::Parts, client: SocketAddr) -> Asked<'_> {
    let host = head.headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = head.uri.authority().map_or(host, Authority::as_str);
    Asked {
        method: head.method.as_str(),
        host: without_port(host),
        path: head.uri.path(),
        query: head.uri.query(),
        headers: &head.headers,
        source: client.ip(),
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    }
}

/// Removes what concerns one connection only: the fixed names and those that `Connection` lists. Where a request goes and where
/// it came from concerns every connection, whatever a client lists (own choice).
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .filter(|name: &HeaderName| {
            *name != header::HOST && !name.as_str().starts_with("x-forwarded-")
        })
        .collect();
    for name in listed {
        headers.remove(name);
    }
    for name in [
        header::CONNECTION,
        header::PROXY_AUTHENTICATE,
        header::PROXY_AUTHORIZATION,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
        KEEP_ALIVE,
        PROXY_CONNECTION,
    ] {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(build: impl FnOnce(request::Builder) -> request::Builder) -> request::Parts {
        let request = build(request::Builder::new())
            .body(())
            .expect("a valid request");
        request.into_parts().0
    }

    #[test]
    fn what_concerns_one_connection_is_removed() {
        let mut head = head(|b| {
            b.header("connection", "close, X-Private")
                .header("x-private", "1")
                .header("te", "trailers")
                .header("keep-alive", "timeout=5")
                .header("x-public", "2")
        });
        remove_hop_by_hop(&mut head.headers);
        let left: Vec<&str> = head.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(left, ["x-public"]);
    }

    #[test]
    fn what_concerns_every_connection_stays() {
        let mut head = head(|b| {
            b.header("connection", "host, X-Forwarded-For")
                .header("host", "example.test")
                .header("x-forwarded-for", "198.51.100.1")
        });
        remove_hop_by_hop(&mut head.headers);
        let mut left: Vec<&str> = head.headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["host", "x-forwarded-for"]);
    }

    #[test]
    fn what_http_forbids_is_refused() {
        let none = head(|b| b);
        assert_eq!(well_formed(&none), Err(Cause::BadRequest));
        let old = head(|b| b.version(http::Version::HTTP_10));
        assert_eq!(well_formed(&old), Ok(()));
        let two = head(|b| b.header("host", "a").header("host", "b"));
        assert_eq!(well_formed(&two), Err(Cause::BadRequest));
        let coded = head(|b| {
            b.header("host", "a")
                .header("transfer-encoding", "gzip, chunked")
        });
        assert_eq!(well_formed(&coded), Err(Cause::UnknownCoding));
        let chunked = head(|b| b.header("host", "a").header("transfer-encoding", "chunked"));
        assert_eq!(well_formed(&chunked), Ok(()));
    }

    #[test]
    fn oversized_heads_are_refused() {
        let long = "a".repeat(LINE_LIMIT);
        let uri = head(|b| b.uri(format!("/{long}")));
        assert_eq!(within_limits(&uri), Err(Cause::UriTooLong));
        let header = head(|b| b.header("x-long", &long));
        assert_eq!(within_limits(&header), Err(Cause::HeaderTooLarge));
        let many = head(|b| (0..6).fold(b, |b, _| b.header("x-many", &long[..12_000])));
        assert_eq!(within_limits(&many), Err(Cause::HeaderTooLarge));
        let fine = head(|b| b.header("x-fine", &long[..12_000]));
        assert_eq!(within_limits(&fine), Ok(()));
    }

    #[test]
    fn rules_see_the_name_without_its_port() {
        let asked_host = |given: &str| {
            let head = head(|b| b.header("host", given));
            let client = SocketAddr::from(([127, 0, 0, 1], 1));
            asked(&head, client).host.to_owned()
        };
        assert_eq!(asked_host("example.com:81"), "example.com");
        assert_eq!(asked_host("[::1]"), "[::1]");
        assert_eq!(asked_host("[::1]:81"), "[::1]");
    }
}
