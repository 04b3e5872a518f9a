//! Paging as Elastic Load Balancing does it.

use crate::service::paging::{self, Page};
use crate::wire::error::ApiError;

/// A page holds at most so many.
const MOST: usize = 400;

/// `PageSize` and `Marker` over a list.
pub(super) fn page<T>(
    items: impl Iterator<Item = T>,
    marker: Option<&str>,
    page_size: Option<usize>,
) -> Result<Page<T>, ApiError> {
    let size = page_size.unwrap_or(MOST);
    if !(1..=MOST).contains(&size) {
        return Err(ApiError::validation(format!(
            "PageSize must be between 1 and {MOST}"
        )));
    }
    paging::page(items, marker, size).map_err(|_| ApiError::validation("Marker is not valid"))
}
