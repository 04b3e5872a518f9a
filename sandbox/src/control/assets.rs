//! The page's files. They come with the program: nothing is fetched from elsewhere, and nothing may be.

use crate::wire::http::{Body, full};
use http::{HeaderMap, HeaderValue, Response, header};

/// A file of the page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const JS: &str = "text/javascript; charset=utf-8";

macro_rules! assets {
    ($($name:literal $kind:ident),+ $(,)?) => {
        [$(Asset { name: $name, kind: $kind, text: include_str!(concat!("page/", $name)) }),+]
    };
}

/// Every file; the first is the page itself.
pub(super) static ASSETS: [Asset; 16] = assets![
    "page.html" HTML,
    "page.css" CSS,
    "icon.svg" SVG,
    "announce.js" JS,
    "axis.js" JS,
    "banner.js" JS,
    "cards.js" JS,
    "deploys.js" JS,
    "dom.js" JS,
    "faults.js" JS,
    "lists.js" JS,
    "members.js" JS,
    "page.js" JS,
    "stream.js" JS,
    "traffic.js" JS,
    "words.js" JS,
];

impl Asset {
    /// The page.
    pub(super) fn page() -> &'static Self {
        &ASSETS[0]
    }

    /// The file of that name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        ASSETS.iter().find(|asset| asset.name == name)
    }

    /// Its name.
    #[cfg(test)]
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Its content.
    #[cfg(test)]
    pub(super) fn text(&self) -> &'static str {
        self.text
    }

    pub(super) fn answer(&self) -> Response<Body> {
        let mut response = Response::new(full(self.text));
        let kind = HeaderValue::from_static(self.kind);
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }
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
