//! The page's files. They come with the program: nothing is fetched from elsewhere, and nothing may be.

use crate::wire::http::{Body, full};
use http::{HeaderMap, HeaderValue, Response, header};

const PAGE: &str = include_str!("page/page.html");
const SCRIPT: &str = include_str!("page/page.js");
const STYLE: &str = include_str!("page/page.css");
const ICON: &str = include_str!("page/icon.svg");

pub(super) fn page() -> Response<Body> {
    file("text/html; charset=utf-8", PAGE)
}

pub(super) fn script() -> Response<Body> {
    file("text/javascript; charset=utf-8", SCRIPT)
}

pub(super) fn style() -> Response<Body> {
    file("text/css; charset=utf-8", STYLE)
}

pub(super) fn icon() -> Response<Body> {
    file("image/svg+xml", ICON)
}

fn file(kind: &'static str, text: &'static str) -> Response<Body> {
    let mut response = Response::new(full(text));
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Only the page's own files run, nothing frames it, and what it shows is of this moment.
pub(super) fn guard(headers: &mut HeaderMap) {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                          connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
