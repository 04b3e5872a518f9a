//! The document that a request brings.

use super::refusal::Refusal;
use http::StatusCode;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde::de::DeserializeOwned;
use std::fmt;
use std::time::Duration;

/// No request here needs more than a line or two.
const MOST: usize = 64 * 1024;

/// How long a line or two may take on loopback.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads the document. `form` says how one looks, for the hint.
pub(super) async fn document<T: DeserializeOwned>(
    body: Incoming,
    form: &str,
) -> Result<T, Refusal> {
    let read = tokio::time::timeout(PATIENCE, Limited::new(body, MOST).collect()).await;
    let read = read.map_err(|_elapsed| {
        let error = format!("the request's body did not arrive within {PATIENCE:?}");
        Refusal::new(StatusCode::REQUEST_TIMEOUT, error, "send it again")
    })?;
    let bytes = read.map_err(|error| broken(&*error))?.to_bytes();
    let refused = |why: &dyn fmt::Display| {
        let error = format!("the request's body is not understood: {why}");
        Refusal::new(StatusCode::BAD_REQUEST, error, format!("send {form}"))
    };
    // Serde would take a list of the values, too, in an order that nobody was promised.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(refused(&"it is not an object"));
    }
    serde_json::from_slice(&bytes).map_err(|error| refused(&error))
}

fn broken(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Refusal {
    if error.is::<LengthLimitError>() {
        let error = format!("the request's body is larger than {MOST} bytes");
        return Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, error, "send less");
    }
    let error = format!("the request's body broke off: {error}");
    Refusal::new(StatusCode::BAD_REQUEST, error, "send it again")
}
