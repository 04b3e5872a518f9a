//! Target groups attached to groups, and the same under their newer name: traffic sources.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_TrafficSourceIdentifier.html>

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::service::codec::Nothing;
use crate::wire::error::ApiError;
use crate::world::{AttachedAs, Group, World};

/// The type of a target group; others are not modelled.
pub(super) const TARGET_GROUP: &str = "elbv2";

/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html>
const MOST_AT_A_TIME: usize = 10;

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TrafficSourceIdentifier {
    identifier: String,
    #[serde(rename = "Type")]
    kind: Option<String>,
}

impl TrafficSourceIdentifier {
    pub(super) fn all(group: &Group) -> Vec<Self> {
        let arns = group.target_groups.iter();
        let sources = arns.map(|arn| Self {
            identifier: arn.clone(),
            kind: Some(TARGET_GROUP.to_owned()),
        });
        sources.collect()
    }

    /// The ARN of the target group; the type may be left out, since the ARN tells.
    pub(super) fn into_target_group(self) -> Result<String, ApiError> {
        match self.kind.as_deref() {
            None | Some(TARGET_GROUP) => Ok(self.identifier),
            Some(kind) => Err(ApiError::validation(format!(
                "The traffic source type {kind} is not valid, or the sandbox does not model it."
            ))),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TargetGroups {
    auto_scaling_group_name: String,
    #[serde(rename = "TargetGroupARNs", default)]
    target_group_arns: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TrafficSources {
    auto_scaling_group_name: String,
    #[serde(default)]
    traffic_sources: Vec<TrafficSourceIdentifier>,
}

/// Which target groups of which group.
struct Named {
    group: String,
    arns: Vec<String>,
    attached_as: AttachedAs,
}

impl TargetGroups {
    fn named(self) -> Named {
        Named {
            group: self.auto_scaling_group_name,
            arns: self.target_group_arns,
            attached_as: AttachedAs::TargetGroup,
        }
    }
}

impl TrafficSources {
    fn named(self) -> Result<Named, ApiError> {
        let sources = self.traffic_sources.into_iter();
        let arns = sources.map(TrafficSourceIdentifier::into_target_group);
        Ok(Named {
            group: self.auto_scaling_group_name,
            arns: arns.collect::<Result<_, _>>()?,
            attached_as: AttachedAs::TrafficSource,
        })
    }
}

impl Named {
    fn check(self) -> Result<Self, ApiError> {
        if (1..=MOST_AT_A_TIME).contains(&self.arns.len()) {
            return Ok(self);
        }
        Err(ApiError::validation(format!(
            "1 to {MOST_AT_A_TIME} target groups can be named at a time."
        )))
    }

    fn attach(self, world: &mut World, now: Timestamp) -> Result<Nothing, ApiError> {
        let Self {
            group,
            arns,
            attached_as,
        } = self.check()?;
        world.attach_target_groups(now, &group, &arns, attached_as)?;
        Ok(Nothing {})
    }

    fn detach(self, world: &mut World, now: Timestamp) -> Result<Nothing, ApiError> {
        let Self {
            group,
            arns,
            attached_as,
        } = self.check()?;
        world.detach_target_groups(now, &group, &arns, attached_as)?;
        Ok(Nothing {})
    }
}

pub(super) fn attach_target_groups(
    world: &mut World,
    now: Timestamp,
    request: TargetGroups,
) -> Result<Nothing, ApiError> {
    request.named().attach(world, now)
}

pub(super) fn detach_target_groups(
    world: &mut World,
    now: Timestamp,
    request: TargetGroups,
) -> Result<Nothing, ApiError> {
    request.named().detach(world, now)
}

pub(super) fn attach_sources(
    world: &mut World,
    now: Timestamp,
    request: TrafficSources,
) -> Result<Nothing, ApiError> {
    request.named()?.attach(world, now)
}

pub(super) fn detach_sources(
    world: &mut World,
    now: Timestamp,
    request: TrafficSources,
) -> Result<Nothing, ApiError> {
    request.named()?.detach(world, now)
}
