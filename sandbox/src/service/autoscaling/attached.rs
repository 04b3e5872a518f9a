//! Which target groups are attached to a group, and how far each attachment has come.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeTrafficSources.html>

use serde::{Deserialize, Serialize};

use super::list::{self, FIFTY_AT_MOST, HUNDRED};
use super::traffic::TARGET_GROUP;
use crate::wire::error::ApiError;
use crate::world::World;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeTargetGroups {
    auto_scaling_group_name: String,
    max_records: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttachedList {
    load_balancer_target_groups: Vec<Attached>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attached {
    #[serde(rename = "LoadBalancerTargetGroupARN")]
    arn: String,
    state: &'static str,
}

pub(super) fn describe_target_groups(
    world: &World,
    request: &DescribeTargetGroups,
) -> Result<AttachedList, ApiError> {
    let group = world.known_group(&request.auto_scaling_group_name)?;
    let token = request.next_token.as_deref();
    let page = list::page(group.attachments(), token, request.max_records, HUNDRED)?;
    let attached = page.items.into_iter().map(|(arn, state)| Attached {
        arn: arn.to_owned(),
        state: state.name(),
    });
    Ok(AttachedList {
        load_balancer_target_groups: attached.collect(),
        next_token: page.next,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeSources {
    auto_scaling_group_name: String,
    traffic_source_type: Option<String>,
    max_records: Option<usize>,
    next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SourceList {
    traffic_sources: Vec<TrafficSourceState>,
    next_token: Option<String>,
}

/// `TrafficSource` is the older name of `Identifier`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct TrafficSourceState {
    traffic_source: String,
    state: &'static str,
    identifier: String,
    #[serde(rename = "Type")]
    kind: &'static str,
}

/// Types that the sandbox does not model have no sources.
pub(super) fn describe_sources(
    world: &World,
    request: &DescribeSources,
) -> Result<SourceList, ApiError> {
    let group = world.known_group(&request.auto_scaling_group_name)?;
    let kind = request.traffic_source_type.as_deref();
    let wanted = kind.is_none_or(|kind| kind == TARGET_GROUP);
    let sources = group.attachments().filter(|_| wanted);
    let token = request.next_token.as_deref();
    let page = list::page(sources, token, request.max_records, FIFTY_AT_MOST)?;
    let states = page
        .items
        .into_iter()
        .map(|(arn, state)| TrafficSourceState {
            traffic_source: arn.to_owned(),
            state: state.name(),
            identifier: arn.to_owned(),
            kind: TARGET_GROUP,
        });
    Ok(SourceList {
        traffic_sources: states.collect(),
        next_token: page.next,
    })
}
