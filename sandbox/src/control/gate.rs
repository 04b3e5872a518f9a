//! Who may ask. Everybody on this machine may, but a page of the web that is open in a browser here is not on this machine,
//! even if its name was made to lead here. Pure.

use super::refusal::Refusal;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, Method, StatusCode, header};
use std::net::Ipv4Addr;

/// Lets a request through, or says why not.
pub(super) fn admit(head: &Parts) -> Result<(), Refusal> {
    let host = host(head).filter(is_loopback).ok_or_else(|| {
        refused(
            "the request's Host is not this machine",
            "use the address that `sandbox up` printed",
        )
    })?;
    if !is_own(&head.headers, &host) {
        return Err(refused(
            "the request comes from a page of another origin",
            "send it from a shell, or from the sandbox's own page",
        ));
    }
    if head.method == Method::POST && !is_json(&head.headers) {
        // What a form can send needs no permission of ours; a browser asks before it sends JSON elsewhere.
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the request's body is not said to be JSON",
            "send it with Content-Type: application/json",
        ));
    }
    Ok(())
}

fn refused(error: &str, hint: &str) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, error, hint)
}

fn host(head: &Parts) -> Option<Authority> {
    let mut named = head.headers.get_all(header::HOST).iter();
    let (host, more) = (named.next()?, named.next());
    host.to_str().ok()?.parse().ok().filter(|_| more.is_none())
}

fn is_loopback(host: &Authority) -> bool {
    let name = host.host();
    let loopback = |address: Ipv4Addr| address.is_loopback();
    name.eq_ignore_ascii_case("localhost") || name.parse().is_ok_and(loopback)
}

/// A request without `Origin` is no page's, or is one that only reads.
fn is_own(headers: &HeaderMap, host: &Authority) -> bool {
    match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => origin.to_str().is_ok_and(|origin| {
            origin
                .strip_prefix("http://")
                .is_some_and(|origin| origin.eq_ignore_ascii_case(host.as_str()))
        }),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
