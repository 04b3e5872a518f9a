//! How a request to `/_sandbox/` is turned down: a status, one sentence, one hint.

use crate::wire::http::{Body, full};
use http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;

/// Why not, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Refusal {
    #[serde(skip)]
    pub(crate) status: StatusCode,
    pub(crate) error: String,
    pub(crate) hint: String,
}

impl Refusal {
    pub(crate) fn new(
        status: StatusCode,
        error: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            status,
            error: error.into(),
            hint: hint.into(),
        }
    }

    pub(crate) fn answer(&self) -> Response<Body> {
        json(self.status, self)
    }
}

/// A document.
pub(crate) fn json(status: StatusCode, document: &impl Serialize) -> Response<Body> {
    // Nothing that is answered here has maps with keys that are no strings, so this does not fail.
    let body = serde_json::to_vec(document).unwrap_or_default();
    let mut response = Response::new(full(body));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
