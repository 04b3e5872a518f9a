//! What an ALB tells the target of the client, and what it makes of `Host`.
//!
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html>

use std::net::SocketAddr;
use std::time::SystemTime;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Uri, request};

use super::counters::Cause;
use super::headers::remove_hop_by_hop;
use crate::routing::{Attributes, ForwardedFor};

/// More addresses than this in `X-Forwarded-For` are refused (463).
const MOST_FORWARDED: usize = 30;
/// Ports that a `Host` does not name.
const DEFAULT_PORTS: [u16; 2] = [80, 443];

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// Refuses a request that has come through too many hands.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-463-issues>
pub(super) fn within_limits(headers: &HeaderMap) -> Result<(), Cause> {
    let lists = headers.get_all(FORWARDED_FOR).iter();
    let addresses = lists.map(|list| list.as_bytes().split(|byte| *byte == b',').count());
    if addresses.sum::<usize>() > MOST_FORWARDED {
        return Err(Cause::TooManyForwarded);
    }
    Ok(())
}

/// Turns the client's head into the one for the target.
pub(super) fn prepare(
    head: &mut request::Parts,
    client: SocketAddr,
    listener: SocketAddr,
    attributes: &Attributes,
) {
    remove_hop_by_hop(&mut head.headers);
    if attributes.drop_invalid_headers {
        drop_invalid(&mut head.headers);
    }
    join_cookies(&mut head.headers);
    head.version = http::Version::HTTP_11;
    set_host(head, listener);
    if !attributes.preserve_host {
        name_port(&mut head.headers, listener.port());
    }
    head.uri = origin_form(&head.uri);
    let headers = &mut head.headers;
    forward_for(headers, client, attributes);
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    headers.insert(FORWARDED_PORT, HeaderValue::from(listener.port()));
    add_trace_id(headers);
}

/// HTTP/2 may send a cookie in crumbs, HTTP/1.1 may not (RFC 9113, 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let crumbs: Vec<&[u8]> = headers
        .get_all(header::COOKIE)
        .iter()
        .map(HeaderValue::as_bytes)
        .collect();
    if crumbs.len() > 1
        && let Ok(joined) = HeaderValue::from_bytes(&crumbs.join(&b"; "[..]))
    {
        headers.insert(header::COOKIE, joined);
    }
}

