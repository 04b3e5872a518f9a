//! What there is to choose from, and how much of it an account may have.

use serde::Serialize;

use crate::service::codec::Nothing;
use crate::world::{TerminationPolicy, World};

/// <https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html>; groups and launch configurations. The
/// sandbox does not enforce them.
const MOST_GROUPS: usize = 500;
const MOST_LAUNCH_CONFIGURATIONS: usize = 200;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountLimits {
    max_number_of_auto_scaling_groups: usize,
    max_number_of_launch_configurations: usize,
    number_of_auto_scaling_groups: usize,
    number_of_launch_configurations: usize,
}

pub(super) fn account_limits(world: &World, _: &Nothing) -> AccountLimits {
    AccountLimits {
        max_number_of_auto_scaling_groups: MOST_GROUPS,
        max_number_of_launch_configurations: MOST_LAUNCH_CONFIGURATIONS,
        number_of_auto_scaling_groups: world.groups().count(),
        number_of_launch_configurations: 0,
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TerminationPolicies {
    termination_policy_types: Vec<&'static str>,
}

pub(super) fn termination_policies(_: &Nothing) -> TerminationPolicies {
    let policies = TerminationPolicy::ALL.map(TerminationPolicy::name);
    TerminationPolicies {
        termination_policy_types: policies.into(),
    }
}
