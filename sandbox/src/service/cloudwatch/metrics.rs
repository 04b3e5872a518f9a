//! Which metrics there are.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html>

use jiff::ToSpan;
use serde::{Deserialize, Serialize};

use super::statistics::MetricView;
use crate::service::paging;
use crate::wire::error::ApiError;
use crate::world::{MetricKey, World};

/// One page has so many.
const PAGE: usize = 500;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct List {
    namespace: Option<String>,
    metric_name: Option<String>,
    dimensions: Option<Vec<Filter>>,
    recently_active: Option<RecentlyActive>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Filter {
    name: String,
    value: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum RecentlyActive {
    #[serde(rename = "PT3H")]
    ThreeHours,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Listed {
    metrics: Vec<MetricView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl List {
    fn wants(&self, key: &MetricKey) -> bool {
        let has = |filter: &Filter| {
            let value = key.dimensions.get(&filter.name);
            value.is_some_and(|value| filter.value.as_ref().is_none_or(|wanted| wanted == value))
        };
        self.namespace
            .as_ref()
            .is_none_or(|wanted| *wanted == key.namespace)
            && self
                .metric_name
                .as_ref()
                .is_none_or(|wanted| *wanted == key.name)
            && self.dimensions.iter().flatten().all(has)
    }
}

pub(super) fn list(world: &World, request: &List) -> Result<Listed, ApiError> {
    let since = request
        .recently_active
        .map(|RecentlyActive::ThreeHours| world.now() - 3.hours());
    let metrics = world
        .metrics()
        .filter(|(key, last)| request.wants(key) && since.is_none_or(|since| *last >= since))
        .map(|(key, _)| MetricView::of(key));
    let page = paging::page(metrics, request.next_token.as_deref(), PAGE)
        .map_err(|_| ApiError::new(400, "InvalidParameterValue", "The NextToken is not valid."))?;
    Ok(Listed {
        metrics: page.items,
        next_token: page.next,
    })
}
