//! `DescribeAccountLimits`.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>

use serde::{Deserialize, Serialize};

use super::list;
use crate::wire::error::ApiError;

/// AWS's defaults for what is modelled.
const LIMITS: [(&str, u32); 9] = [
    ("application-load-balancers", 50),
    ("target-groups", 3000),
    ("targets-per-application-load-balancer", 1000),
    ("listeners-per-application-load-balancer", 50),
    ("rules-per-application-load-balancer", 100),
    ("targets-per-target-group", 1000),
    ("target-groups-per-application-load-balancer", 100),
    ("target-groups-per-action-on-application-load-balancer", 5),
    ("condition-values-per-alb-rule", 5),
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    marker: Option<String>,
    page_size: Option<usize>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Limits {
    limits: Vec<Limit>,
    next_marker: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Limit {
    name: &'static str,
    max: String,
}

pub(super) fn describe(request: &Describe) -> Result<Limits, ApiError> {
    let page = list::page(
        LIMITS.into_iter(),
        request.marker.as_deref(),
        request.page_size,
    )?;
    let limit = |(name, max): (&'static str, u32)| Limit {
        name,
        max: max.to_string(),
    };
    Ok(Limits {
        limits: page.items.into_iter().map(limit).collect(),
        next_marker: page.next,
    })
}
