//! Traffic sources: target groups under their newer name.
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_TrafficSourceIdentifier.html>

use serde::{Deserialize, Serialize};

use crate::wire::error::ApiError;
use crate::world::Group;

/// The type of a target group; others are not modelled.
const TARGET_GROUP: &str = "elbv2";

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
