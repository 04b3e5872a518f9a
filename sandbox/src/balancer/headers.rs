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

/// Turns the client's head into the one for the target.
pub(super) fn prepare(head: &mut request::Parts, client: SocketAddr, listener_port: u16) {
    remove_hop_by_hop(&mut head.headers);
    head.version = http::Version::HTTP_11;
    let host = head.uri.authority().map(ToString::to_string);
    if let Some(host) = host.and_then(|host| HeaderValue::try_from(host).ok()) {
        head.headers.entry(header::HOST).or_insert(host);
    }
    head.uri = origin_form(&head.uri);
    let headers = &mut head.headers;
    append_forwarded_for(headers, client);
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    headers.insert(FORWARDED_PORT, HeaderValue::from(listener_port));
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

    fn client() -> SocketAddr {
        SocketAddr::from(([203, 0, 113, 7], 4711))
    }

    #[test]
    fn the_client_is_appended_to_whoever_came_before() {
        let mut head = head(|b| {
            b.header("x-forwarded-for", "198.51.100.1")
                .header("x-forwarded-proto", "https")
        });
        prepare(&mut head, client(), 8000);
        assert_eq!(head.headers["x-forwarded-for"], "198.51.100.1, 203.0.113.7");
        assert_eq!(head.headers["x-forwarded-proto"], "http");
        assert_eq!(head.headers["x-forwarded-port"], "8000");
    }

    #[test]
    fn a_trace_id_is_made_or_kept_as_the_root() {
        let mut fresh = head(|b| b);
        prepare(&mut fresh, client(), 80);
        let made = fresh.headers["x-amzn-trace-id"].to_str().expect("ascii");
        assert!(made.starts_with("Root=1-"), "{made}");
        assert_eq!(made.len(), "Root=1-67891233-abcdef012345678912345678".len());
        let mut traced = head(|b| b.header("x-amzn-trace-id", "Root=1-a-b"));
        prepare(&mut traced, client(), 80);
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
        let mut head = head(|b| b.uri("http://example.com:81/a?b=c"));
        prepare(&mut head, client(), 80);
        assert_eq!(head.uri, "/a?b=c");
        assert_eq!(head.headers["host"], "example.com:81");
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
