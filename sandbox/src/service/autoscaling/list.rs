//! Paging as Auto Scaling does it.

use crate::service::paging::{self, Page};
use crate::wire::error::ApiError;

/// How many records a page may have, and has by default.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) default: usize,
    pub(super) most: usize,
}

pub(super) const FIFTY: Sizes = Sizes {
    default: 50,
    most: 100,
};
/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingInstances.html>
pub(super) const FIFTY_AT_MOST: Sizes = Sizes {
    default: 50,
    most: 50,
};
pub(super) const HUNDRED: Sizes = Sizes {
    default: 100,
    most: 100,
};

/// `MaxRecords` and `NextToken` over a list.
pub(super) fn page<T>(
    items: impl Iterator<Item = T>,
    token: Option<&str>,
    max_records: Option<usize>,
    sizes: Sizes,
) -> Result<Page<T>, ApiError> {
    let size = max_records.unwrap_or(sizes.default);
    if !(1..=sizes.most).contains(&size) {
        let most = sizes.most;
        return Err(ApiError::validation(format!(
            "MaxRecords must be between 1 and {most}."
        )));
    }
    paging::page(items, token, size)
        .map_err(|_| ApiError::new(400, "InvalidNextToken", "The NextToken value is not valid."))
}