/// Names other than letters, digits and hyphens.
fn drop_invalid(headers: &mut HeaderMap) {
    let usual = |name: &HeaderName| {
        let mut bytes = name.as_str().bytes();
        bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let dropped: Vec<HeaderName> = headers.keys().filter(|n| !usual(n)).cloned().collect();
    for name in dropped {
        headers.remove(name);
    }
}

/// A port that is not the default one stands in `Host`, the default one does not.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#host-header-preservation>
fn name_port(headers: &mut HeaderMap, port: u16) {
    let Some(host) = headers.get(header::HOST).and_then(|h| h.to_str().ok()) else {
        return;
    };
    // A colon inside brackets belongs to an IPv6 address.
    let (name, given) = match host.rsplit_once(':') {
        Some((name, given)) if !given.ends_with(']') => (name, Some(given)),
        _ => (host, None),
    };
    let named = match given {
        None if !DEFAULT_PORTS.contains(&port) => format!("{name}:{port}"),
        Some(given) if DEFAULT_PORTS.contains(&port) && given == port.to_string() => {
            name.to_owned()
        }
        _ => return,
    };
    if let Ok(value) = HeaderValue::try_from(named) {
        headers.insert(header::HOST, value);
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

fn forward_for(headers: &mut HeaderMap, client: SocketAddr, attributes: &Attributes) {
    match attributes.forwarded_for {
        ForwardedFor::Append => {}
        ForwardedFor::Preserve => return,
        ForwardedFor::Remove => {
            headers.remove(FORWARDED_FOR);
            return;
        }
    }
    let mut chain: Vec<u8> = Vec::new();
    for earlier in headers.get_all(FORWARDED_FOR) {
        chain.extend_from_slice(earlier.as_bytes());
        chain.extend_from_slice(b", ");
    }
    let client = if attributes.forwarded_port {
        client.to_string()
    } else {
        client.ip().to_string()
    };
    chain.extend_from_slice(client.as_bytes());
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
        prepare(&mut head, client(), listener(8000), &Attributes::default());
        assert_eq!(head.headers["x-forwarded-for"], "198.51.100.1, 203.0.113.7");
        assert_eq!(head.headers["x-forwarded-proto"], "http");
        assert_eq!(head.headers["x-forwarded-port"], "8000");
    }

    #[test]
    fn a_trace_id_is_made_or_kept_as_the_root() {
        let mut fresh = head(|b| b);
        prepare(&mut fresh, client(), listener(80), &Attributes::default());
        let made = fresh.headers["x-amzn-trace-id"].to_str().expect("ascii");
        assert!(made.starts_with("Root=1-"), "{made}");
        assert_eq!(made.len(), "Root=1-67891233-abcdef012345678912345678".len());
        let mut traced = head(|b| b.header("x-amzn-trace-id", "Root=1-a-b"));
        prepare(&mut traced, client(), listener(80), &Attributes::default());
        let kept = traced.headers["x-amzn-trace-id"].to_str().expect("ascii");
        assert!(
            kept.starts_with("Self=1-") && kept.ends_with(";Root=1-a-b"),
            "{kept}"
        );
    }

    #[test]
    fn an_absolute_uri_becomes_a_path_and_a_host() {
        let mut head = head(|b| b.uri("http://example.com:81/a?b=c").header("host", "other"));
        prepare(&mut head, client(), listener(80), &Attributes::default());
        assert_eq!(head.uri, "/a?b=c");
        assert_eq!(head.headers["host"], "example.com:81");
    }

    #[test]
    fn a_client_without_a_host_gets_the_balancers() {
        let mut head = head(|b| b.uri("/").version(http::Version::HTTP_10));
        prepare(&mut head, client(), listener(8000), &Attributes::default());
        assert_eq!(head.headers["host"], "127.0.0.1:8000");
    }

    #[test]
    fn the_host_names_a_port_that_is_not_the_default_one() {
        let host = |given: &str, port, preserve_host| {
            let mut head = head(|b| b.header("host", given));
            let attributes = Attributes {
                preserve_host,
                ..Attributes::default()
            };
            prepare(&mut head, client(), listener(port), &attributes);
            head.headers["host"].to_str().expect("ascii").to_owned()
        };
        assert_eq!(host("example.com", 8080, false), "example.com:8080");
        assert_eq!(host("example.com:81", 8080, false), "example.com:81");
        assert_eq!(host("example.com:80", 80, false), "example.com");
        assert_eq!(host("[::1]", 8080, false), "[::1]:8080");
        assert_eq!(host("example.com", 8080, true), "example.com");
    }

    #[test]
    fn attributes_decide_what_is_said_of_the_client() {
        let forwarded = |attributes: Attributes| {
            let mut head = head(|b| {
                b.header("x-forwarded-for", "198.51.100.1")
                    .header("a_b", "1")
            });
            prepare(&mut head, client(), listener(80), &attributes);
            let chain = head.headers.get("x-forwarded-for").cloned();
            (chain, head.headers.contains_key("a_b"))
        };
        let given = Attributes::default();
        let (chain, unusual) = forwarded(Attributes {
            forwarded_port: true,
            ..given
        });
        assert_eq!(chain.expect("a chain"), "198.51.100.1, 203.0.113.7:4711");
        assert!(unusual);
        let (chain, unusual) = forwarded(Attributes {
            forwarded_for: ForwardedFor::Preserve,
            drop_invalid_headers: true,
            ..given
        });
        assert_eq!(chain.expect("a chain"), "198.51.100.1");
        assert!(!unusual);
        let removed = Attributes {
            forwarded_for: ForwardedFor::Remove,
            ..given
        };
        assert_eq!(forwarded(removed).0, None);
    }

    #[test]
    fn more_than_thirty_addresses_are_refused() {
        let chain =
            |many: usize| head(|b| b.header("x-forwarded-for", vec!["10.0.0.1"; many].join(",")));
        assert_eq!(within_limits(&chain(30).headers), Ok(()));
        let many = within_limits(&chain(31).headers);
        assert_eq!(many, Err(Cause::TooManyForwarded));
    }

    #[test]
    fn crumbs_become_a_cookie() {
        let mut head = head(|b| b.header("cookie", "a=1").header("cookie", "b=2"));
        prepare(&mut head, client(), listener(80), &Attributes::default());
        let cookies: Vec<_> = head.headers.get_all("cookie").iter().collect();
        assert_eq!(cookies, ["a=1; b=2"]);
    }
}
