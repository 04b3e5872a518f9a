//! What requests about several things have in common.

use crate::service::paging::{self, Page};
use crate::wire::error::ApiError;

/// A request takes at most so many names, or labels.
const MOST: usize = 10;

pub(super) fn check_names(names: &[String]) -> Result<(), ApiError> {
    if (1..=MOST).contains(&names.len()) {
        return Ok(());
    }
    Err(invalid(format!(
        "A request must hold between 1 and {MOST} names."
    )))
}

/// `MaxResults` and `NextToken` over a list.
pub(super) fn page<T>(
    items: impl Iterator<Item = T>,
    token: Option<&str>,
    max_results: Option<usize>,
    most: usize,
) -> Result<Page<T>, ApiError> {
    let size = max_results.unwrap_or(most);
    if !(1..=most).contains(&size) {
        return Err(invalid(format!("MaxResults must be between 1 and {most}.")));
    }
    paging::page(items, token, size)
        .map_err(|_| ApiError::new(400, "InvalidNextToken", "The specified token isn't valid."))
}

fn invalid(message: String) -> ApiError {
    ApiError::new(400, "ValidationException", message)
}
