//! What the operations have in common: file work off the async threads, and the small parts of a response.

use std::sync::Arc;

use http::{HeaderValue, Response, StatusCode};

use super::error::S3Error;
use super::store::Store;
use crate::wire::http::{Body, full};

/// Does file work where it may block.
pub(super) async fn blocking<T: Send + 'static>(
    store: &Arc<Store>,
    work: impl FnOnce(&Store) -> Result<T, S3Error> + Send + 'static,
) -> Result<T, S3Error> {
    let store = Arc::clone(store);
    tokio::task::spawn_blocking(move || work(&store))
        .await
        .map_err(|panic| S3Error::Internal(std::io::Error::other(panic)))?
}

/// An entity tag as a header has it.
pub(super) fn quoted(etag: &str) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{etag}\"")).unwrap_or(HeaderValue::from_static("\"\""))
}

/// A response without a body.
pub(super) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(full(""));
    *response.status_mut() = status;
    response
}
