//! What an ALB takes from and adds to the headers, and how much of them it accepts.
//!
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html>

use std::net::SocketAddr;
use std::time::SystemTime;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Uri, request};

use super::counters::Cause;

/// An ALB's limit for the request line and for one header.
const LINE_LIMIT: usize = 16 * 1024;
/// An ALB's limit for all request headers together.
const HEAD_LIMIT: usize = 64 * 1024;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
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
    let hosts = head.headers.get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && head.version >= http::Version::HTTP_11) {
        return Err(Cause::BadRequest);
    }
    let mut codings = head.headers.get_all(header::TRANSFER_ENCODING).iter();
    if codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
        Ok(())
    } else {
        Err(Cause::UnknownCoding)
    }
}

/// Turns the client's head into the one for the target.
pub(super) fn prepare(head: &mut request::Parts, client: SocketAddr, listener: SocketAddr) {
    remove_hop_by_hop(&mut head.headers);
    head.version = http::Version::HTTP_11;
    set_host(head, listener);
    head.uri = origin_form(&head.uri);
    let headers = &mut head.headers;
    append_forwarded_for(headers, client);
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    headers.insert(FORWARDED_PORT, HeaderValue::from(listener.port()));
    add_trace_id(headers);
}

/// Removes what concerns one connection only: the fixed names and those that `Connection` lists.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
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

/// An absolute URI's authority goes before `Host` (RFC 9112, 3.2.2); an HTTP/1.0 client without either gets the balancer's
/// own name: <https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html>.
fn set_host(head: &mut request::Parts, listener: SocketAddr) {
    let authority = head.uri.authority().map(ToString::to_string);
    if let Some(host) = authority.and_then(|host| HeaderValue::try_from(host).ok()) {
        head.headers.insert(header::HOST, host);
    } else if !head.headers.contains_key(header::HOST)
        && let Ok(host) = HeaderValue::try_from(listener.to_string())
    {
        head.headers.insert(header::HOST, host);
    }
}

fn origin_form(uri: &Uri) -> Uri {
    uri.path_and_query()
        .map_or_else(Uri::default, |path| Uri::from(path.clone()))
}

fn append_forwarded_for(headers: &mut HeaderMap, client: SocketAddr) {
    let mut chain: Vec<u8> = Vec::new();
    for earlier in headers.get_all(FORWARDED_FOR) {
        chain.extend_from_slice(earlier.as_bytes());
        chain.extend_from_slice(b", ");
    }
    chain.extend_from_slice(client.ip().to_string().as_bytes());
    if let Ok(value) = HeaderValue::from_bytes(&chain) {
        headers.insert(FORWARDED_FOR, value);
    }
}

/// A client's own trace id is kept as the root, with the balancer's beside it.
fn add_trace_id(headers: &mut HeaderMap) {
    let id = trace_id();
    let value = match headers.get(TRACE_ID).and_then(|value| value.to_str().ok()) {
        Some(given) => format!("Self={id};{given}"),
        None => format!("Root={id}"),
    };
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(TRACE_ID, value);
    }
}

fn trace_id() -> String {
    let unique = rand::random::<u128>() >> 32;
    format!("1-{:08x}-{unique:024x}", epoch_seconds())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a trace id carries the wall clock's second; nothing else here depends on it"
)]
fn epoch_seconds() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
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

    fn listener(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn client() -> SocketAddr {
        SocketAddr::from(([203, 0, 113, 7], 4711))
    }

    #[test]
    fn the_client_is_appended_to_whoever_came_before() {
        let mut head = head(|b| {
            b.header("x-forwarded-for", "198.51.100.1")
                .header("x-forwarded-proto", "https")
        });
        prepare(&mut head, client(), listener(8000));
        assert_eq!(head.headers["x-forwarded-for"], "198.51.100.1, 203.0.113.7");
        assert_eq!(head.headers["x-forwarded-proto"], "http");
        assert_eq!(head.headers["x-forwarded-port"], "8000");
    }

    #[test]
    fn a_trace_id_is_made_or_kept_as_the_root() {
        let mut fresh = head(|b| b);
        prepare(&mut fresh, client(), listener(80));
        let made = fresh.headers["x-amzn-trace-id"].to_str().expect("ascii");
        assert!(made.starts_with("Root=1-"), "{made}");
        assert_eq!(made.len(), "Root=1-67891233-abcdef012345678912345678".len());
        let mut traced = head(|b| b.header("x-amzn-trace-id", "Root=1-a-b"));
        prepare(&mut traced, client(), listener(80));
        let kept = traced.headers["x-amzn-trace-id"].to_str().expect("ascii");
        assert!(
            kept.starts_with("Self=1-") && kept.ends_with(";Root=1-a-b"),
            "{kept}"
        );
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
    fn an_absolute_uri_becomes_a_path_and_a_host() {
        let mut head = head(|b| b.uri("http://example.com:81/a?b=c").header("host", "other"));
        prepare(&mut head, client(), listener(80));
        assert_eq!(head.uri, "/a?b=c");
        assert_eq!(head.headers["host"], "example.com:81");
    }

    #[test]
    fn a_client_without_a_host_gets_the_balancers() {
        let mut head = head(|b| b.uri("/").version(http::Version::HTTP_10));
        prepare(&mut head, client(), listener(8000));
        assert_eq!(head.headers["host"], "127.0.0.1:8000");
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
}
